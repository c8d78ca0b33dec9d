// Loading more pictures of a collection.

import { cards, idOf, list } from "./cards.js";
import { fragment } from "../core/http.js";
import { toastError } from "../core/toast.js";

let loading = null;
/** @type {() => Promise<unknown> | null} */
let settled = () => null;

/**
 * Wait for `ready()` before more is loaded: what is last here may not be last there yet.
 * @param {() => Promise<unknown>} ready
 */
export const waitFor = (ready) => (settled = ready);

/** Load the next page of pictures; gives false when there is none. */
export function loadMore() {
  loading ??= loadNow().finally(() => (loading = null));
  return loading;
}

async function loadNow() {
  const item = list.querySelector(":scope > [data-more]");
  if (!item) return false;
  await settled();
  const query = new URLSearchParams({ fragment: "pictures" });
  if (cards().length) query.set("after", String(idOf(cards().at(-1))));
  const fresh = await fragment(`${location.pathname}?${query}`);
  for (const card of fresh.querySelectorAll("[data-place]")) {
    if (list.querySelector(`:scope > [data-place="${card.dataset.place}"]`)) card.remove();
  }
  const first = fresh.querySelector("a");
  const focused = item.contains(document.activeElement);
  item.replaceWith(fresh);
  if (focused) first?.focus({ preventScroll: true });
  return true;
}

list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
  if (!event.target?.closest("[data-more-pictures]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  loadMore().catch(toastError);
});
