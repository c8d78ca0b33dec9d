// "Use it" and "Keep mine", for one field or for all.

import { allSaved } from "./field_editor.js";
import { api } from "../core/http.js";
import { learn, load } from "./image_store.js";
import { imageId, panelOf, refreshPanel, sayAt } from "./panel.js";
import { failureOf, toastError } from "../core/toast.js";
import { undoOf } from "../undo/links.js";
import { offerUndo } from "../undo/offer.js";

const STAYS_MS = 2500;

document.addEventListener("submit", async (event) => {
  const form = event.target?.closest("[data-suggestion]");
  if (!form) return;
  event.preventDefault();
  const taken = event.submitter?.value === "accept";
  const field = form.elements.namedItem("field").value;
  // Of the suggestion that this form shows: by the time of the call another one may be on the page.
  const suggestion = Number(form.elements.namedItem("suggestion").value);
  const where = panelOf(form);
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  try {
    await allSaved();
    await (taken ? accept(field, suggestion, where) : dismiss(field, suggestion, where));
    await refreshPanel(where);
    if (field !== "all") say(field, taken ? "In place. The old words are in the history." : "Kept yours.", where);
  } catch (error) {
    await stale(failureOf(error), where);
    for (const button of buttons) button.removeAttribute("aria-disabled");
  } finally {
    delete form.dataset.busy;
  }
});

/** @param {string} field @param {number} suggestion @param {HTMLElement} where */
async function accept(field, suggestion, where) {
  /** @type {{ version: number, suggestion: number, fields?: string[] }} */
  const body = { version: Number(where.dataset.version), suggestion };
  if (field !== "all") body.fields = [field];
  const image = learn(await api("POST", `/api/images/${imageId(where)}/suggestion/accept`, body));
  // The review has an undo of its own, which leads back to the card.
  const taken = new CustomEvent("suggestion:taken", { cancelable: true, detail: { where, image } });
  const undo = undoOf(image);
  if (document.dispatchEvent(taken) && undo) offerUndo({ text: `The suggestion for “${where.dataset.name}” is in place`, undo, images: [image.id] });
}

/** @param {string} field @param {number} suggestion @param {HTMLElement} where */
async function dismiss(field, suggestion, where) {
  const which = field === "all" ? "" : `&fields=${encodeURIComponent(field)}`;
  await api("DELETE", `/api/images/${imageId(where)}/suggestion?suggestion=${suggestion}${which}`);
  const undo = `/api/images/${imageId(where)}/suggestion/restore?suggestion=${suggestion}`;
  offerUndo({ text: `The suggestion for “${where.dataset.name}” is dismissed`, undo, images: [Number(imageId(where))] });
}

// Changed in another tab, or dealt with there: what is true now is shown, and the person decides again.
/** @param {Failure} error @param {HTMLElement} where */
async function stale(error, where) {
  toastError(error);
  if (error.status !== 409 && error.status !== 404) return;
  await load(imageId(where)).then(() => refreshPanel(where)).catch(toastError);
}

/** @param {string} field @param {string} text @param {HTMLElement} where */
function say(field, text, where) {
  const place = sayAt(field, "saved", text, where);
  setTimeout(() => place.textContent === text && sayAt(field, "", "", where), STAYS_MS);
}
