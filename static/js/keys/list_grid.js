// The list as a grid (ARIA): one stop of the Tab key, which is the row one was at last; arrows go on from there. The roles
// are put here and not by the server, as a page has fifty rows.

import { beside } from "./moves.js";
import { countOf } from "../endless/list_ids.js";
import { rowAtTop, rows, rowWith } from "../library/rows.js";

const FOCUSABLE = "a[href], button, input, [tabindex]";
const list = rows();
/** Whether there are cells, as in the table and in the wall that is made of it; cards stay items of a list. */
const hasCells = list.tagName === "TBODY";
/** Whether one goes up and down through it, and left and right through what is in a row. */
export const isTable = () => hasCells && getComputedStyle(list).display !== "flex";
const ROLES = { tr: "row", th: "columnheader", td: "gridcell" };
/** @type {string | undefined} */
let at; // the picture that has the stop

/** Give the row that has the stop; the first one while nobody has been in the list. @returns {HTMLElement | null} */
export const rowAt = () => (at && rowWith(at)) || list.querySelector(":scope > [data-image-id]");

/** Take one stop away from what is in a row: it is reached from the row by arrows. @param {Element} element */
function takeStops(element) {
  for (const one of [element, ...element.querySelectorAll(FOCUSABLE)]) {
    if (one !== element || one.matches(FOCUSABLE)) one.tabIndex = -1;
  }
}

/** @param {HTMLElement} row */
function own(row) {
  takeStops(row);
  row.tabIndex = -1;
  if (hasCells) for (const cell of [row, ...row.children]) cell.setAttribute("role", ROLES[/** @type {"tr"} */ (cell.localName)]);
}

/** Number the rows of what is loaded; how many there are in all is known from the line above the list. */
function count() {
  const total = document.querySelector("[data-total]").dataset.total ?? "";
  const all = total.endsWith("+") ? -1 : Number(total.replaceAll(",", ""));
  if (hasCells) list.closest("table").setAttribute("aria-rowcount", String(all < 0 ? all : all + 1));
  let number = hasCells ? 1 : 0;
  for (const child of list.children) {
    const length = countOf(child);
    if (child.dataset.imageId) child.setAttribute(hasCells ? "aria-rowindex" : "aria-posinset", String(number + 1));
    if (child.dataset.imageId && !hasCells) child.setAttribute("aria-setsize", String(all));
    number += length;
  }
}

/** Let one row be where the Tab key stops. @param {HTMLElement | null} row */
function stopAt(row) {
  for (const other of list.querySelectorAll(':scope > [tabindex="0"]')) other.tabIndex = -1;
  if (!row) return;
  at = row.dataset.imageId;
  row.tabIndex = 0;
}

/** Put the focus on a row and bring it into sight. @param {HTMLElement | null} row */
export function focusRow(row) {
  if (!row) return;
  row.focus({ preventScroll: true });
  // Rows that come back on the way would end a smooth scroll.
  row.scrollIntoView({ block: "nearest", behavior: "instant" });
}

/** Come to the row one was on, or, where that is out of sight, to the first one in sight. */
export function comeIn() {
  const row = rowAt();
  const { bottom = 0, top = 0 } = row?.getBoundingClientRect() ?? {};
  return focusRow(bottom > 0 && top < innerHeight ? row : (rowAtTop() ?? row));
}

/** @param {MutationRecord[]} records */
function follow(records) {
  for (const { target, addedNodes, removedNodes, previousSibling, nextSibling } of records) {
    for (const node of addedNodes) {
      if (!(node instanceof HTMLElement)) continue;
      if (target !== list) takeStops(node);
      else if (node.dataset.imageId) own(node);
    }
    // Whoever stood on a row that went, such as to the trash, stands on what came into its place.
    const gone = target === list && [...removedNodes].some((node) => node instanceof HTMLElement && node.dataset.imageId === at);
    if (!gone || !at || rowWith(at)) continue;
    const heir = nearest(nextSibling, 1) ?? nearest(previousSibling, -1);
    stopAt(heir);
    if (document.activeElement === document.body) focusRow(heir);
  }
  stopAt(rowAt());
  count();
}

/** @param {Node | null} node @param {number} way */
function nearest(node, way) {
  while (node && !(node instanceof HTMLElement)) node = way > 0 ? node.nextSibling : node.previousSibling;
  if (!node?.isConnected) return null;
  return node.dataset.imageId ? node : beside(node, way);
}

function begin() {
  if (hasCells) {
    const grid = list.closest("table");
    grid.setAttribute("role", "grid");
    for (const part of grid.querySelectorAll("thead, tbody")) part.setAttribute("role", "rowgroup");
    for (const cell of grid.querySelectorAll("thead :is(tr, th)")) cell.setAttribute("role", ROLES[/** @type {"tr"} */ (cell.localName)]);
    grid.querySelector("thead tr").setAttribute("aria-rowindex", "1");
  }
  for (const row of list.querySelectorAll(":scope > [data-image-id]")) own(row);
  stopAt(rowAt());
  count();
}

begin();
new MutationObserver(follow).observe(list, { childList: true, subtree: true });
document.addEventListener("list:counted", count);
list.addEventListener("focusin", (/** @type {FocusEvent} */ event) => {
  const row = event.target?.closest("[data-rows] > [data-image-id]");
  if (row) stopAt(row);
});
