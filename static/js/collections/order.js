// The order of a collection on the page, and telling the server: one change after the other, so that it makes the same
// order of them.

import { cards, idOf, list, page } from "./cards.js";
import { api } from "../core/http.js";
import { failureOf, toast } from "../core/toast.js";
import { underWay } from "../undo/acts.js";
import { undoOf } from "../undo/links.js";
import { offerUndo } from "../undo/offer.js";

const said = page.querySelector("[data-order-said]");
const count = page.querySelector("[data-total]");
/** @type {{ change: Change, done: (value?: unknown) => void }[]} */
const waiting = []; // changes that are not sent yet, and what ends their promises
/** @type {Promise<void> | null} */
let sending = null;

export const address = `/api/collections/${page.dataset.collection}`;

/** Remember what a card stands between. @param {Element} card @returns {Neighbours} */
export const placeOf = (card) => ({ previous: card.previousElementSibling, next: card.nextElementSibling });

/** Say where a card stands as the server is told. What follows on the next page is not known here. @param {HTMLElement} card */
export function spotOf(card) {
  const { previous, next } = placeOf(card);
  if (next?.matches("[data-place]")) return { before: idOf(next) };
  return next && previous ? { after: idOf(previous) } : { before: null };
}

/** Put a card where it was, as far as its neighbours are still there. @param {HTMLElement} card */
export function putBack(card, /** @type {Neighbours} */ { previous, next }) {
  if (next && next.parentElement === list) next.before(card);
  else if (previous && previous.parentElement === list) previous.after(card);
  else list.prepend(card);
}

/**
 * Tell the server where a card is now; `origin` is where it was. When it cannot be moved it goes back there.
 * @param {HTMLElement} card
 * @param {Neighbours} origin
 */
export function moved(card, origin) {
  const spot = spotOf(card);
  const last = waiting.at(-1)?.change;
  // Pressed again and again: only where it ends up is sent.
  if (last?.card && last.card === card) last.spot = spot;
  else send({ card, origin, spot });
  tell(card);
}

/** @param {HTMLElement} card */
function tell(card) {
  const place = cards().indexOf(card) + 1;
  // On a later page, opened by its address, it is not known how many come before.
  say(list.dataset.after ? `${card.dataset.name} is moved.` : `${card.dataset.name} is now ${place} of ${total()}.`);
}

/**
 * Have a change sent in its turn: a move, or anything with `run` and `failed`. Gives a promise of its end.
 * @param {Change} change
 */
export function send(change) {
  const sent = underWay(new Promise((done) => waiting.push({ change, done })));
  sending ??= sendAll().finally(() => (sending = null));
  return sent;
}

async function sendAll() {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    await (next.change.run ? errand(next.change) : move(next.change));
    next.done();
  }
}

/** @param {Errand} errand */
const errand = ({ run, failed }) => run().catch(failed);

/** @param {Move} change */
async function move(change) {
  const arranged = Number(page.dataset.arranged);
  try {
    const done = await api("POST", `${address}/order`, { image_id: idOf(change.card), arranged, ...change.spot });
    page.dataset.arranged = done.arranged;
    offerBack(change, undoOf(done));
  } catch (error) {
    moveFailed(failureOf(error), change);
  }
}

/** @param {Move} move @param {string | undefined} undo */
function offerBack({ card, origin }, undo) {
  if (!undo) return;
  const text = (/** @type {number} */ moves) => (moves === 1 ? `“${card.dataset.name}” is moved` : `${moves} moves`);
  const done = (/** @type {{ arranged: number }} */ { arranged }) => {
    page.dataset.arranged = arranged;
    putBack(card, origin);
  };
  offerUndo({ text, kind: "order", undo, page: location.pathname }, { done });
}

/** @param {Failure} error @param {Move} move */
function moveFailed(error, { card, origin }) {
  const again = waiting.map((one) => one.change).find((change) => change.card === card);
  if (again?.card) again.origin = origin;
  else if (card.parentElement === list) {
    const focused = card.contains(document.activeElement) ? document.activeElement : null;
    putBack(card, origin);
    focused?.focus({ preventScroll: true });
  }
  complain(`${card.dataset.name} could not be moved and is back in its place.`, error);
}

/** Show what went wrong; where the page is out of date it can be loaded again. @param {string} text @param {Failure} error */
export function complain(text, error) {
  const outdated = error.status === 404 || error.status === 409;
  const action = outdated ? { label: "Load the page again", run: () => location.reload() } : null;
  toast(`${text} ${error.message}`, { kind: "error", action });
}

/** Wait until the server knows all that was changed. */
export const settled = () => sending ?? Promise.resolve();

/** @param {string} text */
export const say = (text) => (said.textContent = text);
export const total = () => Number(count.dataset.total);

/** Count pictures in or out. @param {number} change */
export const countBy = (change) => showCount(Math.max(0, total() + change));

/** Show how many pictures there are now, and what there is to do with them. @param {number} now */
export function showCount(now) {
  count.dataset.total = now;
  count.textContent = `${now.toLocaleString("en")} ${now === 1 ? "picture" : "pictures"}`;
  const none = !cards().length && !list.querySelector("[data-more]");
  list.hidden = none;
  page.querySelector("[data-none]").hidden = !none;
  page.querySelector("[data-how]").hidden = cards().length < 2;
  for (const tool of page.querySelectorAll("[data-some]")) tool.hidden = none;
}

addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});
