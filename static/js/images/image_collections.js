// The collections of the picture on the page: putting it into one, or into a new one, and taking it out.

import { api } from "../core/http.js";
import { imageId, panelOf, refreshPanel } from "./panel.js";
import { toast, toastError } from "../core/toast.js";
import { undoOf } from "../undo/links.js";
import { offerUndo, remember } from "../undo/offer.js";
import { sending } from "../words/form_words.js";

/** @param {HTMLFormElement} form @param {HTMLElement} where */
async function join(form, where) {
  const { collection, name } = form.elements;
  const isNew = collection.value === "new";
  // Where the name cannot be hidden both are seen, and so both may be meant.
  if (collection.value && !isNew && name.offsetParent && name.value.trim()) {
    return toast("You chose a collection and typed the name of a new one. Choose one of the two.", { kind: "error" });
  }
  if (!collection.value || (isNew && !name.value.trim())) return (isNew ? name : collection).focus();
  const taken = sending(form);
  const made = isNew ? await api("POST", "/api/collections", { name: name.value }) : null;
  const title = made?.name ?? collection.selectedOptions[0].text;
  if (made) remember({ text: `the new collection “${title}”`, undo: undoOf(made) });
  const id = made?.id ?? Number(collection.value);
  await change(where, { collection_id: id }, { text: `Added to “${title}”.`, open: { label: "Open it", href: `/collections/${id}` } });
  form.reset();
  taken();
  await refreshPanel(where);
  return where.querySelector("#join-collection").focus();
}

/** @param {HTMLFormElement} form @param {HTMLElement} where */
async function leave(form, where) {
  const { leave: id, name } = form.dataset;
  await change(where, { remove_from_collection_id: Number(id) }, { text: `Taken out of “${name}”.` });
  await refreshPanel(where);
  where.querySelector("#join-collection").focus();
}

/** Put the picture in or take it out as a change of many does, which knows its place for the undo. */
async function change(/** @type {HTMLElement} */ where, /** @type {BulkChange} */ body, /** @type {{ text: string, open?: ToastLink }} */ told) {
  const id = Number(imageId(where));
  const done = await api("PATCH", "/api/images", { select: { ids: [id] }, ...body });
  const page = `/collections/${body.collection_id ?? body.remove_from_collection_id}`;
  if (done.changed) offerUndo({ ...told, page, undo: `/api/bulk-edits/${done.bulk_edit_id}/undo`, images: [id] });
}

// A name that was typed before comes in while its field is hidden.
document.addEventListener("input", ({ target }) => {
  const { name, collection } = target?.closest("[data-join]")?.elements ?? {};
  if (name?.value && target === name && !collection.value) collection.value = "new";
});
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
