// Taking pictures out of a collection, with Undo, and loading more of them.

import { address, cards, complain, countBy, idOf, list, placeOf, putBack, send, settled, spotOf } from "./collection_order.js";
import { api, fragment } from "./http.js";
import { toast, toastError } from "./toast.js";

let loading = null;

/** Load the next page of pictures; gives false when there is none. */
export function loadMore() {
  loading ??= loadNow().finally(() => (loading = null));
  return loading;
}

async function loadNow() {
  const item = list.querySelector(":scope > [data-more]");
  if (!item) return false;
  // What is last here may not be last there yet.
  await settled();
  const query = new URLSearchParams({ fragment: "pictures" });
  if (cards().length) query.set("after", idOf(cards().at(-1)));
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

function takeOut(card) {
  const origin = placeOf(card);
  const next = cards()[cards().indexOf(card) + 1] ?? cards().at(-2);
  card.remove();
  countBy(-1);
  (next?.querySelector("[data-take-out] button") ?? document.querySelector("[data-none] a, [data-more-pictures]"))?.focus();
  const note = toast(`${card.dataset.name} is taken out. It is still in the library.`, {
    action: { label: "Undo", run: () => putIn(card, origin) },
  });
  send({
    run: () => api("POST", `${address}/images/remove`, { ids: [idOf(card)] }),
    failed: (error) => {
      note.remove();
      putBack(card, origin);
      countBy(1);
      complain(`${card.dataset.name} could not be taken out.`, error);
    },
  });
}

function putIn(card, origin) {
  if (card.parentElement === list) return;
  putBack(card, origin);
  countBy(1);
  card.querySelector("[data-take-out] button").focus();
  const spot = spotOf(card);
  send({
    run: () => api("POST", `${address}/images`, { ids: [idOf(card)], ...spot }),
    failed: (error) => {
      card.remove();
      countBy(-1);
      complain(`${card.dataset.name} could not be put back.`, error);
    },
  });
}

list.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-take-out]")) return;
  event.preventDefault();
  takeOut(event.target.closest("[data-place]"));
});
list.addEventListener("click", (event) => {
  if (!event.target.closest("[data-more-pictures]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  loadMore().catch(toastError);
});
