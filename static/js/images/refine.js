// "Ask for something else": a chip or free text gives a new suggestion from the words there now.

import { isWaiting } from "../core/retry_countdown.js";
import { runDraft } from "./draft.js";
import { panelOf } from "./panel.js";
import { sending } from "../words/form_words.js";

document.addEventListener("submit", async (event) => {
  const form = event.target?.closest("[data-refine]");
  if (!form) return;
  event.preventDefault();
  const box = form.closest("[data-refine-box]");
  const text = box.querySelector("#refine-text");
  const chip = event.submitter?.matches("[data-feedback]") ? event.submitter.value : null;
  const feedback = chip ?? text.value.trim();
  if (isWaiting(box.querySelector("[data-draft-start]"))) return;
  if (!feedback) return text.focus();
  const taken = sending(form);
  const doing = `Asking for “${feedback}”…`;
  const answer = await runDraft(box, form.dataset.refine, { feedback }, { always: true, doing });
  if (!answer) return;
  if (!chip && text.value.trim() === feedback) text.value = "";
  taken();
  show(box);
});

// The cards are above the box, often out of sight; whoever is typing meanwhile is not moved.
/** @param {HTMLElement} box */
function show(box) {
  const card = panelOf(box).querySelector("[data-suggestion]");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (document.activeElement?.matches("[data-edit-control]")) return;
  card?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
}
