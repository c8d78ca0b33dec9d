// What is typed, kept in this browser until the server has it: an entry for each person, picture or form, field and tab.

import { useStorage } from "./storage.js";
import { person } from "./tab.js";

const PREFIX = "words";
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** @param {Typed} typed */
const keyOf = ({ id, field, tab }) => [PREFIX, person, id, field, tab].join(" ");

/** Say which text it is, and whose: over another person's session nothing is kept. @param {Typed} typed */
export const nameOf = ({ tab, number }) => ({ tab, number, person: Number(person) || null });

/** Tell whether words are of a form: those have its path where others have the id of a picture. @param {Typed} typed */
export const isOfForm = ({ id }) => id.startsWith("/");

/** Keep a text; false where the browser does not let us. @param {Typed} typed */
export function keepText(typed) {
  return useStorage("localStorage", (storage) => {
    storage.setItem(keyOf(typed), JSON.stringify({ ...typed, at: Date.now() }));
    return true;
  }) ?? false;
}

/** Forget a text, unless something newer was typed since. @param {Typed} typed */
export function dropText(typed) {
  useStorage("localStorage", (storage) => {
    const kept = JSON.parse(storage.getItem(keyOf(typed)) || "null");
    if (kept && kept.number <= typed.number) storage.removeItem(keyOf(typed));
  });
}

/** Give what is kept for the person of this page, and forget everybody's that is older than seven days. @returns {Typed[]} */
export function keptTexts() {
  return useStorage("localStorage", (storage) => {
    const found = [];
    for (const key of Object.keys(storage)) {
      if (!key.startsWith(`${PREFIX} `)) continue;
      const typed = readEntry(storage.getItem(key));
      if (!typed || typed.at < Date.now() - KEPT_MS) storage.removeItem(key);
      else if (key === keyOf(typed)) found.push(typed);
    }
    return found;
  }) ?? [];
}

/** Forget words of forms by the numbers they were sent with, whoever is there by now. @param {number[]} numbers */
export function dropSent(numbers) {
  useStorage("localStorage", (storage) => {
    for (const key of Object.keys(storage)) {
      const sent = key.startsWith(`${PREFIX} `) && readEntry(storage.getItem(key))?.sent;
      if (sent && numbers.includes(sent)) storage.removeItem(key);
    }
  });
}

/** Tell whether this browser has words of the time when nobody signed in. */
export const hasNobodys = () => person !== "" && keysOfNobody().length > 0;

/** Make them those of the person of this page, who is the first there ever was. */
export function takeNobodys() {
  useStorage("localStorage", (storage) => {
    for (const key of keysOfNobody()) {
      const typed = readEntry(storage.getItem(key));
      if (typed) storage.setItem(keyOf(typed), JSON.stringify(typed));
      storage.removeItem(key);
    }
  });
}

const keysOfNobody = () => useStorage("localStorage", (storage) => Object.keys(storage).filter((key) => key.startsWith(`${PREFIX}  `))) ?? [];

/** @param {string | null} json */
function readEntry(json) {
  try {
    return JSON.parse(json || "null");
  } catch {
    return null;
  }
}

// The way to the server, which is loaded with the first key that is typed: until it is there the words are kept here alone.

/** @typedef {Pick<typeof import("./server.js"), "dropFromServer" | "keepOnServer" | "save">} Server */
/** @type {Server | null} */
let server = null;

/** It is there. @param {Server} module */
export function provide(module) {
  server = module;
}

/** Give what speaks to the server, or null while it is not loaded. Whoever leaves the page can wait for nothing. */
export const reached = () => server;

/** Load it. Rejects with a failure like those of calls that do not reach the server. @returns {Promise<Server>} */
export async function reach() {
  if (server) return server;
  return import("./server.js").catch(() => {
    throw Object.assign(new Error("The server could not be reached."), { status: 0, temporary: true });
  });
}
