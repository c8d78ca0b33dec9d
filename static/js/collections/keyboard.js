// Moving a picture without a pointer: arrow keys, Home and End on its handle, and the buttons "Earlier" and "Later".

import { cards, list } from "./cards.js";
import { loadMore } from "./load_more.js";
import { moved, placeOf, say } from "./order.js";
import { toastError } from "../core/toast.js";

/** @type {Record<string, () => number>} */
const STEPS = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns(), ArrowDown: columns };

/** Count the cards that stand in the first row. */
function columns() {
  const all = cards();
  return all.filter((card) => card.offsetTop === all[0].offsetTop).length;
}

/**
 * Move a card by some places; `control` is what keeps the focus.
 * @param {HTMLElement} card
 * @param {number} by
 * @param {HTMLElement} control
 */
async function shift(card, by, control) {
  while (by > 0 && cards().indexOf(card) + by >= cards().length && (await loadMore()));
  const all = cards();
  const from = all.indexOf(card);
  const to = Math.min(Math.max(from + by, 0), all.length - 1);
  if (to === from) return say(`${card.dataset.name} is the ${by < 0 ? "first" : "last"} already.`);
  const origin = placeOf(card);
  if (to > from) all[to].after(card);
  else all[to].before(card);
  control.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
  return moved(card, origin);
}

list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  const handle = event.target?.closest("[data-handle]");
  if (!handle || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  /** @type {Record<string, number>} */
  const ends = { Home: -Infinity, End: Infinity };
  const by = STEPS[event.key]?.() ?? ends[event.key];
  if (by === undefined) return;
  event.preventDefault();
  shift(handle.closest("[data-place]"), by, handle).catch(toastError);
});

list.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  if (!event.target?.matches("[data-shift]")) return;
  const [card, button] = [event.target?.closest("[data-place]"), event.submitter];
  const by = button?.value === "later" ? 1 : -1;
  // On a later page, opened by its address, what comes before the first is not here: the server knows it.
  if (by < 0 && list.dataset.after && card === cards()[0]) return;
  event.preventDefault();
  if (button) shift(card, by, button).catch(toastError);
});
