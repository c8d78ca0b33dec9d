// The words of an element as the server sent them. A translator of the browser may have written over what stands on the
// page: words are never taken back from there.

/** @type {WeakMap<Element, string>} */
const sent = new WeakMap();
const WORDS = "[data-edit], [id^='word-']";

/** Give the text that an element was sent with; hashtags joined by spaces. @param {Element} element */
export function storedText(element) {
  return sent.get(element) ?? "";
}

/** Show a text in an element, as one that is stored. @param {HTMLElement} element @param {string} text */
export function showStored(element, text) {
  element.textContent = text;
  sent.set(element, text);
}

/** @param {HTMLElement} element */
function read(element) {
  const parts = element.dataset.edit === "hashtags" || element.classList.contains("image-hashtags");
  return parts ? [...element.children].map((chip) => chip.textContent).join(" ") : (element.textContent ?? "");
}

/** @param {any} node */
function note(node) {
  if (node.matches?.(WORDS)) sent.set(node, read(node));
  for (const element of node.querySelectorAll?.(WORDS) ?? []) sent.set(element, read(element));
}

note(document);
// In the microtask after it comes: no translator is as quick.
new MutationObserver((records) => {
  for (const record of records) record.addedNodes.forEach(note);
}).observe(document.documentElement, { childList: true, subtree: true });
