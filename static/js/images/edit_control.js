// The control that stands in for a text while it is edited, and the small state beside it.

import { storedText } from "./image_store.js";

// Each text field with its label, its element and whether Enter saves it; from artworks/core/fields.py.
/** @type {Record<string, [string, string, number]>} */
const FIELDS = JSON.parse(document.body.dataset.fields ?? "{}");
const STATUSES = { new: "New", draft: "Draft", ready: "Ready" };

/**
 * Give the text that is stored for an element, or null when the page has only the first words of it.
 * @param {HTMLElement} element
 */
export function storedValue(element) {
  if ("cut" in element.dataset) return null;
  if ("empty" in element.dataset) return "";
  const text = storedText(element);
  // Statuses are shown by their names, which begin with a capital.
  return element.dataset.edit === "status" ? text.toLowerCase() : text;
}

/** Make an input, text area or list for a field, holding `value`. @param {string} field @param {string} value */
export function makeControl(field, value) {
  /** @type {any} */
  const control = document.createElement(field === "status" ? "select" : FIELDS[field][1]);
  control.className = "editor";
  control.name = field;
  control.setAttribute("aria-label", field === "status" ? "Status" : FIELDS[field][0]);
  control.dir = "auto";
  if (field === "status") for (const [key, label] of Object.entries(STATUSES)) control.add(new Option(label, key));
  if (field === "category") control.setAttribute("list", "category-names");
  if (field === "hashtags") control.rows = 2;
  control.autocomplete = "off";
  control.value = value;
  return control;
}

/** True when this key press means "save". @param {KeyboardEvent} event @param {string} field */
export function meansSave(event, field) {
  if (event.key !== "Enter" || event.shiftKey) return false;
  return Boolean(FIELDS[field]?.[2]) || event.ctrlKey || event.metaKey;
}

/** Give the element beside a text that says "saving", "saved" and the like. @param {Element} wrapper */
export function stateOf(wrapper) {
  const found = wrapper.querySelector(".edit-state");
  if (found) return found;
  const state = document.createElement("small");
  state.className = "edit-state";
  state.setAttribute("role", "status");
  wrapper.append(state);
  return state;
}
