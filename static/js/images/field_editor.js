// The words of the picture page: what is typed is kept, leaving a field publishes it, Escape brings the old text back.

import { meansSave } from "./edit_control.js";
import { imageId, panel, panelOf, refreshPanel, sayAt } from "./panel.js";
import { say, saySaved } from "../words/edit_state.js";
import { findFieldsBy, isSaving, settled, track } from "../words/open_typings.js";
import { save } from "../words/server.js";
import { Typing } from "../words/typing.js";
import { failureOf, toastError } from "../core/toast.js";

/** @type {WeakMap<TextControl, Typing>} */
const typings = new WeakMap();
let goingBack = false; // the text that comes is none that is typed

/** Wait until every save that was begun is through. */
export const allSaved = () => settled();

/** Give what becomes of the words of a control. @param {TextControl} control */
function typingOf(control) {
  const where = panelOf(control);
  const { editControl: field = "" } = control.dataset;
  const typing = typings.get(control) ?? new Typing({
    id: imageId(where),
    field,
    control,
    was: control.defaultValue,
    place: () => where.querySelector(`[data-edit-state="${field}"]`),
    saved(_image, sent) {
      // The server may have tidied the text (hashtags most of all); words typed since the save was sent stay.
      control.defaultValue = typing.was;
      if (control.value === sent) control.value = typing.was;
      return refreshPanel(where).catch(toastError);
    },
    theirs(text) {
      control.defaultValue = text;
      return refreshPanel(where).catch(toastError);
    },
  });
  typings.set(control, typing);
  // New words may have come in under the caret.
  if (control.value === control.defaultValue) [typing.was, typing.since] = [control.defaultValue, where.dataset.version];
  return typing;
}

async function storeChoice(/** @type {HTMLInputElement} */ input) {
  const { editChoice: field = "" } = input.dataset;
  /** @type {NodeListOf<any>} */
  const choices = document.getElementsByName(field);
  const was = [...choices].find((one) => one.defaultChecked)?.value;
  const place = sayAt(field, "saving", "Saving…");
  try {
    const { image } = await save(imageId(), field, input.value, was, { force: true });
    document.dispatchEvent(new CustomEvent("words:saved", { detail: { id: image.id, field, was, version: image.version } }));
    saySaved(place);
    await refreshPanel().catch(toastError);
  } catch (error) {
    for (const one of choices) one.checked = one.value === was;
    say(place, "failed", `Could not be saved. ${failureOf(error).message}`);
  }
}

const controlOf = (/** @type {Event} */ event) => event.target?.closest?.("[data-panel] [data-edit-control]");

document.addEventListener("input", (event) => {
  const control = controlOf(event);
  if (control && !goingBack) typingOf(control).typed();
});
document.addEventListener("focusout", (event) => {
  const control = controlOf(event);
  if (!control) return;
  const chips = control.parentElement.querySelector("[data-chips]");
  if (chips && control.value.trim() === control.defaultValue) chips.hidden = false;
  if (control.isConnected) track(typingOf(control).leave());
});
document.addEventListener("change", (event) => {
  if (event.target?.matches("[data-edit-choice]")) track(storeChoice(event.target.closest("[data-edit-choice]")));
});
document.addEventListener("keydown", (event) => {
  const control = controlOf(event);
  if (!control) return;
  if (event.key === "Escape") {
    track(typingOf(control).takeBack());
    goingBack = true;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    goingBack = false;
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
  const link = event.target?.closest("a[href]:not([target], .edit-state a)");
  if (!link || !isSaving() || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  event.preventDefault();
  await allSaved();
  if (!unsaved()) location.assign(link.href);
});
document.addEventListener("submit", (event) => {
  if (event.target?.id === "words-form") event.preventDefault();
});

/** True while a text of a panel holds words that are not saved. */
export function unsaved(where = panel()) {
  return [...(where?.querySelectorAll("[data-edit-control]") ?? [])].some((one) => one.value !== one.defaultValue);
}

findFieldsBy((id, field) => {
  const control = panel()?.dataset.imageId === id && panel().querySelector(`[data-edit-control="${field}"]`);
  if (!control) return null;
  const isFree = control !== document.activeElement && control.value === control.defaultValue;
  return { typing: typingOf(control), isFree };
});
