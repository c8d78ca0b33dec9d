// Back from the viewer: the page below is at the picture that one has come to, with the focus on it.

const MOST_PAGES = 8; // so many more of the list are loaded to find it

/**
 * @param {string} id @param {{ first: string, from?: Element | null, back?: (id: string) => unknown, page?: string }} where
 * `page` is the address of the picture's own page; `back` shows it on a page with a list of its own
 */
export async function comeBack(id, { first, from, back, page }) {
  if (id === first && from?.isConnected) return focus(from);
  if (back) return back(id);
  // The page of one picture, which becomes that of the other.
  if (page && document.querySelector("[data-viewer-follows]")) return location.replace(page);
  const row = document.querySelector("[data-library] [data-rows]") && (await rowOf(id));
  if (!row) return focus(from);
  const { top, bottom } = row.getBoundingClientRect();
  const bar = document.querySelector(".topbar")?.offsetHeight ?? 0;
  if (top < bar || bottom > innerHeight) row.scrollIntoView({ block: "center", behavior: "instant" });
  return focus(row.hasAttribute("tabindex") ? row : row.querySelector("a[href]"));
}

/** Find the row of a picture: one that was let go comes back, and of those that are not loaded yet some are. @param {string} id */
async function rowOf(id) {
  const [{ loadNext }, { bringBack }, { standsFor }, { rowWith }] = await Promise.all([
    import("../library/load_more.js"), import("../endless/let_go.js"), import("../endless/list_ids.js"), import("../library/rows.js"),
  ]);
  for (let pages = 0; pages < MOST_PAGES && !standsFor(id); pages += 1) if (!(await loadNext())) break;
  const place = standsFor(id);
  if (place && !rowWith(id)) await bringBack(place, id);
  return rowWith(id);
}

/** @param {Element | null | undefined} element */
const focus = (element) => /** @type {HTMLElement | null | undefined} */ (element)?.focus?.({ preventScroll: true });
