// One draft at a time on the picture page: words arriving in their fields, Cancel, and what to do after an error.

import { countDown } from "../core/retry_countdown.js";
import { allSaved } from "./field_editor.js";
import { learn } from "./image_store.js";
import { panelOf, refreshPanel, wordOf } from "./panel.js";
import { streamDraft } from "../core/sse.js";
import { tellWritten } from "../undo/offer.js";

/** @type {AbortController | null} */
let running = null;
const DONE_STAYS_MS = 8000;

/**
 * Ask for a draft from a box that holds [data-draft-start], [data-draft-cancel] and [data-draft-state].
 *
 * `always` says that every text comes as a suggestion; `doing` is shown while it runs. Resolves to the answer, or
 * null when it failed or was cancelled.
 * @param {HTMLElement} box
 * @param {string} url
 * @param {object} body
 */
export async function runDraft(box, url, body, /** @type {{ always?: boolean, doing: string }} */ { always = false, doing }) {
  const where = panelOf(box);
  const show = controlsOf(box, where);
  if (running) {
    show.say("failed", "Another picture is still being written about. Try again in a moment.");
    return null;
  }
  running = new AbortController();
  show.begin(doing);
  await allSaved();
  let answer = /** @type {DraftAnswer | null} */ (null);
  await streamDraft(url, body, {
    signal: running.signal,
    onPartial: (fields) => arrive(fields, always, where),
    onDone: (content) => (answer = content),
    onError: (error) => show.failed(error),
  });
  const cancelled = running.signal.aborted;
  running = null;
  if (answer) learn(answer.image);
  if (answer) tellWritten({ ...answer, note: "" });
  // A cancelled or failed draft leaves the words alone, but another tab may not have.
  const ready = () => where.querySelectorAll("[data-word]").forEach(rest);
  const fresh = await refreshPanel(where, ready).then(() => true, () => false);
  ready();
  if (answer) show.say("done", fresh ? summary(answer) : "The words are written. Load the page again to see them.");
  else if (cancelled) show.say("", "Cancelled. Words that were finished by then are kept.");
  show.end();
  document.dispatchEvent(new CustomEvent("draft:ended", { detail: { where } }));
  return answer;
}

/** Stop the draft that runs, if any. */
export function cancelDraft() {
  running?.abort();
}

/** @param {HTMLElement} box @param {HTMLElement} where */
function controlsOf(box, where) {
  const state = box.querySelector("[data-draft-state]");
  const start = box.querySelector("[data-draft-start]");
  const cancel = box.querySelector("[data-draft-cancel]");
  const starts = () => where.querySelectorAll("[data-draft-start], [data-feedback]");
  /** @param {string} kind @param {string} text */
  const say = (kind, text) => {
    state.dataset.state = kind;
    state.textContent = text;
    if (kind === "done") setTimeout(() => state.textContent === text && say("", ""), DONE_STAYS_MS);
  };
  return {
    say,
    begin(/** @type {string} */ doing) {
      for (const other of where.querySelectorAll("[data-draft-state]")) other.textContent = "";
      const focused = box.contains(document.activeElement);
      say("writing", doing);
      for (const button of starts()) button.disabled = true;
      start.hidden = true;
      cancel.hidden = false;
      if (focused) cancel.focus();
    },
    failed(/** @type {Failure} */ error) {
      say("failed", error.message);
      if (error.retryAfter) countDown(where.querySelectorAll("[data-draft-start]"), error.retryAfter);
    },
    end() {
      const focused = document.activeElement === cancel;
      start.hidden = false;
      cancel.hidden = true;
      for (const button of starts()) button.disabled = false;
      // On a phone what began it may stand at the foot alone.
      const shown = start.offsetParent ? start : document.querySelector('[data-foot-act="[data-draft-start]"]');
      if (focused) shown?.focus({ preventScroll: true });
    },
  };
}

/** @param {DraftFields} fields @param {boolean} always @param {HTMLElement} where */
function arrive(fields, always, where) {
  for (const [field, value] of Object.entries(fields)) {
    const word = wordOf(field, where);
    const text = Array.isArray(value) ? value.join(" ") : value;
    if (!word || !text) continue;
    const place = word.querySelector("[data-arriving]");
    if (place.hidden) {
      word.classList.add(always || isKept(word) ? "is-suggesting" : "is-filling");
      place.hidden = false;
    }
    place.querySelector("[data-arriving-text]").textContent = text;
  }
}

// The server fills what is empty or was written by AI; what a person wrote, approved or is writing now, is kept.
/** @param {HTMLElement} word */
function isKept(word) {
  const control = word.querySelector("[data-edit-control]");
  if (control === document.activeElement) return true;
  return control.value !== "" && ("approved" in word.dataset || !["ai", "placeholder", "sample"].includes(word.dataset.origin ?? ""));
}

/** @param {HTMLElement} word */
function rest(word) {
  word.classList.remove("is-filling", "is-suggesting");
  const place = word.querySelector("[data-arriving]");
  place.hidden = true;
  place.querySelector("[data-arriving-text]").textContent = "";
}

/** @param {DraftAnswer} answer */
function summary(answer) {
  return `${whatBecame(answer)} ${answer.note ?? ""}`.trim();
}

/** @param {DraftAnswer} answer */
function whatBecame(answer) {
  const waiting = Object.keys(answer.suggestion?.fields ?? {}).length;
  const words = answer.source === "placeholder" ? "Placeholder words" : "The words";
  if (!waiting) return `${words} are in. Change what you like.`;
  return waiting === 1 ? "Done. One suggestion waits below." : `Done. ${waiting} suggestions wait, each below its text.`;
}
