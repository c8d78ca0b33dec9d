// The keys of the review, the sheet that shows them, and the switch that turns them off.

import { useStorage } from "../words/storage.js";

/** @type {Record<string, string>} */
const KEYS = { a: "accept", s: "skip", e: "edit", r: "refine", y: "take", n: "keep", u: "undo", "?": "keys" };
/** @type {Record<string, string>} */
const ARROWS = { ArrowLeft: "previous", ArrowRight: "skip" };
const OWN_KEYS = "input, textarea, select, [contenteditable], dialog, [role=menu], details[open]";
const REMEMBERED = "review-keys";
const sheet = document.querySelector("[data-review-keys]");
const isOn = sheet.querySelector("[data-review-keys-on]");

/** Call `run(name)` for every key that means something. @param {(name: string) => void} run */
export function watchKeys(run) {
  document.addEventListener("keydown", (event) => {
    if (!isOn.checked || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target?.closest?.(OWN_KEYS)) return;
    const name = ARROWS[event.key] ?? (event.repeat ? null : KEYS[letterOf(event)]);
    if (!name) return;
    event.preventDefault();
    run(name);
  });
}

// On a keyboard of another script the key at the same place counts.
/** @param {KeyboardEvent} event */
function letterOf(event) {
  return /^[\x20-\x7e]$/.test(event.key) ? event.key.toLowerCase() : event.code.replace("Key", "").toLowerCase();
}

/** Open the sheet. */
export function showKeys() {
  sheet.showModal();
}

sheet.addEventListener("click", (/** @type {MouseEvent} */ event) => {
  if (event.target === sheet) sheet.close();
});
isOn.checked = useStorage("localStorage", (storage) => storage.getItem(REMEMBERED)) !== "off";
isOn.addEventListener("change", () => useStorage("localStorage", (storage) => storage.setItem(REMEMBERED, isOn.checked ? "on" : "off")));
