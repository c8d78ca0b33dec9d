// Running over many things a few at a time.

import { toastError } from "./toast.js";

const AT_A_TIME = 4;

/** Await `run(item)` for every item, four at a time. Shows the first error; gives how many failed. */
export async function few(items, run) {
  const rest = [...items];
  const errors = [];
  const worker = async () => {
    while (rest.length) await run(rest.shift()).catch((error) => errors.push(error));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  if (errors.length) toastError(errors[0]);
  return errors.length;
}
