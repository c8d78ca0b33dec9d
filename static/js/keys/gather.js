// What is typed while something that takes it is still on its way (the palette): none of it is a key of the page meanwhile.

/** Gather what is typed from now on; gives what to call to type it into the field that has the focus by then. */
export function gatherKeys() {
  /** @type {KeyboardEvent[]} */
  const gathered = [];
  /** @param {KeyboardEvent} event */
  function gather(event) {
    const isTyped = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isTyped && event.key !== "Enter" && event.key !== "Backspace") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    gathered.push(event);
  }
  addEventListener("keydown", gather, true);
  return () => {
    removeEventListener("keydown", gather, true);
    for (const { key } of gathered) typeKey(key);
  };
}

/** @param {string} key */
function typeKey(key) {
  const field = /** @type {any} */ (document.activeElement);
  if (!field?.matches("dialog input")) return false;
  if (key === "Enter") return field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  field.value = key === "Backspace" ? field.value.slice(0, -1) : field.value + key;
  return field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
