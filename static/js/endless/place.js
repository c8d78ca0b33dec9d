// The place one looks at in the list: the row at the top of what is in sight, and where it stands.

import { rowAtTop, rowWith } from "../library/rows.js";

/** A distance from the top of the page would lead elsewhere as soon as rows come or go above. */
export function placeNow() {
  const row = rowAtTop();
  const top = row?.getBoundingClientRect().top ?? innerHeight;
  return row && top < innerHeight ? { id: String(row.dataset.imageId), top } : null;
}

/** Scroll so that a row stands where it stood; gives false where it is not drawn. @param {{ id: string, top: number } | null} place */
export function goTo(place) {
  const row = place && rowWith(place.id);
  if (!row) return false;
  const by = row.getBoundingClientRect().top - place.top;
  if (Math.abs(by) >= 1) window.scrollBy({ top: by, behavior: "instant" });
  return true;
}

/** Change the list without moving what is looked at. @param {() => void} change */
export function keepPlace(change) {
  const place = window.scrollY > 0 ? placeNow() : null;
  change();
  goTo(place);
}

/** @type {ReturnType<typeof placeNow>} */
let last = null;

/** Give the place one looks at, or looked at before what is there was let go. */
export const lastPlace = () => placeNow() ?? last;

/** Remember the place one looks at. */
export const notePlace = () => (last = lastPlace());
