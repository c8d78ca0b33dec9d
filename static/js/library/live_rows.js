// Keeps the list true: rows of pictures that were just added, and of pictures changed on their own page before Back.

import { takeTouched } from "../core/http.js";
import { fetchNew, putFirst, recount, redrawRow, rowWith } from "./rows.js";
import { toastError } from "../core/toast.js";

const GATHER_MS = 400;
const { order, filtered } = document.querySelector("[data-library]").dataset;
/** @type {number[]} */
let landed = [];
let line = Promise.resolve();

// Rows are put in a few at a time: every one alone would lay out the whole table again.
document.addEventListener("image:added", (event) => {
  recount();
  if (order !== "newest") return;
  landed.push(event.detail.id);
  if (landed.length === 1) setTimeout(() => (line = line.then(putLanded).catch(toastError)), GATHER_MS);
});

async function putLanded() {
  const ids = landed.filter((id) => !rowWith(id));
  landed = [];
  putFirst(await fetchNew(ids, filtered === "yes"));
}

document.addEventListener("image:changed", recount);

/** @param {string} id */
async function lookAgain(id) {
  if (rowWith(id)) await redrawRow(id);
}

window.addEventListener("pageshow", (event) => {
  const touched = takeTouched();
  // After Back the page comes from memory or from the browser's cache, as it was before those changes.
  const kind = performance.getEntriesByType("navigation")[0]?.type;
  if (event.persisted || kind === "back_forward") Promise.all(touched.map(lookAgain)).catch(toastError);
});
