// The words beside the picture: fresh pieces from the server, without disturbing whoever is typing.

import { fragment } from "../core/http.js";
import { say } from "../words/edit_state.js";

/** Give the panel on the page, or null. */
export function panel() {
  return document.querySelector("[data-panel]");
}

// Whoever waits for the server keeps hold of the panel it began with: in the review another one may be on the page by
// then, and what comes belongs to the first.

/** Give the panel that an element stands in, also when that panel is not on the page just now. @param {Element} element */
export function panelOf(element) {
  return element.closest("[data-panel]") ?? panel();
}

/** Give the id of a panel's picture. */
export function imageId(where = panel()) {
  return where.dataset.imageId;
}

/** Give the section of one text field, or null. @param {string} field */
export function wordOf(field, where = panel()) {
  return where.querySelector(`[data-word="${field}"]`);
}

/**
 * Show a short state beside a field: "saving", "saved", "failed", "clash" or "" with its text.
 * @param {string} field
 * @param {string} state
 * @param {string} text
 */
export function sayAt(field, state, text, where = panel()) {
  const place = where.querySelector(`[data-edit-state="${field}"]`);
  say(place, state, text);
  return place;
}

/**
 * Replace every [data-part] that the server now renders differently.
 *
 * A part that holds unsaved or focused text stays. Open disclosures stay open. Nothing moves while a pointer is
 * down: the click that follows would miss a button that was swapped under it. `ready` is called when the new words are
 * there, before they are shown.
 */
export async function refreshPanel(now = panel(), ready = () => {}) {
  const address = new URL(now.dataset.fragment ?? location.href, location.href);
  address.searchParams.set("fragment", "panel");
  const content = await fragment(address.pathname + address.search);
  await pointerIsUp();
  ready();
  const fresh = content.querySelector("[data-panel]");
  now.dataset.version = fresh.dataset.version;
  rename(now, fresh.dataset.name);
  for (const input of now.querySelectorAll("[data-version-input]")) input.value = fresh.dataset.version;
  for (const word of fresh.querySelectorAll("[data-word]")) markWriter(wordOf(word.dataset.word, now), word);
  now.querySelector("[data-draft-start]").className = fresh.querySelector("[data-draft-start]").className;
  for (const part of fresh.querySelectorAll("[data-part]")) swap(now, part);
}

/** @param {HTMLElement} word @param {HTMLElement} fresh */
function markWriter(word, fresh) {
  word.dataset.origin = fresh.dataset.origin;
  word.toggleAttribute("data-approved", "approved" in fresh.dataset);
}

// The heading and the tab carry the title too.
/** @param {HTMLElement} now @param {string} name */
function rename(now, name) {
  if (now.dataset.name === name) return;
  if (now.isConnected) document.title = document.title.replace(now.dataset.name ?? "", () => name);
  now.closest("article").querySelector("#picture-name").textContent = now.dataset.name = name;
}

/** @param {HTMLElement} now @param {HTMLElement} part */
function swap(now, part) {
  const old = now.querySelector(`[data-part="${part.dataset.part}"]`);
  if (!old) return;
  if (isBusy(old)) return adopt(old, part);
  for (const open of old.querySelectorAll("details[open][data-keep-open]")) {
    const twin = part.querySelector(`[data-keep-open="${open.dataset.keepOpen}"]`);
    if (twin) twin.open = true;
  }
  if (isSame(old, part)) return;
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(part);
  if (focus) (part.querySelector(selectorOf(focus)) ?? fallback(now, part)).focus({ preventScroll: true });
}

// The height of a text area may be fields/text_area_height.js's and is no difference.
/** @param {HTMLElement} old @param {HTMLElement} part */
function isSame(old, part) {
  const copy = document.importNode(old, true);
  for (const area of copy.querySelectorAll("textarea[style]")) area.removeAttribute("style");
  return copy.isEqualNode(part);
}

/** @param {HTMLElement} part */
function isBusy(part) {
  return [...part.querySelectorAll("[data-edit-control]")].some(
    (control) => control === document.activeElement || control.value !== control.defaultValue,
  );
}

// Somebody stands in the field but has typed nothing: the new words come in under the caret.
/** @param {HTMLElement} old @param {HTMLElement} part */
function adopt(old, part) {
  const control = old.querySelector("[data-edit-control]");
  if (control.value !== control.defaultValue) return;
  const fresh = part.querySelector("[data-edit-control]").defaultValue;
  if (fresh !== control.defaultValue) control.value = control.defaultValue = fresh;
}

/** @param {Element} element */
function selectorOf(element) {
  if (element.id) return `#${element.id}`;
  if (element.dataset.go) return `[data-go="${element.dataset.go}"]`;
  return "[data-no-such-thing]";
}

// A card that was dealt with is gone: the next thing to decide, or else the words it was about.
/** @param {HTMLElement} now @param {HTMLElement} part */
function fallback(now, part) {
  const field = part.closest("[data-word]");
  const cards = [...now.querySelectorAll(".suggestion")];
  const behind = cards.find((card) => part.compareDocumentPosition(card) & Node.DOCUMENT_POSITION_FOLLOWING);
  const next = (behind ?? cards[0])?.querySelector("button");
  // Not the text itself: on a phone that would open the keyboard.
  return next ?? field?.querySelector("[data-edit-open], [data-copy]:not([hidden])") ?? now.querySelector("[data-draft-start]");
}

// On the page of one picture and in the review. One that is gone says so with the next thing that is done.
document.addEventListener("image:elsewhere", ({ detail: { id, gone } }) => {
  const shown = panel();
  if (!gone && shown?.dataset.imageId === id) refreshPanel(shown).catch((error) => console.debug("The words could not be drawn anew.", error));
});

let down = false;
addEventListener("pointerdown", () => (down = true), true);
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => (down = false), true);

async function pointerIsUp() {
  while (down) await new Promise((resolve) => addEventListener("pointerup", resolve, { once: true }));
  // The click itself comes right after pointerup; it is let through first.
  await new Promise((resolve) => setTimeout(resolve));
}
