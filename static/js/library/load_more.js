// More rows as one scrolls; the link "Load more" works by hand as well.

import { fragment } from "../core/http.js";
import { listIds } from "../endless/list_ids.js";
import { showList, viewOf } from "./rows.js";
import { failureOf, toast } from "../core/toast.js";

const AHEAD = "900px";
/** @type {Promise<boolean> | null} */
let loading = null;

const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) load(entry.target.closest("a"));
  },
  { rootMargin: AHEAD },
);

/** Load more when the link at the end comes near; for a list that begins anew `fresh` is true. */
export function watchLink(fresh = false) {
  if (fresh) loading = null;
  const link = document.querySelector("[data-load-more]");
  watcher.disconnect();
  if (link) watcher.observe(link);
}

/** @param {HTMLAnchorElement} link */
function load(link) {
  if (loading) return loading;
  const mine = loadNow(link).finally(() => {
    if (loading === mine) loading = null;
  });
  loading = mine;
  return mine;
}

/** @param {HTMLAnchorElement} link */
async function loadNow(link) {
  const url = new URL(link.href);
  url.searchParams.set("fragment", "rows");
  url.searchParams.set("view", viewOf());
  link.setAttribute("aria-busy", "true");
  try {
    const more = await fragment(url);
    const first = more.querySelector("[data-image-id] a");
    const focused = link === document.activeElement;
    // A search may have begun another list meanwhile.
    if (!link.isConnected) return false;
    withoutDoubles(more);
    link.closest("[data-more]").replaceWith(more);
    showList();
    if (focused) first?.focus({ preventScroll: true });
    watchLink();
    return true;
  } catch (error) {
    if (!link.isConnected) return false;
    // The link stays: a click tries again, scrolling does not knock on a closed door.
    watcher.disconnect();
    link.removeAttribute("aria-busy");
    toast(failureOf(error).message, { kind: "error", action: { label: "Try again", run: () => load(link) } });
    return false;
  }
}

/** A picture added meanwhile may be on the page already. @param {DocumentFragment} more */
function withoutDoubles(more) {
  const here = new Set(listIds());
  for (const row of more.querySelectorAll("[data-image-id]")) if (here.has(row.dataset.imageId)) row.remove();
}

document.addEventListener("click", (event) => {
  const link = event.target?.closest("[data-load-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  load(link);
});

// What could not be loaded is, by itself, when the server is there again.
document.addEventListener("connection:back", () => watchLink());

/** Load the next page; gives false when there is none or it could not be loaded. */
export async function loadNext() {
  const link = document.querySelector("[data-load-more]");
  return link ? load(link) : false;
}

watchLink();
