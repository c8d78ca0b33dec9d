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
    const answer = await api("POST", form.dataset.restore, { version: Number(panel().dataset.version) });
    const { message, ...image } = answer;
    learn(image);
    await refreshPanel();
    const text = `${message} The newer ones are in the history.`;
    const undo = undoOf(answer);
    if (undo) offerUndo({ text, undo, images: [image.id] });
    else toast(text);
  } catch (error) {
    toastError(error);
    if (failureOf(error).status === 409) await load(imageId()).then(() => refreshPanel()).catch(toastError);
  } finally {
    delete form.dataset.busy;
  }
});
