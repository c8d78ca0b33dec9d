// Keeps the list true: rows of pictures that were just added, and of pictures changed on their own page before Back.

import { redrawRows } from "../bulk/bulk_rows.js";
import { takeTouched } from "../core/changes.js";
import { listIds } from "../endless/list_ids.js";
import { learn } from "../images/image_store.js";
import { dropRow, fetchNew, putFirst, recount, redrawRow, rowWith } from "./rows.js";
import { toastError } from "../core/toast.js";

const GATHER_MS = 400;
const { dataset: list } = document.querySelector("[data-library]");
/** @type {number[]} */
const landed = [];
let line = Promise.resolve();

// Rows are put in a few at a time: every one alone would lay out the whole table again.
document.addEventListener("image:added", (event) => {
  recount();
  if (list.order !== "newest") return readAnew();
  landed.push(event.detail.id);
  if (landed.length === 1) setTimeout(() => (line = line.then(putLanded).catch(toastError)), GATHER_MS);
});

/** In another order the server knows the place of a new picture; a list that one goes through stays as it is. */
function readAnew() {
  if (document.querySelector("[data-load-more], [data-tick]:checked")) return;
  document.dispatchEvent(new CustomEvent("list:stale"));
}

async function putLanded() {
  const taken = landed.splice(0);
  const { search } = location;
  if (list.order !== "newest") return readAnew();
  const unknown = (/** @type {string} */ id) => !listIds().includes(id);
  const fresh = await fetchNew(taken.filter((id) => unknown(String(id))), list.filtered === "yes");
  if (search === location.search) return putFirst(fresh.filter((row) => unknown(row.dataset.imageId)));
  // A search has begun another list meanwhile: not all of them belong into it.
  landed.push(...taken);
  return putLanded();
}

document.addEventListener("image:changed", recount);
document.addEventListener("batches:ended", recount);

// A row that somebody edits in this tab is left alone by what draws it anew.
document.addEventListener("image:elsewhere", ({ detail: { id, gone } }) => {
  if (gone) dropRow(id);
  else lookAgain(id).catch(toastError);
});
document.addEventListener("page:returned", recount);

/** @param {string} id */
async function lookAgain(id) {
  if (rowWith(id)) await redrawRow(id);
}

/** @param {{ persisted: boolean }} event */
function lookAtTouched(event) {
  const touched = takeTouched();
  // After Back the page comes from memory or from the browser's cache, as it was before those changes.
  const kind = performance.getEntriesByType("navigation")[0]?.type;
  if (event.persisted || kind === "back_forward") Promise.all(touched.map(lookAgain)).catch(toastError);
}

// This page may be shown already.
lookAtTouched({ persisted: false });
window.addEventListener("pageshow", (event) => event.persisted && lookAtTouched(event));

// What was taken back: rows drawn anew, and where others come or go the list asked for again.
document.addEventListener("undo:done", (event) => {
  const { act, answer } = event.detail;
  if (!act.images) return;
  event.preventDefault();
  if (answer?.version) learn(answer);
  if (act.list) document.dispatchEvent(new CustomEvent("list:stale"));
  redrawRows(act.images.map(String)).catch(toastError).then(recount);
});
