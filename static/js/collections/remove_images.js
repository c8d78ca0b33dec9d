// Taking pictures out of a collection, with Undo.

import { cards, idOf, list } from "./cards.js";
import { address, complain, countBy, placeOf, putBack, send, spotOf } from "./order.js";
import { api } from "../core/http.js";
import { toast } from "../core/toast.js";
import { take } from "../undo/acts.js";
import { offerUndo } from "../undo/offer.js";

/** @param {HTMLElement} card */
function takeOut(card) {
  const origin = placeOf(card);
  const spot = spotOf(card);
  const next = cards()[cards().indexOf(card) + 1] ?? cards().at(-2);
  card.remove();
  countBy(-1);
  (next?.querySelector("[data-take-out] button") ?? document.querySelector("[data-none] a, [data-more-pictures]"))?.focus();
  const text = `${card.dataset.name} is taken out. It is still in the library.`;
  const undo = { url: `${address}/images`, body: { ids: [idOf(card)], ...spot } };
  const act = offerUndo({ text, undo, page: location.pathname }, { run: () => putIn(card, origin) });
  send({
    run: () => api("POST", `${address}/images/remove`, { ids: [idOf(card)] }),
    failed: (error) => {
      act.note.remove();
      take(act.id);
      putBack(card, origin);
      countBy(1);
      complain(`${card.dataset.name} could not be taken out.`, error);
    },
  });
}

/** @param {HTMLElement} card @param {Neighbours} origin */
function putIn(card, origin) {
  if (card.parentElement === list) return;
  putBack(card, origin);
  countBy(1);
  card.querySelector("[data-take-out] button").focus();
  toast(`Taken back: ${card.dataset.name} is in the collection.`);
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

list.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  if (!event.target?.matches("[data-take-out]")) return;
  event.preventDefault();
  takeOut(event.target?.closest("[data-place]"));
});
