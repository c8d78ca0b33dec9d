// Saving the voice: what is typed as choices, which field does not fit, and a warning before anything is lost.

import { api, fragment } from "../core/http.js";
import { failureOf, toastError } from "../core/toast.js";
import { markSaved } from "../fields/touched.js";
import { undoOf } from "../undo/links.js";
import { remember } from "../undo/offer.js";
import { sending } from "../words/form_words.js";
import { wordsOf } from "./chips.js";

const form = document.querySelector("[data-voice-form]");
const state = form.querySelector("[data-voice-state]");
const saver = form.querySelector("[data-voice-save]");
/** @type {Record<string, boolean | null>} */
const EMOJI = { "": null, yes: true, no: false };
const NUMBERS = ["hashtags_least", "hashtags_most", "title_most", "description_least", "description_most"];
const LISTS = ["avoid", "always", "always_hashtags"];

/** Give what is typed as the API has it. */
export function choices(of = form) {
  /** @param {string} name */
  const field = (name) => of.elements.namedItem(name);
  return {
    guide: field("guide").value,
    samples: [...of.querySelectorAll("[name=samples]")].map((area) => area.value),
    person: field("person").value,
    emoji: EMOJI[field("emoji").value],
    language: field("language").value,
    ...Object.fromEntries(NUMBERS.map((name) => [name, Number(field(name).value)])),
    ...Object.fromEntries(LISTS.map((name) => [name, wordsOf(field(name))])),
  };
}

/**
 * Show what does not fit at its field and lead there; an error without a field stays with whoever asked.
 * @param {Failure} error
 */
export function showMistake(error) {
  clearMistakes();
  const place = form.querySelector(`[data-error="${error.body?.error?.field ?? error.field ?? ""}"]`);
  if (!place) return false;
  place.textContent = error.message;
  place.hidden = false;
  const name = place.dataset.error;
  const control = document.getElementById(`voice-${name}`) ?? form.querySelector(`[name="${name}"]`);
  control.setAttribute("aria-invalid", "true");
  control.focus();
  place.scrollIntoView({ block: "nearest" });
  return true;
}

export function clearMistakes() {
  for (const place of form.querySelectorAll("[data-error]")) place.hidden = true;
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

/** @param {HTMLFormElement} [of] */
const asText = (of) => JSON.stringify(choices(of));
// After a mistake without JavaScript the page comes back with words that were never saved.
let saved = form.querySelector("[data-error]:not([hidden])") ? "" : asText(asServed());
const changed = () => asText() !== saved;

// A browser may bring back what was typed before a reload; the page as it was served has what is saved.
function asServed() {
  const copy = form.cloneNode(true);
  copy.reset();
  return copy;
}

/** @param {string} kind @param {string} text */
function say(kind, text) {
  state.dataset.state = kind;
  state.textContent = text;
}

if (changed()) say("open", "You have changes that are not saved.");
form.addEventListener("input", noticeChanges);
form.addEventListener("change", noticeChanges);

/** @param {Event} event */
function noticeChanges(event) {
  if (event.target?.name === "image_id" || saver.disabled) return;
  if (changed()) say("open", "You have changes that are not saved.");
  else say("", "Nothing to save.");
}

form.addEventListener("form:filled", () => {
  for (const area of form.querySelectorAll("[data-chip-list]")) area.dispatchEvent(new CustomEvent("voice:filled"));
  saved = asText(); // somebody else saved, and here nothing was typed
});

form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  if (event.submitter?.matches("[data-try-start]")) return;
  event.preventDefault();
  if (!saver.disabled) save();
});

async function save() {
  const sent = asText();
  const taken = sending(form);
  clearMistakes();
  saver.disabled = true;
  say("", "Saving…");
  try {
    const version = Number(form.elements.namedItem("version").value);
    const kept = await api("PUT", form.dataset.voiceForm, { choices: choices(), version });
    saved = sent;
    if (!changed()) markSaved(form);
    taken();
    form.elements.namedItem("version").value = kept.version;
    say("saved", told(kept, version));
    const undo = undoOf(kept);
    if (undo) remember({ text: `version ${kept.number} of the voice`, undo, page: location.pathname });
    await freshVersions();
    if (changed()) say("open", "Saved. What you typed since is not saved yet.");
  } catch (thrown) {
    const error = failureOf(thrown);
    if (error.status === 409 && error.body?.current) return await overtaken(error);
    say("failed", error.temporary ? `Could not save. ${error.message}` : "Nothing was saved yet.");
    if (!showMistake(error) && !error.temporary) say("failed", `Could not save. ${error.message}`);
  } finally {
    saver.disabled = false;
  }
}

// Somebody else saved: what is typed stays, theirs is shown in the list, and the next press puts this above it.
/** @param {Failure} error */
async function overtaken(error) {
  form.elements.namedItem("version").value = error.body?.current.version;
  say("failed", error.message);
  await freshVersions();
}

/** @param {VoiceJson} kept @param {number} version */
function told(kept, version) {
  if (kept.version === version) return `Nothing was changed. Version ${kept.number} stays in use.`;
  return `Saved. New words will sound like version ${kept.number}.`;
}

async function freshVersions() {
  const list = document.querySelector("[data-versions]");
  const fresh = await fragment("/settings/voice?fragment=versions").catch(toastError);
  if (!fresh) return;
  list.replaceWith(fresh);
}

// Going back to a version leaves the page too, and so asks first.
addEventListener("beforeunload", (event) => {
  if (changed()) event.preventDefault();
});
