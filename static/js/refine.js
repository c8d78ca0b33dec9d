// "Ask for something else": a chip or free text gives a new suggestion from the words there now.

import { isWaiting } from "./countdown.js";
import { runDraft } from "./draft.js";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-refine]");
  if (!form) return;
  event.preventDefault();
  const text = form.querySelector("[name=feedback]");
  const wish = event.submitter?.dataset.wish ?? text.value.trim();
  if (isWaiting(form.querySelector("[data-draft-start]"))) return;
  if (!wish) return text.focus();
  const answer = await runDraft(form, form.dataset.refine, { feedback: wish }, { always: true, doing: `Asking for “${wish}”…` });
  if (!answer) return;
  if (text.value.trim() === wish) text.value = "";
  show();
});

// The cards are above the box, often out of sight; whoever is typing meanwhile is not moved.
function show() {
  const card = document.querySelector("[data-suggestion]");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (document.activeElement?.matches("[data-edit-control]")) return;
  card?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
}
