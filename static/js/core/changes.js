// What this tab changed on the server: told on the page at once, and remembered for the page that Back leads to.

import { useStorage } from "../words/storage.js";

const TOUCHED = "touched";
const MOST = 200;

/**
 * Tell ("server:changed" on the document) that a call changed something, and remember the picture it was about. What is
 * kept while it is typed changes nothing.
 * @param {string | URL} url
 */
export function tellChanged(url) {
  if (String(url).includes("/autosaves/")) return;
  document.dispatchEvent(new CustomEvent("server:changed"));
  const id = /\/api\/images\/(\d+)/.exec(String(url))?.[1];
  if (!id) return;
  useStorage("sessionStorage", (storage) => {
    const ids = new Set(JSON.parse(storage.getItem(TOUCHED) || "[]"));
    storage.setItem(TOUCHED, JSON.stringify([...ids.add(id)].slice(-MOST)));
  });
}

/** Give the ids of pictures changed since the last call, and forget them. @returns {string[]} */
export function takeTouched() {
  return useStorage("sessionStorage", (storage) => {
    const ids = JSON.parse(storage.getItem(TOUCHED) || "[]");
    storage.removeItem(TOUCHED);
    return ids;
  }) ?? [];
}
