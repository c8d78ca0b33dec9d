// The way back from a picture: to the place in the list that one came from. Escape takes it, too.

import { useStorage } from "../words/storage.js";

const KEY = "way-back";
// Where Escape has a meaning of its own.
const OWN_ESCAPE = "input, textarea, select, [contenteditable], dialog, details[open]";

/** @param {HTMLElement} link */
function remember(link) {
  const from = JSON.stringify({ href: link.getAttribute("href"), id: link.dataset.wayBack });
  useStorage("sessionStorage", (storage) => storage.setItem(KEY, from));
}

/** Give the id of the picture that the way back to this page was taken from, once; null when one came otherwise. */
export function takeWayBack() {
  const saved = useStorage("sessionStorage", (storage) => {
    const json = storage.getItem(KEY);
    storage.removeItem(KEY);
    return JSON.parse(json || "null");
  });
  return saved?.href === location.pathname + location.search ? saved.id : null;
}

document.addEventListener("click", (event) => {
  const link = event.target?.closest("[data-way-back]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) remember(link);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.target?.closest?.(OWN_ESCAPE)) return;
  if (document.querySelector("dialog[open], details[data-menu-details][open]")) return;
  document.querySelector("[data-way-back]")?.click();
});
