// Which tab this is, by a random name, and the numbers of the texts that are typed in it.

import { useStorage } from "./storage.js";

const TAB = "words-tab";
const BROWSER = "words-browser";

/** Who types, by the id of the account; empty where there are no accounts. */
export const person = document.body.dataset.person ?? "";

// Only pages under https have randomUUID.
const random = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const browser = useStorage("localStorage", (storage) => {
  const known = storage.getItem(BROWSER) || random();
  storage.setItem(BROWSER, known);
  return known;
}) ?? random();

// The name is in the storage only between two pages of the tab: a tab that is duplicated finds none and takes its own.
const take = () => useStorage("sessionStorage", (storage) => {
  const name = storage.getItem(TAB);
  storage.removeItem(TAB);
  return name;
});

export const tab = take() || `${browser}-${random()}`;
addEventListener("pagehide", () => useStorage("sessionStorage", (storage) => storage.setItem(TAB, tab)));
addEventListener("pageshow", (event) => event.persisted && take());

/** Tell whether a tab is one of this browser. @param {string} name */
export const isOfThisBrowser = (name) => name.startsWith(`${browser}-`);

let last = 0;

/** Give a number that is greater than all before it in this tab, and than `least`. */
export function nextNumber(least = 0) {
  last = Math.max(last + 1, least + 1, Date.now());
  return last;
}
