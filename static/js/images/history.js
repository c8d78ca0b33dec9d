// "Go back to this": the picture's words as they were, which is itself a change that can be taken back.

import { allSaved } from "./field_editor.js";
import { api } from "../core/http.js";
import { learn, load } from "./image_store.js";
import { imageId, panel, refreshPanel } from "./panel.js";
import { failureOf, toast, toastError } from "../core/toast.js";
import { undoOf } from "../undo/links.js";
import { offerUndo } from "../undo/offer.js";

document.addEventListener("submit", async (event) => {
  const form = event.target?.closest("[data-restore]");
  if (!form || "busy" in form.dataset) return;
  event.preventDefault();
  form.dataset.busy = "";
  try {
    await allSaved();
    const status = panel().querySelector('[name="status"]:checked')?.value;
    const image = learn(await api("POST", form.dataset.restore, { version: Number(panel().dataset.version) }));
    await refreshPanel();
    const lost = image.status === status ? "" : " Not one word is left, so the picture is a draft again.";
    const text = `Back to the earlier words.${lost} The newer ones are in the history.`;
    const undo = undoOf(image);
    if (undo) offerUndo({ text, undo, images: [image.id] });
    else toast("These are the words that it has.");
  } catch (error) {
    toastError(error);
    if (failureOf(error).status === 409) await load(imageId()).then(() => refreshPanel()).catch(toastError);
  } finally {
    delete form.dataset.busy;
  }
});
