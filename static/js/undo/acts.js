// The acts of this tab that can be taken back, the newest last: plain data in the tab's storage, so that they outlive a
// navigation. Whoever signs in as somebody else finds none of them.

import { queues } from "../images/image_store.js";

const MOST = 20;
const key = () => `acts of ${document.querySelector("[data-toasts]")?.dataset.person}`;
let number = 0;

// What somebody else did in this tab is nobody's business any more.
const others = Object.keys(sessionStorage).filter((name) => name.startsWith("acts of ") && name !== key());
for (const name of others) sessionStorage.removeItem(name);

/** @returns {UndoAct[]} */
const read = () => JSON.parse(sessionStorage.getItem(key()) ?? "[]");
const write = (/** @type {UndoAct[]} */ acts) => sessionStorage.setItem(key(), JSON.stringify(acts.slice(-MOST)));

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
  await Promise.allSettled([...begun, ...queues.values()]);
  await new Promise((resolve) => setTimeout(resolve));
}
