// Collections, categories and tags that pictures can be dropped on: at the side of the library, and the cards of the page
// of collections, which take those of another tab as well.

import { toastError } from "../core/toast.js";
import { destination, entryAt } from "../upload/destination.js";

const DRAGGED = "application/x-artworks";
const UNFOLD_MS = 600;
/** @type {HTMLElement | null} */
let over = null;
let unfolding = 0;

/** @param {DragEvent} event */
const carries = (event) => event.dataTransfer?.types.includes(DRAGGED);

/** @param {HTMLElement | null} entry */
function aim(entry) {
  if (entry === over) return;
  over?.classList.remove("is-drop-target");
  entry?.classList.add("is-drop-target");
  over = entry;
}

/** What is folded away unfolds for whoever waits over it. @param {EventTarget | null} target */
function unfold(target) {
  const summary = target instanceof Element ? target.closest("[data-drop] summary") : null;
  if (!summary) unfolding = clearTimeout(unfolding) ?? 0;
  else unfolding ||= setTimeout(() => (summary.parentElement.open = true), UNFOLD_MS);
}

document.addEventListener("dragover", (event) => {
  if (!carries(event)) return;
  const entry = entryAt(event.target);
  aim(entry);
  unfold(event.target);
  if (!entry || !event.dataTransfer) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
});
document.addEventListener("dragend", () => aim(null));
document.addEventListener("dragleave", (event) => event.relatedTarget || aim(null));
document.addEventListener("drop", (event) => {
  const entry = carries(event) ? entryAt(event.target) : null;
  aim(null);
  if (!entry) return;
  event.preventDefault();
  // What is dropped here is no address of a picture somewhere.
  event.stopPropagation();
  const ids = event.dataTransfer?.getData(DRAGGED).split(",").filter((id) => /^\d+$/.test(id)) ?? [];
  if (ids.length) put(ids, destination(entry)).catch(toastError);
});

/** @param {string[]} ids @param {Destination} to */
async function put(ids, { category, hashtags, collection, name }) {
  const { putInto } = await import("./put_into.js");
  const target = collection ? ["collection", collection] : category ? ["category", category] : ["tag", hashtags];
  await putInto({ kind: target[0], value: target[1], name: name || hashtags }, await chosenOf(ids));
}

/** What is dragged: these, or everything that matches where that is ticked. @param {string[]} ids @returns {Promise<Chosen>} */
async function chosenOf(ids) {
  if (document.querySelector("[data-selection]")) {
    const { chosen } = await import("../library/selection.js");
    const all = chosen();
    if (all.filter && ids.every((id) => all.ids.includes(id)) && ids.length === all.ids.length) return all;
  }
  return { ids, filter: null, query: "" };
}
