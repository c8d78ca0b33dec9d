// The form of a batch as a dialog over the library; the batch starts and the person stays where they are.

import "./form.js";
import { startBatch } from "./order.js";
import { showDialog } from "../core/dialog.js";
import { fragment } from "../core/http.js";
import { failureOf, toastError } from "../core/toast.js";
import { sending } from "../words/form_words.js";

/**
 * Open the dialog for the pictures of some filters (a query, "" for all) or for some ids. Resolves when it is open.
 * @param {string} query
 */
export async function openBatch(query, /** @type {string[] | null} */ ids = null) {
  const asked = new URLSearchParams({ fragment: "dialog" });
  if (ids) asked.set("ids", ids.join(","));
  try {
    show(await fragment(`/batches/new${ids ? "" : query}`, undefined, asked));
  } catch (error) {
    toastError(error);
  }
}

/** @param {DocumentFragment} content */
function show(content) {
  const dialog = showDialog(content, "batch-title", "batch-dialog");
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    start(dialog, event.target?.closest("form"));
  });
  // Not the first button: a key pressed too often would spend money.
  dialog.querySelector("#batch-title").focus();
}

/** @param {HTMLDialogElement} dialog @param {HTMLFormElement} form */
async function start(dialog, form) {
  const button = form.querySelector("[data-batch-start]");
  if (button.disabled) return;
  button.disabled = true;
  const taken = sending(form);
  try {
    await startBatch(form);
    taken();
    dialog.close();
  } catch (error) {
    showMistake(form, failureOf(error));
  } finally {
    button.disabled = false;
  }
}

/** @param {HTMLFormElement} form @param {Failure} error */
function showMistake(form, error) {
  const field = error.body?.error?.field ?? "";
  for (const place of form.querySelectorAll("[data-error]")) place.hidden = true;
  const place = form.querySelector(`[data-error="${CSS.escape(field)}"]`) ?? form.querySelector('[data-error=""]');
  place.textContent = field === "cap_usd" && error.message.startsWith("cap_usd") ? "The cap must be an amount such as 1.50." : error.message;
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
  form.querySelector(`[name="${CSS.escape(place.dataset.error)}"]`)?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target?.closest("[data-batch-new]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openBatch(new URL(link.href).search);
});
