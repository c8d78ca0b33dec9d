// The line of keys at the foot of the library: it comes with the first key that moves, and goes when the mouse does.

import { lettersAreKeys } from "./letters.js";
import { linkStyles } from "./style_sheet.js";
import { fragment } from "../core/http.js";

/** @type {HTMLElement | null} */
let line = null;
let asked = false;

async function make() {
  const [content] = await Promise.all([fragment("/keys?of=library&fragment=line"), linkStyles("keys")]);
  document.body.append(content);
  line = document.querySelector("[data-keys-line]");
}

/** Show the line until the mouse is moved. A list that moves below it is no move of the mouse. */
export async function showKeysLine() {
  if (!lettersAreKeys()) return;
  if (!asked) {
    asked = true;
    await make().catch((error) => console.debug("The line of keys is not here.", error));
  }
  if (line) line.hidden = false;
}

document.addEventListener("pointermove", ({ movementX, movementY }) => {
  if (line && (movementX || movementY)) line.hidden = true;
});
