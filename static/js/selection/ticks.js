// Which pictures are ticked. A row shows it, and may be let go: the ids are the record, and are kept over a reload and Back.

import { listIds } from "../endless/list_ids.js";
import { useStorage } from "../words/storage.js";

/** Some may have been ticked in a list before this one. @type {Set<string>} */
const ids = new Set();

const key = () => `ticks:${location.pathname}${location.search}`;

/** Give the ids of the ticked pictures of this list, from top to bottom. */
export const ticked = () => (ids.size ? listIds().filter((id) => ids.has(id)) : []);

/** @param {string} id */
export const isTicked = (id) => ids.has(id);

/** How many are ticked, in this list or in one before. */
export const tickedAnywhere = () => ids.size;

/** @param {Iterable<string>} some @param {boolean} on */
export function mark(some, on) {
  for (const id of some) {
    if (on) ids.add(id);
    else ids.delete(id);
  }
}

export const clear = () => ids.clear();

/** Forget the ticks of pictures that are not in the list any more. @param {Iterable<string>} removed */
export function forgetRemoved(removed) {
  const lost = [...removed].filter((id) => ids.has(id));
  if (!lost.length) return;
  const here = new Set(listIds());
  mark(lost.filter((id) => !here.has(id)), false);
}

/** Give the ids from one to another, both included; none where one of them is not in the list. @param {string} from @param {string} to */
export function idsBetween(from, to) {
  const every = listIds();
  const [first, end] = [every.indexOf(from), every.indexOf(to)].sort((a, b) => a - b);
  return first < 0 ? [] : every.slice(first, end + 1);
}

addEventListener("pagehide", () => useStorage("sessionStorage", (storage) => storage.setItem(key(), JSON.stringify([...ids]))));

/** After a reload or Back: what was ticked when one left. */
export function takeKept() {
  const { type } = performance.getEntriesByType("navigation")[0] ?? {};
  if (type !== "reload" && type !== "back_forward") return;
  mark(JSON.parse(useStorage("sessionStorage", (storage) => storage.getItem(key())) || "[]"), true);
}
