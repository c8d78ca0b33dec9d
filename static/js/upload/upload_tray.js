// The tray that shows every file being added. Only the rows in sight exist, so 300 files cost no more than ten.

import { drawRefused } from "./refused_files.js";
import { saidPlace } from "./destination.js";
import { keepPlace } from "../navigation/keep_place.js";
import { drawFoot } from "./tray_foot.js";
import { drawRow, inOrder, release } from "./tray_row.js";

const tray = document.querySelector("[data-tray]");
const list = tray.querySelector("[data-tray-list]");
const rows = tray.querySelector("[data-tray-items]");
/** @type {Map<UploadItem, TrayRow>} */
const drawn = new Map();
const BUSY = ["checking", "waiting", "sending"];
const OVER = 2; // rows kept above and below what is in sight
/** @type {UploadItem[]} */
let items = [];
let waiting = false;

/** Show the list; calls within one frame are drawn once. */
export function draw(/** @type {UploadItem[]} */ list_) {
  items = list_;
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    if (!items.length) leaveFocus();
    tray.hidden = items.length === 0;
    drawHead();
    keepPlace(list, () => {
      drawRefused(items);
      drawRows();
    });
  });
}

/** Whoever stood in a tray that goes stands where pictures are added. */
function leaveFocus() {
  if (tray.contains(document.activeElement)) document.querySelector(".add-menu summary").focus();
}

function count(/** @type {...string} */ ...states) {
  return items.filter((item) => states.includes(item.state)).length;
}

function drawHead() {
  const busy = count(...BUSY);
  const taken = items.length - count("refused");
  setText("title", busy ? "Adding pictures" : summary());
  setText("count", busy ? `${taken - busy} of ${taken}` : "");
  const failed = count("failed");
  setText("failed", failed ? `${failed} could not be sent` : "");
  drawFoot(items, busy, failed);
  tray.classList.toggle("is-busy", busy > 0);
  tray.querySelector("[data-tray-close]").hidden = busy > 0;
}

/** The one sentence on a drop. It comes into the live region when all has ended, and so is said once; counts are not in it before. */
function summary() {
  const turned = items.filter((item) => item.state === "refused" && item.convertible).length;
  const [added, known, bad] = [count("done"), count("known"), count("refused", "failed") - turned];
  const parts = [added && `${added} added${saidPlace(items.filter((item) => item.state === "done"))}`, known && `${known} already here`];
  parts.push(turned && `${turned} can be turned into JPEG`, bad && `${bad} not added`);
  return parts.filter(Boolean).join(", ");
}

/** Leave the text alone when it is the same: a live region would say it again. */
function setText(/** @type {string} */ name, /** @type {string} */ text) {
  const node = tray.querySelector(`[data-tray-${name}]`);
  if (node.textContent !== text) node.textContent = text;
}

function drawRows() {
  const shown = inOrder(items);
  const tops = placesOf(shown);
  const from = list.scrollTop - rows.offsetTop;
  const first = Math.max(0, tops.findLastIndex((top) => top <= from) - OVER);
  const below = tops.findIndex((top) => top >= from + list.clientHeight);
  const last = Math.min(shown.length, (below < 0 ? shown.length : below) + OVER);
  const inSight = shown.slice(first, last);
  for (const [item, row] of drawn) if (!inSight.includes(item)) drop(item, row);
  inSight.forEach((item, index) => drawInPlace(item, index, first, shown.length));
  // A note may take more lines than there were a moment ago.
  for (const item of inSight) item.height = drawn.get(item)?.offsetHeight ?? 0;
  const measured = placesOf(shown);
  rows.style.height = `${measured.at(-1)}px`;
  inSight.forEach((item, index) => drawn.get(item)?.style.setProperty("transform", `translateY(${measured[first + index]}px)`));
}

/** Give where each row begins, and where the last one ends; one that was never drawn is as high as most are. */
function placesOf(/** @type {UploadItem[]} */ shown) {
  const usual = parseFloat(getComputedStyle(document.documentElement).fontSize) * 3.25;
  const tops = [0];
  for (const item of shown) tops.push(Number(tops.at(-1)) + (item.height || usual));
  return tops;
}

function drop(/** @type {UploadItem} */ item, /** @type {TrayRow} */ row) {
  release(row);
  row.remove();
  drawn.delete(item);
}

/** The rows are read aloud in the order in which they are seen. */
function drawInPlace(/** @type {UploadItem} */ item, /** @type {number} */ index, /** @type {number} */ first, /** @type {number} */ all) {
  const row = drawRow(drawn.get(item), item);
  drawn.set(item, row);
  row.setAttribute("aria-posinset", String(first + index + 1));
  row.setAttribute("aria-setsize", String(all));
  if (rows.children[index] !== row) rows.insertBefore(row, rows.children[index] ?? null);
}

list.addEventListener("scroll", () => draw(items), { passive: true });
window.addEventListener("resize", () => {
  for (const item of items) item.height = 0;
  draw(items);
});
// What was pressed goes; the list is where its files are seen next.
for (const kind of /** @type {const} */ (["tray:convert", "tray:leave", "tray:done"])) {
  document.addEventListener(kind, () => list.focus({ preventScroll: true }));
}
tray.addEventListener("click", (/** @type {Event} */ event) => {
  if (event.target?.closest("[data-tray-retry]")) {
    // Rows whose picture could not be had while the server was away ask for it again.
    for (const [item, row] of drawn) drop(item, row);
    document.dispatchEvent(new CustomEvent("tray:retry"));
  }
  if (event.target?.closest("[data-tray-close]")) document.dispatchEvent(new CustomEvent("tray:close"));
  const fold = event.target?.closest("[data-tray-fold]");
  if (!fold) return;
  list.hidden = !list.hidden;
  fold.setAttribute("aria-expanded", String(!list.hidden));
  draw(items);
});
