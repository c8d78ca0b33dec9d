// What a person did before the script that answers it was there: kept in its order, and done again.

const CALLS = ["z", "k"]; // with Ctrl or Cmd: others are the browser's own
const [UP_AND_DOWN, SIDEWAYS] = ["[data-review], [data-handle]:focus", "[data-review], [data-handle]:focus, [data-go]"];
/** Where keys of the browser's own mean something to a script. @type {Record<string, string>} */
const MOVES = { ArrowLeft: SIDEWAYS, ArrowRight: SIDEWAYS, ArrowUp: UP_AND_DOWN, ArrowDown: UP_AND_DOWN, Escape: "[data-way-back]" };
const TYPED_IN = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
// What a script answers; other links lead on by themselves, and what is edited in place is there from the start.
const PRESSED = "a, button, [role=button]:not(.is-editable), [data-edit]:not(.is-editable)";
/** @type {(() => void)[]} */
const held = [];
const SHOWS = /^([jkxef?/ 12]|Arrow.*|Escape)$/; // keys that only lead somewhere, or tick: nothing is lost with them
/** What was last clicked with a mouse. @type {HTMLElement | null} */
let clicked = null;
/** Fields that were changed, and how. @type {Map<any, Set<string>>} */
const changed = new Map();

/** Keep an event, if it means something to a script; tells whether it does. @param {any} event */
export const take = (event) => Boolean(HEARD[event.type]?.(event));

/** @type {Record<string, (event: any) => unknown>} */
const HEARD = {
  click(event) {
    const pressed = event.target.closest?.(PRESSED);
    if (!pressed || pressed.closest("[data-unloaded]") || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return false;
    // A plain link leads on by itself, unless it would leave behind what was done before; no script may open a new tab.
    if (pressed.matches("a") && (pressed.target === "_blank" || (!Object.keys(pressed.dataset).length && !changed.size && !held.length))) return false;
    // A mouse leaves the focus there; with a keyboard the next key may be meant for the button again.
    clicked = event.detail ? pressed : null;
    return hold(event, pressed, () => pressed.isConnected && pressed.click(), !pressed.matches("a, [data-edit]"));
  },
  submit(event) {
    const { target, submitter } = event;
    return (!target.matches("[role=search]") || held.length > 0) && hold(event, submitter, () => target.isConnected && target.requestSubmit(submitter));
  },
  keydown(event) {
    const { target, key, code, shiftKey, altKey, ctrlKey, metaKey } = event;
    if (altKey) return false;
    if (target.closest?.(TYPED_IN)) return meansMore(event) && hold(event, null, () => press(event, target), key !== "Escape");
    const isCall = (ctrlKey || metaKey) && CALLS.includes(key.toLowerCase());
    // Words that are typed after a key which leads into a field.
    const goesOn = held.length > 0 && (target === document.body || target === clicked) && (key === " " || key === "Enter");
    const moves = key in MOVES && !target.matches?.("[type=radio]") && document.querySelector(MOVES[key]);
    const isKey = !ctrlKey && !metaKey && ((key.length === 1 && key !== " ") || goesOn || moves);
    return (isCall || isKey) && hold(event, null, () => press({ key, code, shiftKey, ctrlKey, metaKey }, document.activeElement ?? document.body), isCall ? key === "z" : !SHOWS.test(key));
  },
  input: ({ target }) => note(target, "input"),
  change: ({ target }) => note(target, "change"),
  // Of what was saved in place an undo is noted (undo/listen.js).
  "words:saved": (event) => hold(event, null, () => document.dispatchEvent(new CustomEvent(event.type, { detail: event.detail })), false),
  focusin: ({ target }) => target.matches?.(TYPED_IN),
  paste(event) {
    const files = filesOf(event.clipboardData);
    const isText = event.target.closest?.(TYPED_IN) && event.clipboardData.getData("text/plain").trim(); // with a picture of it
    if (!files.length || isText || !document.querySelector("[data-add-form]")) return false;
    return hold(event, null, () => document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carry(files), bubbles: true, cancelable: true })));
  },
  dragenter: (event) => isOfFiles(event),
  dragover(event) {
    if (isOfFiles(event)) event.preventDefault();
    return false;
  },
  drop(event) {
    if (!isOfFiles(event)) return false;
    const { target, dataTransfer } = event;
    // The browser empties it after the event; folders are entries, which stay.
    const entries = [...dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = filesOf(dataTransfer);
    return hold(event, null, () => target.dispatchEvent(dropOf(files, entries)));
  },
};

/** Whether a key in a field does more than to type: Enter (in a text area where it says so), Escape, and Backspace where nothing is left to take away. @param {any} event */
function meansMore({ target, key, shiftKey, ctrlKey, metaKey }) {
  if (target.closest(".editor, [role=search]")) return false;
  if (key === "Enter") return target.matches("input") || ctrlKey || metaKey || (target.enterKeyHint === "done" && !shiftKey);
  return key === "Escape" || (key === "Backspace" && target.value === "");
}

/**
 * Press a key again. An Enter that no script answers sends the form, as browsers do, and a letter is typed where a key
 * before it led into a field.
 * @param {any} pressed @param {any} target
 */
function press({ key, code, shiftKey, ctrlKey, metaKey }, target) {
  if (!target.isConnected) return;
  if (!target.dispatchEvent(new KeyboardEvent("keydown", { key, code, shiftKey, ctrlKey, metaKey, bubbles: true, cancelable: true }))) return;
  if (key === "Enter" && target.matches("input")) target.form?.requestSubmit();
  if (key.length > 1 || ctrlKey || metaKey || !target.matches("input:not([type]), [type=text], [type=search], textarea")) return;
  target.setRangeText(key, target.selectionStart, target.selectionEnd, "end");
  target.dispatchEvent(new InputEvent("input", { bubbles: true, data: key, inputType: "insertText" }));
}

/** Leaving asks first while something is held that would be lost. @param {Event} event @param {HTMLElement | null} pressed @param {() => unknown} redo */
function hold(event, pressed, redo, isLost = true) {
  if (isLost) addEventListener("beforeunload", ask);
  event.preventDefault();
  event.stopImmediatePropagation();
  pressed?.setAttribute("aria-busy", "true");
  held.push(() => {
    pressed?.removeAttribute("aria-busy");
    redo();
  });
  return true;
}

/** What is typed, ticked or chosen stands there already. @param {any} field @param {string} how */
function note(field, how) {
  // What is edited in place has been heard by its own script (images/inline_edit.js).
  if (!field.matches?.(".editor")) changed.set(field, (changed.get(field) ?? new Set()).add(how));
  return true;
}

/** Tell the scripts that are there now of every field that was changed. */
export function release() {
  for (const [field, ways] of [...changed].filter(([one]) => one.isConnected)) {
    for (const way of ways) field.dispatchEvent(new Event(way, { bubbles: true }));
    if (field !== document.activeElement) field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  }
  changed.clear();
}

/** @param {Event} event */
const ask = (event) => event.preventDefault();
/** Let the page be left without a question. */
export const leaveFreely = () => removeEventListener("beforeunload", ask);

/** Do what was held. */
export function again() {
  leaveFreely();
  for (const redo of held.splice(0)) redo();
}

/** @param {DragEvent} event */
const isOfFiles = (event) => Boolean(event.dataTransfer?.types.includes("Files"));
/** @param {DataTransfer | null} transfer */
const filesOf = (transfer) => [...(transfer?.files ?? [])];

/** @param {File[]} files */
function carry(files) {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer;
}

/** A drop with the files of the one that was held, and its entries, of which no script can make new ones. @param {File[]} files @param {FileSystemEntry[]} entries */
function dropOf(files, entries) {
  const event = new DragEvent("drop", { dataTransfer: carry(files), bubbles: true, cancelable: true });
  return entries.length ? Object.assign(event, { entries }) : event;
}
