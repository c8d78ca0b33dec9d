// What is typed into forms, kept in this browser until the server has taken it: every control with data-keep-words, but "no".

import { dropSent, dropText, keepText } from "./kept_texts.js";
import { answerFor, nextNumber, tab } from "./tab.js";

export const KEPT = "[data-keep-words]:not([data-keep-words='no'])";
// The field by which a plain form tells its number; artworks/web/flash.py tells the next page when it was taken.
const NUMBER = "typed_number";
/** The words that stand in controls of this page. @type {Map<TextControl, Typed>} */
const open = new Map();
/** What the server took from a control that still holds it. @type {WeakMap<TextControl, string>} */
const saved = new WeakMap();
/** Texts that this browser could not keep. @type {WeakSet<Typed>} */
const unkept = new WeakSet();

/** Give the address of a control's words: the same wherever its form stands. @param {TextControl} control */
export function placeOf(control) {
  const { form, name, id: elementId } = control;
  const as = control.dataset.keepWordsAs ?? form?.dataset.keepWordsAs;
  const id = as ?? new URL(form?.getAttribute("action") ?? "", location.href).pathname;
  const isShared = form?.elements.namedItem(name) instanceof RadioNodeList;
  return { id, field: name && !isShared ? name : elementId };
}

/** @param {{ id: string, field: string, tab: string }} typed */
export const nameOf = ({ id, field, tab: of }) => `${of} ${id} ${field}`;

/** Tell whether words of a name stand in a control that is on the page. @param {string} name */
export const isOpenHere = (name) => [...open].some(([control, typed]) => control.isConnected && nameOf(typed) === name);

/** Keep a text of a control as this tab's; `was` is what the server has there. @param {TextControl} control @param {string} was */
export function keepOf(control, was, text = control.value) {
  const typed = { ...placeOf(control), tab, number: nextNumber(), text, was, at: Date.now() };
  open.set(control, typed);
  if (!keepText(typed)) unkept.add(typed);
}

/** Keep nothing of a control any more. @param {TextControl} control */
function drop(control) {
  const typed = open.get(control);
  open.delete(control);
  if (typed) dropText(typed);
}

/** The text has changed. @param {TextControl} control */
function changed(control) {
  const was = open.get(control)?.was ?? saved.get(control) ?? control.defaultValue;
  if (!control.value.trim() || control.value === was) drop(control);
  else keepOf(control, was);
}

/** @param {HTMLElement} root @returns {TextControl[]} */
export const controlsOf = (root) => [...(root.matches(KEPT) ? [root.closest(KEPT)] : []), ...root.querySelectorAll(KEPT)];

/** Let the words of a control, form or dialog go: they were given up on purpose. @param {HTMLElement} root */
export function letGo(root) {
  controlsOf(root).forEach(drop);
}

/**
 * Note what a control, form or dialog holds as it is sent; gives what to call when the server has taken it, which lets
 * that go and keeps what was typed since.
 * @param {HTMLElement} root
 */
export function sending(root) {
  const until = nextNumber();
  const sent = controlsOf(root).map((control) => ({ control, text: control.value }));
  return () => {
    for (const { control, text } of sent) {
      const now = open.get(control);
      if (now && now.number > until) keepOf(control, text);
      else drop(control);
      if (control.value === text) saved.set(control, text);
      else saved.delete(control);
      control.dispatchEvent(new CustomEvent("words:taken"));
    }
  };
}

document.addEventListener("input", ({ target }) => target?.matches?.(KEPT) && changed(target.closest(KEPT)), true);

// Somebody else changed what a form holds, and here nothing was typed (navigation/merge.js).
document.addEventListener("form:filled", ({ target }) => controlsOf(/** @type {HTMLElement} */ (target)).forEach((control) => saved.delete(control)), true);

document.addEventListener("click", (event) => {
  const cancel = event.target?.closest("[data-keep-words-cancel]");
  if (cancel && !event.ctrlKey && !event.metaKey && !event.shiftKey) letGo(cancel.closest("form"));
}, true);

// A plain form leaves the page: the next one says whether it was taken. At the window, when the scripts of forms that do
// not leave the page have had their say.
addEventListener("submit", (event) => {
  const form = event.target?.closest("form");
  const number = nextNumber();
  if (event.defaultPrevented || form.method !== "post") return;
  const kept = controlsOf(form).flatMap((control) => open.get(control) ?? []);
  if (!kept.length) return;
  for (const one of kept) {
    unkept.delete(one);
    keepText(Object.assign(one, { sent: number }));
  }
  const input = form.elements.namedItem(NUMBER) ?? Object.assign(document.createElement("input"), { type: "hidden", name: NUMBER });
  input.value = String(number);
  form.append(input);
});

const { taken } = document.body.dataset;
if (taken) dropSent(taken.split(" ").map(Number));
answerFor(isOpenHere);
addEventListener("beforeunload", (event) => {
  if ([...open].some(([control, one]) => control.isConnected && unkept.has(one))) event.preventDefault();
});
