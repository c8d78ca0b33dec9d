// The keys that every page has: "/" for the search, "?" for the list of keys, digits for the places, Ctrl+K for the palette.

import { isCommand, isPlain, isTyping, letterOf, lettersAreKeys } from "./letters.js";
import { gatherKeys } from "./gather.js";
import { toastError } from "../core/toast.js";

async function openPalette() {
  // Over another dialog there is none.
  if (document.querySelector("dialog:modal")) return;
  const typeIn = gatherKeys();
  try {
    const { openPalette: open } = await import("../palette/palette.js");
    await open();
  } finally {
    typeIn();
  }
}

async function openKeys() {
  const { openKeys: open } = await import("./sheet.js");
  await open();
}

function search() {
  const box = document.querySelector("[data-search]");
  box?.focus();
  box?.select();
  return Boolean(box);
}

/** @param {string} digit */
function place(digit) {
  const link = document.querySelector(`.place[aria-keyshortcuts="${digit}"]`);
  link?.click();
  return Boolean(link);
}

/** @param {KeyboardEvent} event */
function press(event) {
  const key = letterOf(event);
  if (key === "k" && isCommand(event)) return openPalette().catch(toastError);
  if (event.repeat || !isPlain(event) || !lettersAreKeys() || isTyping(event)) return false;
  if (key === "/") return search();
  if (key === "?") return openKeys().catch(toastError);
  return /^\d$/.test(key) && place(key);
}

document.addEventListener("keydown", (event) => {
  if (!event.defaultPrevented && press(event)) event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (event.target?.closest("[data-open-palette]")) openPalette().catch(toastError);
  if (event.target?.closest("[data-open-keys]")) openKeys().catch(toastError);
});
