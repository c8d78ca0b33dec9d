// Left and right arrow, and K and J, go to the previous and next picture, except where they already mean something.

import { isPlain, letterOf, lettersAreKeys } from "../keys/letters.js";

const OWN_ARROWS = "input, textarea, select, [contenteditable], dialog, [role=menu]";
/** @type {Record<string, string>} */
const WAYS = { ArrowLeft: "previous", ArrowRight: "next" };
/** @type {Record<string, string>} */
const LETTERS = { k: "previous", j: "next" };

document.addEventListener("keydown", (event) => {
  const name = WAYS[event.key] ?? (lettersAreKeys() ? LETTERS[letterOf(event)] : null);
  if (!name || !isPlain(event)) return;
  if (event.target?.closest?.(OWN_ARROWS)) return;
  document.querySelector(`[data-go="${name}"]`)?.click();
});
