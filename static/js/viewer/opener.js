// Opens the viewer: a click on what has [data-viewer-open], the address of its neighbours, or F or Space on the page of a
// picture. The viewer itself is loaded then.

import { failureOf, toastError } from "../core/toast.js";

const OWN_KEYS = "input, textarea, select, button, a[href], summary, [contenteditable], dialog, [role=menu], [role=option]";

/** What a page with a list of its own knows: its ids, and how to go to one of its pictures afterwards. @type {ViewerPage} */
const page = {};

/** Let a page say in which order its pictures are, and show the one that the viewer was left at. @param {ViewerPage} given */
export const viewBy = (given) => Object.assign(page, given);

/** @param {HTMLElement} link */
async function open(link) {
  const address = String(link.dataset.viewerOpen);
  try {
    const { openAt } = await import("./viewer.js");
    await openAt(address, { from: link, ...page, ids: page.ids?.() });
  } catch (error) {
    if (failureOf(error).name === "AbortError") return;
    console.debug("The viewer could not be opened.", error);
    toastError(error);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target?.closest("[data-viewer-open]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(link);
});

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if ((key !== " " && key.toLowerCase() !== "f") || event.repeat || event.defaultPrevented) return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
  const link = document.querySelector("[data-viewer-open]");
  // On a link F goes on, Space would press or scroll.
  const own = target?.closest?.(key === " " ? OWN_KEYS : OWN_KEYS.replace("button, a[href], summary, ", ""));
  if (!link || document.querySelector("dialog[open]") || (own && own !== link)) return;
  event.preventDefault();
  open(link);
});
