// Renaming a category in its row: Enter or leaving saves, Escape brings the old name back.

import { api } from "../core/http.js";
import { drawnBack, openSheet, redraw, sayIn } from "./dialogs.js";
import { failureOf, toastError } from "../core/toast.js";
import { undoOf } from "../undo/links.js";
import { offerUndo } from "../undo/offer.js";
import { letGo, sending } from "../words/form_words.js";

/** @param {HTMLElement} row */
function start(row) {
  const link = row.querySelector("[data-name]");
  if (row.querySelector(".editor")) return;
  const input = document.createElement("input");
  Object.assign(input, { className: "editor", value: link.dataset.name, maxLength: 80, autocomplete: "off", dir: "auto" });
  input.name = "name";
  // The same words as in the sheet. Leaving the field saves, and half a name would be a new one for everybody: they are
  // offered.
  Object.assign(input.dataset, { keepWords: "ask", keepWordsAs: `/categories/${row.dataset.category}/rename` });
  input.setAttribute("aria-label", `New name of ${link.dataset.name}`);
  link.hidden = true;
  link.after(input);
  input.focus();
  input.select();
  listen(row, link, input, Number(row.dataset.version));
}

/**
 * `version` is the one whose name one began to change: the row may take up a newer one meanwhile.
 * @param {HTMLElement} row @param {HTMLAnchorElement} link @param {HTMLInputElement} input @param {number} version
 */
function listen(row, link, input, version) {
  let over = false;
  /** @param {boolean} refocus */
  const end = (refocus) => {
    over = true;
    row.querySelector("[data-kept-words]")?.remove();
    input.remove();
    link.hidden = false;
    if (refocus) row.querySelector("[data-rename-start]").focus();
  };
  /** @param {boolean} refocus */
  const finish = async (refocus) => {
    if (over) return;
    const name = input.value.trim();
    if (!name || name === link.dataset.name) {
      end(refocus);
      return;
    }
    over = true;
    await save(row, name, input, version, refocus).catch(toastError);
    if (!input.isConnected) return;
    // It could not be saved: what was typed stays.
    over = false;
    input.focus();
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      letGo(input);
      end(true);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      finish(true);
    }
  });
  input.addEventListener("blur", ({ relatedTarget }) => relatedTarget?.closest("[data-kept-words]") || finish(false));
}

/** @param {HTMLElement} row @param {string} name @param {HTMLInputElement} input @param {number} version @param {boolean} refocus */
async function save(row, name, input, version, refocus) {
  const id = row.dataset.category;
  const taken = sending(input);
  try {
    tell(row, await api("PATCH", `/api/categories/${id}`, { version, name }));
    taken();
  } catch (error) {
    const { body, message, status } = failureOf(error);
    if (status !== 409) throw error;
    row.querySelector("[data-name]").hidden = false;
    input.remove();
    row.querySelector("[data-rename-start]").focus();
    await openSheet(`/categories/${id}?name=${encodeURIComponent(name)}`);
    // Not the name is taken, but the category was changed elsewhere: the sheet shows both names, and that is told.
    if (body?.current) sayIn(document.querySelector("dialog[open] form[data-taken]"), message);
    return;
  }
  await redraw();
  if (refocus) document.querySelector(`#category-${id} [data-rename-start]`)?.focus();
}

/** It is done, whatever becomes of the list. @param {HTMLElement} row @param {{ name: string }} category */
function tell(row, category) {
  const text = `“${row.querySelector("[data-name]").dataset.name}” is called “${category.name}” now`;
  offerUndo({ text, undo: undoOf(category), page: location.pathname }, { done: drawnBack });
}

document.addEventListener("click", (event) => {
  const button = event.target?.closest("[data-rename-start]");
  if (button) start(button.closest("[data-category]"));
});
