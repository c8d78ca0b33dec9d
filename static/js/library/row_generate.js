// Write words in a row: the words arrive where they will stand, with Cancel; the rest of the page stays usable.

import { learn, refresh } from "../images/image_store.js";
import { rowOf, rows, rowWith } from "./rows.js";
import { streamDraft } from "../core/sse.js";
import { toast, toastError } from "../core/toast.js";
import { tellWritten } from "../undo/offer.js";

const LONGEST_WAIT_S = 120;
/** @type {Map<string, HTMLElement>} */
const writing = new Map(); // id -> what stands in its row meanwhile

/** Write words for one picture. A busy service is waited for, with the seconds shown. @param {string} id */
export async function generateRow(id) {
  const root = rowWith(id);
  if (!root || writing.has(id)) return;
  const stopper = new AbortController();
  const state = stateWith(stopper);
  writing.set(id, state);
  putState(root, state);
  const error = await draft(id, state, stopper.signal);
  writing.delete(id);
  state.remove();
  await refresh(id).catch(toastError);
  if (stopper.signal.aborted || !error) return;
  toast(error.message, { kind: "error", action: { label: "Try again", run: () => generateRow(id) } });
}

/** @param {string} id @param {HTMLElement} state @param {AbortSignal} signal */
async function draft(id, state, signal) {
  for (;;) {
    let failure = /** @type {Failure | null} */ (null);
    await streamDraft(`/api/images/${id}/generate`, {}, {
      signal,
      onPartial: (fields) => showWords(rowWith(id), fields),
      onDone: (answer) => {
        learn(answer.image);
        tellWritten(answer);
      },
      onError: (error) => {
        failure = error;
      },
    });
    const wait = failure?.code === "rate_limited" ? failure.retryAfter : null;
    if (signal.aborted || !wait || wait > LONGEST_WAIT_S) return failure;
    await waitSeconds(Math.ceil(wait), state, signal);
    if (signal.aborted) return null;
  }
}

/** @param {number} seconds @param {HTMLElement} state @param {AbortSignal} signal */
async function waitSeconds(seconds, state, signal) {
  const words = state.querySelector("span");
  for (let left = seconds; left > 0 && !signal.aborted; left -= 1) {
    words.textContent = `The AI service is busy. Trying again in ${left} s.`;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  words.textContent = "Writing…";
}

/** @param {AbortController} stopper @returns {HTMLElement} */
function stateWith(stopper) {
  const state = document.getElementById("writing-template").content.firstElementChild.cloneNode(true);
  state.querySelector("[data-cancel]").addEventListener("click", () => stopper.abort());
  return state;
}

/** @param {HTMLElement} root @param {HTMLElement} state */
function putState(root, state) {
  (root.querySelector(".text") ?? root.querySelector(".picture-card-text")).append(state);
}

/**
 * A person's own words are not touched; what was written for them comes as a suggestion.
 * @param {HTMLElement | null} root
 * @param {DraftFields} fields
 */
function showWords(root, fields) {
  // A search may have taken the row off the page.
  if (!root) return;
  for (const [name, value] of Object.entries(fields)) {
    const element = root.querySelector(`[data-edit="${name}"]`);
    if (!element || element.hidden || !mayWrite(element)) continue;
    element.classList.add("is-being-written");
    element.textContent = Array.isArray(value) ? value.join(" ") : value;
  }
}

/** @param {HTMLElement} element */
function mayWrite(element) {
  if (element.classList.contains("is-being-written") || "empty" in element.dataset) return true;
  return Boolean(element.parentElement?.querySelector(".origin-ai, .origin-placeholder, .origin-sample"));
}

// A search that comes back to the picture draws its row anew: the words go on arriving there, and Cancel with them.
new MutationObserver(() => {
  for (const [id, state] of writing) {
    const root = rowWith(id);
    if (root && !root.contains(state)) putState(root, state);
  }
}).observe(rows(), { childList: true });

document.addEventListener("click", (event) => {
  const button = event.target?.closest("[data-generate]");
  const row = button && rowOf(button);
  if (row) generateRow(row.dataset.imageId);
});
