// The list of pictures on the library page: putting rows in, taking them out, and what hangs on how many there are.

import { api, fragment } from "../core/http.js";
import { listIds } from "../endless/list_ids.js";
import { refresh, rowUrl } from "../images/image_store.js";
import { failureOf, toastError } from "../core/toast.js";

export const rows = () => document.querySelector("[data-rows]");

/** Give the view the list is drawn in, for the server. */
export const viewOf = () => String(rows().dataset.rows);

// Beside a title the mark of who wrote it is a sign alone; its word is shown to whoever points at it.
document.addEventListener("pointerover", ({ target }) => {
  const mark = target?.closest("[data-rows] i");
  if (mark) mark.title = mark.textContent;
});

/** The row or card an element is in. @param {Element} element */
export const rowOf = (element) => element.closest("[data-rows] > [data-image-id]");

/** @param {string | number} id */
export function rowWith(id) {
  return rows().querySelector(`:scope > [data-image-id="${id}"]`);
}

/** Fetch the row of one picture as the server draws it in this view. @param {string | number} id */
async function fetchRow(id) {
  return (await fragment(rowUrl(id, viewOf()))).firstElementChild;
}

/** Draw a picture's row anew; one that is no longer there (it went to the trash) loses its row. @param {string | number} id */
export async function redrawRow(id) {
  try {
    await refresh(id);
  } catch (error) {
    if (failureOf(error).status !== 404) throw error;
    dropRow(id);
  }
}

/** Take the row of a picture away that is no longer there. @param {string | number} id */
export function dropRow(id) {
  rowWith(id)?.remove();
  showList();
  recount();
}

/**
 * Fetch the rows of new pictures, newest first. Under filters the server says which of them belong here.
 * @param {number[]} ids
 * @param {boolean} filtered
 */
export async function fetchNew(ids, filtered) {
  const newest = [...ids].sort((a, b) => b - a);
  if (!filtered) return Promise.all(newest.map(fetchRow));
  const url = new URL(location.href);
  url.searchParams.delete("after");
  url.searchParams.set("fragment", "rows");
  url.searchParams.set("view", viewOf());
  const page = await fragment(url);
  return newest.map((id) => page.querySelector(`[data-image-id="${id}"]`)).filter(Boolean);
}

/** The row at the top of what is in sight. */
export function rowAtTop() {
  const bar = document.querySelector(".topbar").offsetHeight;
  return [...rows().querySelectorAll(":scope > [data-image-id]")].find((row) => row.getBoundingClientRect().bottom > bar);
}

/** Put rows on top, without moving what the person is looking at. @param {Element[]} fresh */
export function putFirst(fresh) {
  const list = rows();
  // What one looks at stays where it is; before the list is scrolled that is its top.
  const looked = (list.firstElementChild?.getBoundingClientRect().top ?? 0) < 0 ? rowAtTop() : undefined;
  const before = looked?.getBoundingClientRect().top ?? 0;
  for (const row of fresh) row.classList.add("is-new");
  list.prepend(...fresh);
  if (looked) window.scrollBy({ top: looked.getBoundingClientRect().top - before, behavior: "instant" });
  showList();
}

/** The list appears with its first row, and what can be done with pictures; the panel of an empty list goes. */
export function showList() {
  const some = listIds().length > 0;
  (rows().closest("[data-rows-holder]") ?? rows()).hidden = !some;
  const panel = document.querySelector("[data-empty-panel]");
  if (panel) panel.hidden = some;
  // The server knows what an empty list says.
  else if (!some) document.dispatchEvent(new CustomEvent("list:stale"));
  for (const tool of document.querySelectorAll("[data-some]")) tool.hidden = !some;
}

let asked = 0;

/** Ask again for the counts at the side and above the list, once for many changes in a row. */
export function recount() {
  clearTimeout(asked);
  asked = setTimeout(() => drawCounts().catch(toastError), 300);
}

async function drawCounts() {
  const url = new URL(location.href);
  url.searchParams.delete("after");
  const filters = new URLSearchParams(url.searchParams);
  filters.delete("view");
  filters.set("limit", "1");
  url.searchParams.set("fragment", "sidebar");
  const [fresh, list] = await Promise.all([fragment(url), api("GET", `/api/images?${filters}`)]);
  const side = document.querySelector("[data-sidebar]");
  const href = side.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  const unfolded = [...side.querySelectorAll("details[open]")].map((details) => details.id);
  side.replaceChildren(fresh);
  for (const id of unfolded) side.querySelector(`#${id}`)?.setAttribute("open", "");
  // On a phone the statuses stand above the list, too.
  for (const chip of document.querySelectorAll("[data-chip]")) {
    const same = side.querySelector(`a[href="${CSS.escape(chip.getAttribute("href") ?? "")}"] small`);
    if (same) chip.querySelector(".tabular-nums").textContent = same.textContent;
  }
  if (href) side.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus();
  const { count, exact } = list.total;
  const total = document.querySelector("[data-total]");
  total.dataset.total = `${count.toLocaleString("en")}${exact ? "" : "+"}`;
  total.textContent = `${total.dataset.total} picture${count === 1 ? "" : "s"}`;
  document.dispatchEvent(new CustomEvent("list:counted"));
  const search = document.querySelector("[data-search]");
  if (document.querySelector("[data-library]").dataset.filtered === "no") search.placeholder = `Search ${count > 1 ? total.dataset.total : "your"} pictures`;
}
