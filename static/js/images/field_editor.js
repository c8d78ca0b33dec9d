// Saving the words of the picture page: leaving a field saves it, Escape brings the old text back.

import { chooseText } from "./conflict_dialog.js";
import { meansSave } from "./edit_control.js";
import { Clash, save } from "./image_store.js";
import { imageId, panel, panelOf, refreshPanel, sayAt } from "./panel.js";
import { failureOf, toastError } from "../core/toast.js";

const SAVED_STAYS_MS = 2500;
const pending = new Set();

/** Wait until every save that was begun is through. */
export async function allSaved() {
  await Promise.allSettled([...pending]);
}

/** Save what stands in a control; `force` writes it over what was saved elsewhere. */
async function store(/** @type {TextControl} */ control, force = false) {
  const { editControl: field = "" } = control.dataset;
  const { value, defaultValue: was } = control;
  const where = panelOf(control);
  if (value === was && !force) return;
  sayAt(field, "saving", "Saving…", where);
  try {
    const { image } = await save(imageId(where), field, value, was, { force });
    keep(control, value, image[field]);
    saidSaved(field, where, { id: image.id, was, version: image.version });
    await refreshPanel(where).catch(toastError);
  } catch (error) {
    if (error instanceof Clash) clash(control, error.theirs, where);
    else offer(sayAt(field, "failed", failure(failureOf(error)), where), "Try again", () => track(store(control)));
  }
}

// The server may have tidied the text (hashtags most of all); words typed since the save was sent stay.
function keep(/** @type {TextControl} */ control, /** @type {string} */ sent, /** @type {string | string[]} */ stored) {
  const text = Array.isArray(stored) ? stored.join(" ") : stored;
  control.defaultValue = text;
  if (control.value === sent) control.value = text;
}

function clash(/** @type {TextControl} */ control, /** @type {string} */ theirs, /** @type {HTMLElement} */ where) {
  const { editControl: field = "" } = control.dataset;
  offer(sayAt(field, "clash", "Changed elsewhere.", where), "See both", async () => {
    const choice = await chooseText(control.value, theirs);
    if (choice === "mine") return track(store(control, true));
    if (choice === "later") return control.focus();
    control.value = control.defaultValue = theirs;
    sayAt(field, "", "", where);
    return refreshPanel(where).catch(toastError);
  });
}

async function storeChoice(/** @type {HTMLInputElement} */ input) {
  const { editChoice: field = "" } = input.dataset;
  /** @type {NodeListOf<any>} */
  const choices = document.getElementsByName(field);
  const was = [...choices].find((one) => one.defaultChecked)?.value;
  sayAt(field, "saving", "Saving…");
  try {
    const { image } = await save(imageId(), field, input.value, was, { force: true });
    saidSaved(field, panel(), { id: image.id, was, version: image.version });
    await refreshPanel().catch(toastError);
  } catch (error) {
    for (const one of choices) one.checked = one.value === was;
    sayAt(field, "failed", failure(failureOf(error)));
  }
}

function saidSaved(/** @type {string} */ field, /** @type {HTMLElement} */ where, /** @type {object} */ detail) {
  document.dispatchEvent(new CustomEvent("words:saved", { detail: { field, ...detail } }));
  const place = sayAt(field, "saved", "Saved", where);
  setTimeout(() => place.dataset.state === "saved" && sayAt(field, "", "", where), SAVED_STAYS_MS);
}

function failure(/** @type {Failure} */ error) {
  return error.temporary ? "Could not save." : `Could not save. ${error.message}`;
}

function offer(/** @type {HTMLElement} */ place, /** @type {string} */ label, /** @type {() => void} */ run) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "text-button", textContent: label });
  button.addEventListener("click", run);
  place.append(" ", button);
}

function track(/** @type {Promise<unknown>} */ promise) {
  pending.add(promise);
  promise.finally(() => pending.delete(promise));
  return promise;
}

const controlOf = (/** @type {Event} */ event) => event.target?.closest?.("[data-panel] [data-edit-control]");

document.addEventListener("focusout", (event) => {
  const control = controlOf(event);
  if (!control) return;
  const chips = control.parentElement.querySelector("[data-chips]");
  if (chips && control.value.trim() === control.defaultValue) chips.hidden = false;
  if (control.isConnected) track(store(control));
});
document.addEventListener("change", (event) => {
  if (event.target?.matches("[data-edit-choice]")) track(storeChoice(event.target.closest("[data-edit-choice]")));
});
document.addEventListener("keydown", (event) => {
  const control = controlOf(event);
  if (!control) return;
  if (event.key === "Escape") {
    control.value = control.defaultValue;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.blur();
  } else if (meansSave(event, control.dataset.editControl)) {
    event.preventDefault();
    control.blur();
    allSaved().then(() => document.activeElement === document.body && backTo(control.dataset.editControl));
  }
});
document.addEventListener("click", (event) => {
  const chips = event.target?.closest("[data-chips]");
  if (!chips) return;
  chips.hidden = true;
  const control = chips.parentElement.querySelector("[data-edit-control]");
  control.focus();
  control.setSelectionRange(control.value.length, control.value.length);
});

// After Enter the focus stays with the field: on its chips when they stand in for the text.
function backTo(/** @type {string} */ field) {
  panel()?.querySelector(`[data-word="${field}"] [data-chips]:not([hidden]) [data-edit-open]`)?.focus();
}

// A link followed straight from a field waits for the save that leaving the field began.
document.addEventListener("click", async (event) => {
  const link = event.target?.closest("a[href]:not([target])");
  if (!link || !pending.size || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  event.preventDefault();
  await allSaved();
  if (!unsaved()) location.assign(link.href);
});
document.addEventListener("submit", (event) => {
  if (event.target?.id === "words-form") event.preventDefault();
});
addEventListener("beforeunload", (event) => {
  if (pending.size || unsaved()) event.preventDefault();
});

/** True while a text of a panel holds words that are not saved. */
export function unsaved(where = panel()) {
  return [...(where?.querySelectorAll("[data-edit-control]") ?? [])].some((one) => one.value !== one.defaultValue);
}
