// Ctrl+Z, or Cmd+Z, takes the last act of this tab back. In a field it is the browser's own, and behind a dialog nobody
// would see what it does.

import { takeBack } from "./take_back.js";

const TICKS = ["checkbox", "radio", "button", "submit", "range"];
const FIELDS = `textarea, select, [contenteditable], input${TICKS.map((type) => `:not([type=${type}])`).join("")}`;

addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.defaultPrevented) return;
  // On a keyboard of another script the key at the same place counts.
  const letter = /^[\x20-\x7e]$/.test(event.key) ? event.key.toLowerCase() : event.code;
  if (!["z", "KeyZ"].includes(letter)) return;
  if (event.target?.closest?.(FIELDS) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  if (!event.repeat) takeBack();
});
