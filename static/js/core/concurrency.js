// Running over many things a few at a time.

import { toastError } from "./toast.js";

const AT_A_TIME = 4;

/**
 * Await `run(item)` for every item, four at a time. Shows the first error; gives how many failed.
 * @template T
 * @param {Iterable<T>} items
 * @param {(item: T) => Promise<unknown>} run
 */
export async function few(items, run) {
  const rest = [...items];
  /** @type {unknown[]} */
  const errors = [];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await run(item).catch((error) => errors.push(error));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  if (errors.length) toastError(errors[0]);
  return errors.length;
}
