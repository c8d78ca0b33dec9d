// Where the arrows lead in a list of pictures: to the next one, to the one below, to the next control of a row.

const STOPS = "a[href], button, input, select, textarea, [tabindex]";

/** Give the picture before (-1) or after (1) one, as far as it is on the page. @param {Element} row @param {number} way @returns {HTMLElement | null} */
export function beside(row, way) {
  /** @type {any} */
  let next = way > 0 ? row.nextElementSibling : row.previousElementSibling;
  while (next && !next.dataset.imageId) next = way > 0 ? next.nextElementSibling : next.previousElementSibling;
  return next;
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
