// "Go back to this": the picture's words as they were, which is itself a change that can be taken back.

import { allSaved } from "./edit_words.js";
import { api } from "./http.js";
import { learn, load } from "./images.js";
import { imageId, panel, refreshPanel } from "./panel.js";
import { toast, toastError } from "./toast.js";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-restore]");
  if (!form || "busy" in form.dataset) return;
  event.preventDefault();
  form.dataset.busy = "";
  try {
    await allSaved();
    learn(await api("POST", form.dataset.restore, { version: Number(panel().dataset.version) }));
    await refreshPanel();
    toast("Back to the earlier words. The newer ones are in the history.");
  } catch (error) {
    toastError(error);
    if (error.status === 409) await load(imageId()).then(() => refreshPanel()).catch(toastError);
  } finally {
    delete form.dataset.busy;
  }
});
