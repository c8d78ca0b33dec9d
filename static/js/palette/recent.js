// What somebody chose last in the palette, by kind and id alone: what it is called, and whether it is still there for them,
// the server says.

import { useStorage } from "../words/storage.js";

const MOST = 6;
const KEY = `palette of ${document.body.dataset.person ?? "everybody"}`;

/** Give what was chosen last, the latest first, as the server takes it. */
export const recent = () => useStorage("localStorage", (storage) => storage.getItem(KEY)) ?? "";

/** @param {string} key */
export function note(key) {
  const keys = [key, ...recent().split(",").filter((other) => other && other !== key)].slice(0, MOST);
  useStorage("localStorage", (storage) => storage.setItem(KEY, keys.join(",")));
}
