// What could not be saved in the review: it is told above the picture and waits until it is looked at. What may work later
// is tried again by itself.

import { current, freshen, goTo } from "./deck.js";

/** @typedef {import("./card.js").Card} Card */

export const CHANGED = "It was changed elsewhere in the meantime. Look at it again.";
const MOST_TOLD = 5;
const FIRST_MS = 5000;
const LONGEST_MS = 60_000;
const notice = document.querySelector("[data-review-failed]");
const failures = new Map(); // card -> {error, again}
let pause = FIRST_MS;
let timer = 0;

export const anyFailed = () => failures.size > 0;

/**
 * Tell that a picture was not saved; `retry` tries once more.
 * @param {Card} card
 * @param {Failure} error
 * @param {() => void} retry
 */
export function fail(card, error, retry) {
  failures.set(card, { error, again: retry });
  tell();
  if (error.temporary && !timer) timer = setTimeout(tryLater, pause);
}

// Signed out, busy or away: which of them ends when is not known, so it is asked seldomer and seldomer.
function tryLater() {
  pause = Math.min(pause * 2, LONGEST_MS);
  again();
}

/** A picture was saved after all. @param {Card} card */
export function forget(card) {
  if (!failures.delete(card)) return;
  if (!anyFailed()) pause = FIRST_MS;
  tell();
}

function tell() {
  notice.hidden = failures.size === 0;
  if (notice.hidden) return;
  const told = [...failures].slice(0, MOST_TOLD).map(([card, { error }]) => line(`“${card.name}” was not saved. ${reason(error)}`));
  const more = failures.size - told.length;
  if (more) told.push(line(`${more} more ${more === 1 ? "was" : "were"} not saved.`));
  notice.querySelector("[data-review-failed-text]").replaceChildren(...told);
  notice.querySelector('[data-review-do="again"]').hidden = ![...failures.values()].some((one) => one.error.temporary);
}

// Each picture has its own: what keeps one from being saved need not keep another.
/** @param {Failure} error */
const reason = (error) => (error.status === 409 ? CHANGED : `${error.message}${error.temporary ? " It is tried again by itself." : ""}`);

/** @param {string} text */
function line(text) {
  return Object.assign(document.createElement("p"), { textContent: text });
}

/** Go back to the first of them; it is drawn as it is now, and the person decides again. */
export function back() {
  const [card] = failures.keys();
  forget(card);
  if (card === current()) freshen(card);
  else goTo(card);
}

/** Try again with those that may work by now. */
export function again() {
  clearTimeout(timer);
  timer = 0;
  for (const one of [...failures.values()]) if (one.error.temporary) one.again();
}

document.addEventListener("connection:back", again);
document.addEventListener("visibilitychange", () => document.hidden || again());
