// Samples one by one: add, remove, and take a removal back.

import { toast } from "../core/toast.js";

const list = document.querySelector("[data-samples]");
const adder = document.querySelector("[data-sample-add]");
const cards = () => [...list.querySelectorAll("[data-sample]")];
/** @param {HTMLElement} card */
const textOf = (card) => card.querySelector("textarea");

adder.addEventListener("click", () => {
  const spare = cards().find((card) => card.classList.contains("is-unused"));
  spare.classList.remove("is-unused");
  settle();
  textOf(spare).focus();
});
list.addEventListener("click", (/** @type {Event} */ event) => {
  const button = event.target?.closest("[data-sample-remove]");
  if (button) remove(button.closest("[data-sample]"));
});

list.addEventListener("input", useFilled);
useFilled();

/** Words from before may have come into a card that was not in use. */
function useFilled() {
  for (const card of cards()) if (textOf(card).value) card.classList.remove("is-unused");
  settle();
}

/** @param {HTMLElement} card */
function remove(card) {
  const place = cards().indexOf(card);
  const text = textOf(card).value;
  write(card, "");
  card.classList.add("is-unused");
  list.append(card);
  settle();
  (cards().find((one) => !one.classList.contains("is-unused"))?.querySelector("textarea") ?? adder).focus();
  if (text.trim()) toast("The sample was removed.", { action: { label: "Undo", run: () => putBack(card, place, text) } });
}

/** @param {HTMLElement} card @param {number} place @param {string} text */
function putBack(card, place, text) {
  // The card may have been taken into use again meanwhile; its new words are not overwritten.
  const free = card.classList.contains("is-unused") ? card : cards().find((one) => one.classList.contains("is-unused"));
  if (!free) return void toast("All five samples are in use. Remove one first.", { kind: "error" });
  free.classList.remove("is-unused");
  list.insertBefore(free, cards().filter((one) => one !== free)[place] ?? null);
  write(free, text);
  settle();
  textOf(free).focus();
}

/** @param {HTMLElement} card @param {string} text */
function write(card, text) {
  textOf(card).value = text;
  textOf(card).dispatchEvent(new Event("input", { bubbles: true }));
}

// One card always stays open, and each is numbered by its place.
function settle() {
  const all = cards();
  if (all.every((card) => card.classList.contains("is-unused"))) all[0].classList.remove("is-unused");
  all.forEach((card, place) => {
    card.querySelector("label").textContent = `Sample ${place + 1}`;
    card.querySelector("[data-sample-remove]").setAttribute("aria-label", `Remove sample ${place + 1}`);
  });
  adder.hidden = !all.some((card) => card.classList.contains("is-unused"));
}
