// What runs on the review page. One entry, imported by nobody, like image.js.

import "../images/field_editor.js";
import "../fields/character_count.js";
import "../core/clipboard.js";
import "../images/generate.js";
import "../images/refine.js";
import "../images/suggestion.js";
import { fragment } from "../core/http.js";
import { accept, accepted, settled, undo } from "../review/actions.js";
import { address, cardOf, cards, current, go, goTo, prepare, setEnd } from "../review/deck.js";
import { again, back } from "../review/failures.js";
import { watchKeys } from "../review/keyboard.js";
import { watchSwipe } from "../core/swipe.js";
import { toast, toastError } from "../core/toast.js";
import "../undo/panel.js";
import { viewBy } from "../viewer/opener.js";

/** @type {Record<string, () => unknown>} */
const ACTS = {
  accept,
  again,
  back,
  undo,
  skip: () => current() && go(1),
  previous: () => go(-1),
  edit: () => write("#word-post_title"),
  refine: () => write("#refine-text"),
  take: () => decide("accept"),
  keep: () => decide("dismiss"),
};
/** @param {string} name */
const run = (name) => ACTS[name]();

/** @param {string} selector */
function write(selector) {
  const control = current()?.panel.querySelector(selector);
  if (!control) return;
  control.focus();
  control.setSelectionRange(control.value.length, control.value.length);
  control.scrollIntoView({ block: "nearest" });
}

// The first form is for all that is suggested, when it is more than one thing.
/** @param {string} action */
function decide(action) {
  const button = current()?.panel.querySelector(`[data-suggestion] [value="${action}"]`);
  if (button) button.click();
  else toast("No suggestion waits here.");
}

// Before the modules that listen on the document: for them a link that moves the cards leads nowhere.
document.addEventListener(
  "click",
  (event) => {
    const name = event.target?.closest?.("[data-review-do]")?.dataset.reviewDo;
    if (!name || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    run(name);
  },
  true,
);

// What is said at the end counts what was saved, so it is asked for once everything is.
document.addEventListener("review:shown", async ({ detail }) => {
  if (detail.card) return;
  await settled();
  const content = await fragment(address({ fragment: "end", done: accepted(), seen: cards().length })).catch(toastError);
  if (content?.firstElementChild) setEnd(content.firstElementChild);
});

// The viewer goes through the cards, and is left at one of them.
viewBy({
  ids: () => cards().map((card) => card.id),
  back(id) {
    const card = cards().find((one) => String(one.id) === id);
    if (card) goTo(card);
  },
});

// Words that were asked for may come when the person is elsewhere by then.
document.addEventListener("draft:ended", ({ detail: { where } }) => {
  const card = cardOf(where);
  if (!card || card === current()) return;
  toast(`What you asked for is there: ${card.name}`, { action: { label: "Show it", run: () => goTo(card) } });
});

watchKeys(run);
watchSwipe(document.querySelector("[data-review]"), (way) => run(way === "next" ? "skip" : way));
prepare();
