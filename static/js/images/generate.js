// Write words on the picture page; without this script the form posts and the page comes back with the words.

import { isWaiting } from "../core/retry_countdown.js";
import { cancelDraft, runDraft } from "./draft.js";

document.addEventListener("submit", (event) => {
  const form = event.target?.closest("[data-write]");
  if (!form) return;
  event.preventDefault();
  if (isWaiting(form.querySelector("[data-draft-start]"))) return;
  const box = form.closest("[data-draft-box]");
  runDraft(box, form.dataset.write, {}, { doing: "Looking at the picture and writing…" });
});
document.addEventListener("click", (event) => {
  if (event.target?.closest("[data-draft-cancel]")) cancelDraft();
});
