// Back from the viewer: the page below is at the picture that one has come to, with the focus on it.

/**
 * @param {string} id @param {{ first: string, from?: Element | null, back?: (id: string) => unknown, page?: string }} where
 * `page` is the address of the picture's own page; `back` shows it on a page with a list of its own
 */
export function comeBack(id, { first, from, back, page }) {
  if (id === first) return focus(from);
  if (back) return back(id);
  const row = document.querySelector(`[data-rows] > [data-image-id="${id}"]`);
  if (row) {
    const { top, bottom } = row.getBoundingClientRect();
    const bar = document.querySelector(".topbar")?.offsetHeight ?? 0;
    if (top < bar || bottom > innerHeight) row.scrollIntoView({ block: "center", behavior: "instant" });
    return focus(row.hasAttribute("tabindex") ? row : row.querySelector("a[href]"));
  }
  // The page of one picture, which becomes that of the other.
  if (page && document.querySelector("[data-viewer-follows]")) return location.replace(page);
  return focus(from);
}

/** @param {Element | null | undefined} element */
const focus = (element) => /** @type {HTMLElement | null | undefined} */ (element)?.focus?.({ preventScroll: true });
