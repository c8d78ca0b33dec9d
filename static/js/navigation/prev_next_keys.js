// Left and right arrow, or K and J, go to the previous and next picture, except where they already mean something.

import { isPlain, isTyping, letterOf, lettersAreKeys } from "../keys/letters.js";

/** @type {Record<string, string>} */
const ARROWS = { ArrowLeft: "previous", ArrowRight: "next" };
/** @type {Record<string, string>} */
const LETTERS = { k: "previous", j: "next" };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || !isPlain(event) || isTyping(event)) return;
  const name = ARROWS[event.key] ?? (lettersAreKeys() ? LETTERS[letterOf(event)] : null);
  if (name) document.querySelector(`[data-go="${name}"]`)?.click();
});
