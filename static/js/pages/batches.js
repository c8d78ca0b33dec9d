// The pages of batches: they follow the work, and pause, go on, cancel or try again without leaving the page.

import { refreshParts } from "../batches/live_parts.js";
import { askNow } from "../batches/poll.js";
import { api } from "../core/http.js";
import { toastError } from "../core/toast.js";

document.addEventListener("submit", async (event) => {
  const form = event.target?.closest("[data-batch-act]");
  if (!form) return;
  event.preventDefault();
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  const menu = form.closest("details");
  await act(form).catch(toastError);
  delete form.dataset.busy;
  if (menu) menu.open = false;
  await refreshParts().catch(toastError);
  askNow();
});

/** @param {HTMLFormElement} form */
async function act(form) {
  const cap = form.elements.namedItem("cap_usd");
  if (cap && Number.isNaN(amount(cap))) throw new Error("The cap must be an amount such as 1.50.");
  await api("POST", `/api${form.getAttribute("action")}`, cap && amount(cap) ? { cap_usd: amount(cap) } : {});
}

/** @param {HTMLInputElement} control */
const amount = (control) => Number(control.value.trim().replace(/^\$\s*/, "") || 0);
