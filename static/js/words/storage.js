// The storages of the browser, which may be full or forbidden: nothing that is typed or saved may fail by that.

/**
 * Do something with a storage; null where there is none that can be used.
 * @template T
 * @param {"localStorage" | "sessionStorage"} kind
 * @param {(storage: Storage) => T} run
 */
export function useStorage(kind, run) {
  try {
    return run(window[kind]);
  } catch (error) {
    console.debug("The storage of this browser cannot be used.", error);
    return null;
  }
}
