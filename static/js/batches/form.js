// The form before a batch: whenever a choice changes the estimate is made anew, and with it the cap, until the person
// has typed one.

import { choicesOf } from "./order.js";
import { fragment } from "../core/http.js";
import { failureOf } from "../core/toast.js";

const GATHER_MS = 250;
// Words about the pictures do not change what they cost.
const WITHOUT_PRICE = new Set(["note", "cap_usd"]);
let timer = 0;
/** @type {AbortController | null} */
let asking = null;

/** @param {HTMLFormElement} form */
async function renew(form) {
  asking?.abort();
  asking = new AbortController();
  const sent = choicesOf(form);
  sent.set("fragment", "estimate");
  const place = form.querySelector("[data-estimate]");
  place.setAttribute("aria-busy", "true");
  try {
    const fresh = (await fragment("/batches/new", asking.signal, sent)).querySelector("[data-estimate]");
    place.replaceWith(fresh);
    fitCap(form, fresh);
  } catch (error) {
    // Aborted by the next change, whose answer is on its way; else the old estimate stays and says that it is old.
    if (failureOf(error).name !== "AbortError") place.classList.add("is-old");
  }
}

/** @param {HTMLFormElement} form @param {HTMLElement} estimate */
function fitCap(form, estimate) {
  const cap = form.elements.namedItem("cap_usd");
  if (cap && !("typed" in cap.dataset) && estimate.dataset.cap) cap.value = estimate.dataset.cap;
}

document.addEventListener("input", (event) => {
  const form = event.target?.closest("[data-batch-form]");
  if (!form) return;
  if (event.target?.name === "cap_usd") event.target.dataset.typed = "";
  const place = form.querySelector(`[data-error="${CSS.escape(event.target?.name)}"]`);
  if (place) place.hidden = true;
  if (WITHOUT_PRICE.has(event.target?.name)) return;
  clearTimeout(timer);
  timer = setTimeout(renew, GATHER_MS, form);
});
