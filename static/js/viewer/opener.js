// Opens the viewer: a click on what has [data-viewer-open], the address of its neighbours, or F or Space on the page of a
// picture. The viewer itself is loaded then.

import { failureOf, toastError } from "../core/toast.js";
import { isPlain, isTyping, letterOf, lettersAreKeys } from "../keys/letters.js";

const PRESSED = "button, a[href], summary, label, input";

/** What a page with a list of its own knows: its ids, and how to go to one of its pictures afterwards. @type {ViewerPage} */
const page = {};

/** Let a page say in which order its pictures are, and show the one that the viewer was left at. @param {ViewerPage} given */
export const viewBy = (given) => Object.assign(page, given);

// A viewer that was open when the page was loaded again is not: nor is Back to close it. Before the page has loaded that would
// break its loading off.
if (history.state?.viewer && document.readyState === "complete") history.back();
else if (history.state?.viewer) addEventListener("load", () => setTimeout(() => history.back()), { once: true });

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
  const letter = letterOf(event);
  if ((letter !== " " && letter !== "f") || !lettersAreKeys() || !isPlain(event) || isTyping(event) || event.repeat || event.defaultPrevented) return;
  const link = document.querySelector("[data-viewer-open]");
  // Space presses a button, and scrolls nothing on a page that is one window high.
  if (!link || (letter === " " && event.target?.closest?.(PRESSED) && event.target !== link)) return;
  event.preventDefault();
  open(link);
});
