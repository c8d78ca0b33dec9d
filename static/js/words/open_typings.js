// The fields of this page with words that are not published, and what has to be done with all of them at once.

/** @type {Set<import("./typing.js").Typing>} */
const open = new Set();
const pending = new Set();
/** @type {FindField[]} */
const finders = [];
let composing = false;

/** @param {import("./typing.js").Typing} typing */
export const remember = (typing) => open.add(typing);
/** @param {import("./typing.js").Typing} typing */
export const forget = (typing) => open.delete(typing);
/** @param {import("./typing.js").Typing} typing */
export const isOpen = (typing) => open.has(typing);
/** Give all of them. */
export const openTypings = () => [...open];
/** Have fields of pictures found by a function; it gives null for those that are not on the page. @param {FindField} find */
export function findFieldsBy(find) {
  finders.push(find);
}
/** Give the field that words belong to. @param {Typed} typed */
export const fieldOf = ({ id, field, text }) => finders.reduce((found, find) => found ?? find(String(id), field, text), /** @type {FoundField | null} */ (null));
/** True while an input method puts a word together. */
export const isComposing = () => composing;

/** @template T @param {Promise<T>} promise */
export function track(promise) {
  pending.add(promise);
  promise.catch(() => null).finally(() => pending.delete(promise));
  return promise;
}

export const isSaving = () => pending.size > 0;

/** Wait until every save that was begun is through. */
export async function settled() {
  await Promise.allSettled([...pending]);
}

/** Try once more with all that wait, without further delay. */
export function tryAgain() {
  for (const typing of open) {
    // What is under way and fails all the same is tried soon, too.
    typing.tries = 0;
    if (typing.isWaiting) typing.retry();
  }
}

function leaving() {
  for (const typing of open) typing.flush();
}

addEventListener("compositionstart", () => (composing = true), true);
addEventListener("compositionend", () => (composing = false), true);
document.addEventListener("connection:back", tryAgain);
addEventListener("online", tryAgain);
addEventListener("pagehide", leaving);
// A phone may end a page that is not seen without another word.
document.addEventListener("visibilitychange", () => (document.hidden ? leaving() : tryAgain()));
// Words that are kept need no question; no iPhone asks one.
addEventListener("beforeunload", (event) => {
  if (openTypings().some((typing) => typing.isRisky)) event.preventDefault();
});

/** Timers of one of them, by name: setting one anew lets the earlier one of that name go. */
export class Timers {
  constructor() {
    /** @type {Map<string, number>} */
    this.ids = new Map();
  }

  /** @param {string} name @param {number} after milliseconds @param {() => unknown} run */
  start(name, after, run) {
    this.stop(name);
    const fire = () => {
      this.ids.delete(name);
      run();
    };
    this.ids.set(name, setTimeout(fire, after));
  }

  /** @param {string} name */
  runs(name) {
    return this.ids.has(name);
  }

  /** @param {string} name */
  stop(name) {
    clearTimeout(this.ids.get(name));
    this.ids.delete(name);
  }

  stopAll() {
    for (const name of this.ids.keys()) this.stop(name);
  }
}
