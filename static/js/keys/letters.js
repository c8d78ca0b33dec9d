// When a key is one of ours: never where somebody types, chooses from a menu or a dialog, or holds a modifier key.

// In these a key types or chooses something. A tick box takes no letters.
const TICKS = ["checkbox", "button", "submit", "reset", "file"];
const TYPED_IN = `textarea, select, [contenteditable], [role=menu], dialog, details[open], input${TICKS.map((type) => `:not([type=${type}])`).join("")}`;

export const isMac = /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** Tell whether single letters are keys at all; a person can switch them off. */
export const lettersAreKeys = () => document.body.dataset.keys !== "off";

/** Tell whether a key is typed into something, or meant for what lies over the page. @param {KeyboardEvent} event */
export const isTyping = (event) => Boolean(event.target?.closest?.(TYPED_IN)) || document.querySelector("dialog:modal") !== null;

/** Give a key in small letters; on a keyboard of another script the key at the same place counts. @param {KeyboardEvent} event */
export function letterOf({ key, code }) {
  if (key.length > 1 || /^[\x20-\x7e]$/.test(key)) return key.length > 1 ? key : key.toLowerCase();
  return code.replace(/^Key|^Digit/, "").toLowerCase();
}

/** Tell whether Ctrl, or the key that a Mac has for it, is held and no other. @param {KeyboardEvent} event */
export const isCommand = (event) => (isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey) && !event.altKey && !event.shiftKey;

/** Tell whether no modifier is held; the one that a sign needs is a part of it. @param {KeyboardEvent} event */
export const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey && !(event.shiftKey && /^([a-z]|\w{2,})$/.test(letterOf(event)));
