// The form of a batch as a dialog over the library; the batch starts and the person stays where they are.

import { choicesOf } from "./form.js";
import { askNow } from "./poll.js";
import { showDialog } from "../core/dialog.js";
import { api, fragment } from "../core/http.js";
import { failureOf, toast, toastError } from "../core/toast.js";

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

/** Give the order as the API has it. All fields ticked means all that may be written. @param {HTMLFormElement} form */
function orderOf(form) {
  const typed = choicesOf(form);
  const ids = typed.get("ids");
  const filter = Object.fromEntries([...form.querySelectorAll("[data-filter]")].map(({ name, value }) => [name, value]));
  const fields = typed.getAll("fields");
  const all = form.querySelectorAll("[name=fields]").length;
  const cap = (typed.get("cap_usd") ?? "").trim().replace(/^\$\s*/, "");
  return {
    select: ids ? { ids: ids.split(",").map(Number) } : { filter },
    ...(fields.length === all ? {} : { fields }),
    only: typed.get("only"),
    approved_too: typed.get("only") === "ai" && typed.has("approved_too"),
    note: typed.get("note"),
    language: typed.get("language"),
    tier: typed.get("tier") ?? "standard",
    ...(cap ? { cap_usd: Number.isNaN(Number(cap)) ? cap : Number(cap) } : {}),
  };
}

/** @param {HTMLDialogElement} dialog @param {HTMLFormElement} form */
async function start(dialog, form) {
  const button = form.querySelector("[data-batch-start]");
  if (button.disabled) return;
  button.disabled = true;
  try {
    const batch = await api("POST", "/api/batches", orderOf(form));
    dialog.close();
    document.dispatchEvent(new CustomEvent("batches:started", { detail: { batch } }));
    const count = batch.total - batch.skipped;
    const text = `Writing words for ${count.toLocaleString("en")} picture${count === 1 ? "" : "s"}. You can go on, or close the page.`;
    toast(text, { action: { label: "Watch", run: () => location.assign(`/batches/${batch.id}`) } });
    askNow();
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
