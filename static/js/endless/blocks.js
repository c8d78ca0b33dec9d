// Blocks of rows: whole lines of the list, some fifty pictures each, and the element that keeps their room.

import { countOf, idsOf, standFor } from "./list_ids.js";

export const SIZE = 50;

/** @param {Element} row */
const topOf = (row) => row.getBoundingClientRect().top;

/** Tell whether two rows are side by side: these have the same top. @param {Element} one @param {Element | null} other */
export const sameLine = (one, other) => Boolean(other?.dataset.imageId) && Math.abs(topOf(one) - topOf(/** @type {Element} */ (other))) < 1;

/**
 * Cut rows that follow each other into blocks of whole lines; lines of which others hold a part are left out. A wall is
 * broken into the same lines with a block in the place of some.
 * @param {Element[]} run
 */
export function cut(run) {
  let [first, end] = [0, run.length];
  while (first < end && sameLine(run[first], run[first].previousElementSibling)) first += 1;
  while (end > first && sameLine(run[end - 1], run[end - 1].nextElementSibling)) end -= 1;
  /** @type {Element[][]} */
  const blocks = [];
  let start = first;
  for (let at = first + 1; at <= end; at += 1) {
    if (at < end && (at - start < SIZE || sameLine(run[at], run[at - 1]))) continue;
    blocks.push(run.slice(start, at));
    start = at;
  }
  return blocks;
}

/** @param {Element} row */
export const gapOf = (row) => parseFloat(getComputedStyle(/** @type {Element} */ (row.parentElement)).rowGap) || 0;

/** Measure how high the room of rows is that follow each other, without the gap behind them. @param {Element[]} block */
export function roomOf(block) {
  const last = /** @type {Element} */ (block.at(-1));
  const next = last.nextElementSibling;
  const gap = next ? gapOf(last) : 0;
  return (next ? topOf(next) - gap : last.getBoundingClientRect().bottom) - topOf(block[0]);
}

/** @param {Element} row */
const nameOf = (row) => [...row.querySelectorAll('.title, [data-edit="post_title"]:not([data-empty]), .file-name')].map(({ textContent }) => textContent?.replaceAll("\n", " ")).join(" · ");

/**
 * Make what stands for pictures whose rows are let go. A search in the page finds their names about where they were.
 * @param {Element} list @param {string[]} ids @param {number} height @param {string[]} names
 */
export function makeRoom(list, ids, height, names = []) {
  const inTable = list.tagName === "TBODY";
  const room = document.createElement(inTable ? "tr" : "li");
  const text = inTable ? room.appendChild(document.createElement("td")) : room;
  room.className = "let-go";
  room.setAttribute("aria-hidden", "true");
  text.textContent = names.join("\n");
  standFor(room, ids);
  setRoom(room, height);
  return room;
}

/** @param {HTMLElement} room @param {number} height */
export function setRoom(room, height) {
  room.style.height = `${height}px`;
  room.style.lineHeight = `${height / countOf(room)}px`;
}

/** Put one element in the place of the rows of a block. @param {Element[]} block @param {number} height */
export function replace(block, height) {
  const room = makeRoom(/** @type {Element} */ (block[0].parentElement), block.flatMap(idsOf), height, block.map(nameOf));
  block[0].replaceWith(room);
  // Chromium keeps each image with `sizes` for its document's media queries, in the page or not: they go with another document.
  const other = document.implementation.createHTMLDocument();
  for (const row of block) other.adoptNode(row);
  return room;
}
