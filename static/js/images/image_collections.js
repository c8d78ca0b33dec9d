// The collections of the picture on the page: putting it into one, or into a new one, and taking it out.

import { api } from "../core/http.js";
import { imageId, panelOf, refreshPanel } from "./panel.js";
import { toast, toastError } from "../core/toast.js";

/** @param {HTMLFormElement} form @param {HTMLElement} where */
async function join(form, where) {
  const { collection, name } = form.elements;
  const isNew = collection.value === "new";
  // Where the name cannot be hidden both are seen, and so both may be meant.
  if (collection.value && !isNew && name.offsetParent && name.value.trim()) {
    return toast("You chose a collection and typed the name of a new one. Choose one of the two.", { kind: "error" });
  }
  if (!collection.value || (isNew && !name.value.trim())) return (isNew ? name : collection).focus();
  const made = isNew ? await api("POST", "/api/collections", { name: name.value }) : null;
  const title = made?.name ?? collection.selectedOptions[0].text;
  await api("POST", `/api/collections/${made?.id ?? collection.value}/images`, { ids: [Number(imageId(where))] });
  form.reset();
  await refreshPanel(where);
  where.querySelector("#join-collection").focus();
  return toast(`Added to “${title}”.`);
}

/** @param {HTMLFormElement} form @param {HTMLElement} where */
async function leave(form, where) {
  const ids = [Number(imageId(where))];
  const { leave: out = "" } = form.dataset;
  const into = out.replace(/\/remove$/, "");
  await api("POST", out, { ids });
  await refreshPanel(where);
  where.querySelector("#join-collection").focus();
  const undo = async () => {
    await api("POST", into, { ids });
    await refreshPanel(where);
  };
  toast(`Taken out of “${form.dataset.name}”.`, { action: { label: "Undo", run: () => undo().catch(toastError) } });
}

document.addEventListener("submit", async (event) => {
  const form = event.target?.closest("[data-join], [data-leave]");
  if (!form) return;
  event.preventDefault();
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  const act = "leave" in form.dataset ? leave : join;
  await act(form, panelOf(form)).catch(toastError);
  delete form.dataset.busy;
});
