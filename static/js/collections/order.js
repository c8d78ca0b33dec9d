// The order of a collection on the page, and telling the server: one change after the other, so that it makes the same
// order of them.

import { cards, idOf, list, page } from "./cards.js";
import { api } from "../core/http.js";
import { toast } from "../core/toast.js";

const said = page.querySelector("[data-order-said]");
const count = page.querySelector("[data-total]");
const waiting = []; // changes that are not sent yet
let sending = null;

export const address = `/api/collections/${page.dataset.collection}`;

/** Remember what a card stands between. */
export const placeOf = (card) => ({ previous: card.previousElementSibling, next: card.nextElementSibling });

/** Say where a card stands as the server is told. What follows on the next page is not known here. */
export function spotOf(card) {
  const { previous, next } = placeOf(card);
  if (next?.matches("[data-place]")) return { before: idOf(next) };
  return next && previous ? { after: idOf(previous) } : { before: null };
}

/** Put a card where it was, as far as its neighbours are still there. */
export function putBack(card, { previous, next }) {
  if (next?.parentElement === list) next.before(card);
  else if (previous?.parentElement === list) previous.after(card);
  else list.prepend(card);
}

/** Tell the server where a card is now; `origin` is where it was. When it cannot be moved it goes back there. */
export function moved(card, origin) {
  const spot = spotOf(card);
  const last = waiting.at(-1);
  // Pressed again and again: only where it ends up is sent.
  if (last?.card === card && last.spot) last.spot = spot;
  else send({ card, origin, spot });
  tell(card);
}

function tell(card) {
  const place = cards().indexOf(card) + 1;
  // On a later page, opened by its address, it is not known how many come before.
  say(list.dataset.after ? `${card.dataset.name} is moved.` : `${card.dataset.name} is now ${place} of ${total()}.`);
}

/** Have a change sent in its turn: a move, or anything with `run` and `failed`. Gives a promise of its end. */
export function send(change) {
  const done = new Promise((resolve) => (change.done = resolve));
  waiting.push(change);
  sending ??= sendAll().finally(() => (sending = null));
  return done;
}

async function sendAll() {
  while (waiting.length) {
    const change = waiting.shift();
    const run = change.run ?? (() => move(change));
    await run().catch((error) => (change.failed ?? moveFailed)(error, change));
    change.done();
  }
}

async function move({ card, spot }) {
  const arranged = Number(page.dataset.arranged);
  const done = await api("POST", `${address}/order`, { image_id: idOf(card), arranged, ...spot });
  page.dataset.arranged = done.arranged;
}

function moveFailed(error, { card, origin }) {
  const again = waiting.find((change) => change.card === card && change.spot);
  if (again) again.origin = origin;
  else if (card.parentElement === list) {
    const focused = card.contains(document.activeElement) ? document.activeElement : null;
    putBack(card, origin);
    focused?.focus({ preventScroll: true });
  }
  complain(`${card.dataset.name} could not be moved and is back in its place.`, error);
}

/** Show what went wrong; where the page is out of date it can be loaded again. */
export function complain(text, error) {
  const outdated = error.status === 404 || error.status === 409;
  const action = outdated ? { label: "Load the page again", run: () => location.reload() } : null;
  toast(`${text} ${error.message}`, { kind: "error", action });
}

/** Wait until the server knows all that was changed. */
export const settled = () => sending ?? Promise.resolve();

export const say = (text) => (said.textContent = text);
export const total = () => Number(count.dataset.total);

/** Count pictures in or out. */
export function countBy(change) {
  const now = Math.max(0, total() + change);
  count.dataset.total = now;
  count.textContent = `${now.toLocaleString("en")} ${now === 1 ? "picture" : "pictures"}`;
  const none = !cards().length && !list.querySelector("[data-more]");
  list.hidden = none;
  page.querySelector("[data-none]").hidden = !none;
  page.querySelector("[data-how]").hidden = cards().length < 2;
}

addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});
