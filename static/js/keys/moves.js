// Where the arrows lead in a list of pictures: to the next one, to the one below, to the next control of a row.

import { sameLine } from "../endless/blocks.js";
import { bringBack } from "../endless/let_go.js";
import { countOf, idsOf } from "../endless/list_ids.js";
import { toastError } from "../core/toast.js";
import { rows } from "../library/rows.js";

const STOPS = "a[href], button, input, select, textarea, [tabindex]";

/** @type {(() => unknown)[]} */
const waiting = [];

/** Make a move after those of before, of which one may wait for rows; where these cannot be had the others are given up. @param {() => unknown} move */
export async function inTurn(move) {
  if (waiting.push(move) > 1) return;
  try {
    for (; waiting.length; waiting.shift()) await waiting[0]();
  } catch (error) {
    waiting.length = 0;
    toastError(error);
  }
}

/** Give the picture before (-1) or after (1) one, as far as it is on the page. @param {Element} row @param {number} way @returns {HTMLElement | null} */
export function beside(row, way) {
  /** @type {any} */
  let next = way > 0 ? row.nextElementSibling : row.previousElementSibling;
  while (next && !next.dataset.imageId) next = way > 0 ? next.nextElementSibling : next.previousElementSibling;
  return next;
}

/** What the list holds in one way from an element: a row, or what stands for rows that were let go. @param {Element | null} from @param {number} way @returns {any} */
function heldFrom(from, way) {
  let next = /** @type {any} */ (from);
  while (next && !countOf(next)) next = way > 0 ? next.nextElementSibling : next.previousElementSibling;
  return next;
}

/** @param {any} row @param {number} way */
const heldBeside = (row, way) => heldFrom(way > 0 ? row.nextElementSibling : row.previousElementSibling, way);

/** Bring rows back that were let go between a picture and the line it leads to. Raises HttpError. @param {Element} row @param {number} way */
export async function makeWay(row, way) {
  let next = heldBeside(row, way);
  while (sameLine(row, next)) next = heldBeside(next, way);
  if (next && !next.dataset.imageId) await bringBack(next, idsOf(next).at(way > 0 ? 0 : -1));
}

/** Give the first (-1) or the last (1) picture that was loaded. Raises HttpError. @param {number} way @returns {Promise<HTMLElement | null>} */
export async function outermost(way) {
  const outer = () => heldFrom(way > 0 ? rows().lastElementChild : rows().firstElementChild, -way);
  if (outer() && !outer().dataset.imageId) await bringBack(outer(), idsOf(outer()).at(way > 0 ? -1 : 0));
  return outer();
}

/** Give the middle of an element from left to right. @param {Element} element */
export function middleOf(element) {
  const { left, width } = element.getBoundingClientRect();
  return left + width / 2;
}

/**
 * Give the picture in the line above (-1) or below (1) that is nearest to a place from left to right. Lines may be of
 * any number of pictures, and these of any width.
 * @param {Element} row @param {number} way @param {number} wanted @returns {HTMLElement | null}
 */
export function inNextLine(row, way, wanted) {
  const edge = (/** @type {Element} */ one) => one.getBoundingClientRect()[way > 0 ? "top" : "bottom"];
  const here = edge(row);
  const isApart = (/** @type {Element} */ one, /** @type {number} */ from) => (edge(one) - from) * way > 2;
  let next = beside(row, way);
  while (next && !isApart(next, here)) next = beside(next, way);
  const line = next && edge(next);
  let nearest = next;
  const far = (/** @type {Element} */ one) => {
    const { left, right } = one.getBoundingClientRect();
    return Math.max(left - wanted, wanted - right, 0) || Math.abs(middleOf(one) - wanted) / 1e6;
  };
  while (next && line !== null && !isApart(next, line)) {
    if (nearest && far(next) < far(nearest)) nearest = next;
    next = beside(next, way);
  }
  return nearest;
}

/** Give what can be focused in a row, in its order and as far as it is seen. @param {Element} row @returns {HTMLElement[]} */
export function stopsIn(row) {
  return [...row.querySelectorAll(STOPS)].filter((one) => !one.closest("[aria-hidden=true]") && one.getClientRects().length);
}
