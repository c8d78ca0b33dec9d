// The keys of the review. Letters can be switched off in the list of keys (keys/sheet.js); arrows stay.

import { isPlain, isTyping, letterOf, lettersAreKeys } from "../keys/letters.js";
import { api } from "../core/http.js";
import { toastError } from "../core/toast.js";
import { useStorage } from "../words/storage.js";

const BEFORE = "review-keys";
/** @type {Record<string, string>} */
const KEYS = { a: "accept", s: "skip", e: "edit", r: "refine", y: "take", n: "keep", u: "undo" };
/** @type {Record<string, string>} */
const ARROWS = { ArrowLeft: "previous", ArrowRight: "skip" };

// Who had switched them off in the review alone, as one could before, has none anywhere.
if (useStorage("localStorage", (storage) => storage.getItem(BEFORE)) === "off") {
  useStorage("localStorage", (storage) => storage.removeItem(BEFORE));
  document.body.dataset.keys = "off";
  api("POST", "/preferences", { keys: "off" }).catch(toastError);
}

/** Call `run(name)` for every key that means something. @param {(name: string) => void} run */
export function watchKeys(run) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !isPlain(event) || isTyping(event)) return;
    const name = ARROWS[event.key] ?? (event.repeat || !lettersAreKeys() ? null : KEYS[letterOf(event)]);
    if (!name) return;
    event.preventDefault();
    run(name);
  });
}
