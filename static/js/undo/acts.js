// The acts of this tab that can be taken back, the newest last: plain data in the tab's storage, so that they outlive a
// navigation. Whoever signs in as somebody else finds none of them.

import { settled } from "../words/open_typings.js";
import { useStorage } from "../words/storage.js";

const MOST = 20;
const KEY = `acts of ${document.body.dataset.person ?? "everybody"}`;
let number = 0;
/** @type {UndoAct[]} */
let kept = []; // where the browser gives no storage they last as long as the page

// What somebody else did in this tab is nobody's business any more.
useStorage("sessionStorage", (storage) => {
  const others = Object.keys(storage).filter((name) => name.startsWith("acts of ") && name !== KEY);
  for (const name of others) storage.removeItem(name);
});

/** @returns {UndoAct[]} */
const read = () => useStorage("sessionStorage", (storage) => JSON.parse(storage.getItem(KEY) ?? "[]")) ?? kept;

/** @param {UndoAct[]} acts */
function write(acts) {
  kept = acts.slice(-MOST);
  useStorage("sessionStorage", (storage) => storage.setItem(KEY, JSON.stringify(kept)));
}

/** Give the last act, which stays; undefined without one. */
export const newest = () => read().at(-1);

/** Forget the acts that something is true of. @param {(act: UndoAct) => boolean} isOver */
export const forget = (isOver) => write(read().filter((act) => !isOver(act)));

/** Keep an act and give the id it has from now on. @param {Omit<UndoAct, "id">} act */
export function keep(act) {
  number += 1;
  const id = `${Date.now()}.${number}`;
  write([...read(), { ...act, id }]);
  return id;
}

/** Take an act out, the last one without an id; undefined when it is not there any more. @param {string} [id] */
export function take(id) {
  const acts = read();
  const act = id ? acts.find((one) => one.id === id) : acts.at(-1);
  write(acts.filter((one) => one !== act));
  return act;
}

/** Put an act back that could not be taken back now, but may be later. @param {UndoAct} act */
export const putBack = (act) => write([...read(), act]);

/** Change what is known of an act, such as what takes it back. @param {string} id @param {Partial<UndoAct>} changes */
export const amend = (id, changes) => write(read().map((act) => (act.id === id ? { ...act, ...changes } : act)));

// Acts that were begun and are not told yet: what is taken back is the last one, so that is waited for.
/** @type {Set<Promise<unknown>>} */
const begun = new Set();

/** Have an undo wait for an act, and give its promise. @template T @param {Promise<T>} promise */
export function underWay(promise) {
  begun.add(promise);
  const over = () => begun.delete(promise);
  promise.then(over, over);
  return promise;
}

/** Wait for what was begun, and until whoever began it has told what it did. */
export async function told() {
  await Promise.allSettled([...begun, settled()]);
  await new Promise((resolve) => setTimeout(resolve));
}
