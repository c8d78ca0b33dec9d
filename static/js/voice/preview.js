// Trying what is typed on one picture: the words appear beside the form, and nothing is saved.

import { countDown, isWaiting } from "../core/retry_countdown.js";
import { api } from "../core/http.js";
import { HttpError } from "../core/http_error.js";
import { choices, clearMistakes, showMistake } from "./form.js";
import { failureOf } from "../core/toast.js";

const form = document.querySelector("[data-voice-form]");
const box = document.querySelector("[data-try]");
const start = box.querySelector("[data-try-start]");
const cancel = box.querySelector("[data-try-cancel]");
const state = box.querySelector("[data-try-state]");
const usd = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumSignificantDigits: 2 });
/** @type {AbortController | null} */
let running = null;

form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  if (!event.submitter?.matches("[data-try-start]")) return;
  event.preventDefault();
  if (!running && !isWaiting(start)) ask();
});
cancel?.addEventListener("click", () => running?.abort());
box.querySelector("[data-try-pictures]")?.addEventListener("change", (/** @type {Event} */ event) => {
  box.querySelector("[data-try-name] bdi").textContent = event.target?.dataset.name;
});

async function ask() {
  running = new AbortController();
  begin();
  try {
    const picked = box.querySelector("[name=image_id]:checked");
    const body = { image_id: Number(picked.value), choices: choices() };
    show(await api("POST", box.dataset.try, body, running.signal));
    say("done", "");
  } catch (error) {
    fail(failureOf(error));
  } finally {
    running = null;
    end();
  }
}

function begin() {
  clearMistakes();
  say("writing", "Looking at the picture and writing…");
  box.querySelector("[data-try-words]").classList.add("is-old");
  const focused = document.activeElement === start;
  start.hidden = true;
  cancel.hidden = false;
  if (focused) cancel.focus();
}

function end() {
  const focused = [cancel, document.body].includes(document.activeElement);
  box.querySelector("[data-try-words]").classList.remove("is-old");
  start.hidden = false;
  cancel.hidden = true;
  if (focused) start.focus({ preventScroll: true });
}

/** @param {Failure} error */
function fail(error) {
  if (error.name === "AbortError") return say("", "Cancelled. This draft may still be paid for.");
  if (!(error instanceof HttpError)) throw error;
  if (showMistake(error)) return say("failed", "Something in your choices does not fit yet.");
  say("failed", error.message);
  if (error.retryAfter) countDown([start], error.retryAfter);
}

/** @param {string} kind @param {string} text */
function say(kind, text) {
  state.dataset.state = kind;
  state.textContent = text;
}

function show(/** @type {{ fields: DraftFields, problems: string[], usage: { usd: number }, source: string }} */ { fields, problems, usage, source }) {
  const words = box.querySelector("[data-try-words]");
  const placeholder = source === "placeholder";
  words.className = `voice-preview-texts from-${source}`;
  list(words.querySelector("[data-try-problems]"), problems, "li");
  words.querySelector("[data-try-trouble]").hidden = placeholder || problems.length === 0;
  words.querySelector("[data-try-placeholder]").hidden = !placeholder;
  for (const place of words.querySelectorAll("[data-try-field]")) {
    const value = fields[place.dataset.tryField];
    if (place.dataset.tryField === "hashtags") list(place, [value ?? []].flat(), "bdi", "chip");
    else place.textContent = value ?? "";
    if (place.tagName === "DD") place.parentElement.hidden = !value;
  }
  const cost = placeholder ? "" : `${usd.format(usage.usd)}. `;
  words.querySelector("[data-try-cost]").textContent = `${cost}Nothing was saved.`;
  words.hidden = false;
}

/** @param {HTMLElement} place @param {string[]} texts @param {string} tag */
function list(place, texts, tag, className = "") {
  place.replaceChildren(...texts.map((text) => Object.assign(document.createElement(tag), { textContent: text, className })));
  place.hidden = texts.length === 0;
}
