// Acts that were begun and are not told yet: what is taken back is the last one, so that is waited for.

import { queues } from "../images/image_store.js";

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
