// Pictures changed on this page or the next one; the library looks at them again after Back.

import { useStorage } from "./storage.js";

const KEY = "touched";
const MOST = 200;

/** Note which picture a call has changed, by its address; what is kept while it is typed changes none. @param {string | URL} url */
export function noteTouched(url) {
  const id = /\/api\/images\/(\d+)(?!\d|\/autosaves)/.exec(String(url))?.[1];
  if (!id) return;
  useStorage("sessionStorage", (storage) => {
    const ids = new Set(JSON.parse(storage.getItem(KEY) || "[]"));
    storage.setItem(KEY, JSON.stringify([...ids.add(id)].slice(-MOST)));
  });
}

/** Give the ids of pictures changed since the last call, and forget them. @returns {string[]} */
export function takeTouched() {
  return useStorage("sessionStorage", (storage) => {
    const ids = JSON.parse(storage.getItem(KEY) || "[]");
    storage.removeItem(KEY);
    return ids;
  }) ?? [];
}
