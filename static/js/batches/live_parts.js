// Keeps the pages of batches true: every [data-part] below [data-live] is swapped when the server draws it anew and otherwise.

import { fragment } from "../core/http.js";

const places = [...document.querySelectorAll("[data-live]")];
const before = new Map();

/** Fetch what changes and swap the parts that differ; what is typed or focused in the others stays. */
export async function refreshParts() {
  await Promise.all(places.map(refreshPlace));
}

/** @param {HTMLElement} place */
async function refreshPlace(place) {
  const fresh = await fragment(place.dataset.live ?? "");
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = place.querySelector(`[data-part="${part.dataset.part}"]`);
    if (old && !old.isEqualNode(part)) swap(old, part);
  }
}

/** @param {HTMLElement} old @param {HTMLElement} part */
function swap(old, part) {
  const focused = old.contains(document.activeElement);
  const open = old.querySelector("details[open]");
  // A question that is being answered is not taken away, only because a number beside it changed.
  if (open && part.querySelector("details")) return;
  old.replaceWith(part);
  if (focused) part.querySelector("input, button, a")?.focus();
}

/**
 * What of a list of batches a place shows, as text, so that two answers can be compared.
 * @param {HTMLElement} place
 * @param {BatchJson[]} batches
 */
function seenBy(place, batches) {
  const of = place.dataset.liveOf;
  return JSON.stringify(of === "all" ? batches : batches.filter((batch) => String(batch.id) === of));
}

document.addEventListener("batches:polled", ({ detail: { batches } }) => {
  for (const place of places) {
    const now = seenBy(place, batches);
    // A batch may have ended between the making of what is shown and this answer.
    const missed = (!before.has(place) || now === "[]") && place.querySelector(".is-running, .is-paused");
    const changed = before.has(place) && before.get(place) !== now;
    before.set(place, now);
    if (changed || missed) refreshPlace(place).catch((error) => console.warn("The page could not be brought up to date.", error));
  }
});
