// What this page knows of pictures: their version, and fresh pieces from the server.
// An element [data-image-id][data-version] is a root: a row, a card or the panel of one picture.

const known = new Map(); // id -> the last JSON the server gave of a picture

/** @param {string | number} id */
export function rootsOf(id) {
  return document.querySelectorAll(`[data-image-id="${id}"]`);
}

/** Give the version that the page shows of a picture. @param {string | number} id @returns {string | undefined} */
export const shownVersion = (id) => rootsOf(id)[0]?.dataset.version;

/** Keep what the server said of a picture and note its version on every root. @param {ImageJson} image */
export function learn(image) {
  known.set(String(image.id), image);
  for (const root of rootsOf(image.id)) root.dataset.version = image.version;
  return image;
}

/** Give a field as text; hashtags joined by spaces. @param {string} value */
export function asText(value) {
  return Array.isArray(value) ? value.join(" ") : (value ?? "");
}

/** Give a field as text, as last heard of; null when the page is newer. @param {string | number} id @param {string} field */
export function knownText(id, field) {
  const image = newest(id);
  return image && asText(image[field]);
}

/** Give what is known, unless the page was drawn from something newer: a save must not take that for somebody's change. */
export function newest(/** @type {string | number} */ id) {
  const image = known.get(String(id));
  return image?.version >= Number(rootsOf(id)[0]?.dataset.version ?? 0) ? image : null;
}

/** Fetch the whole picture as JSON. @param {string | number} id */
export async function load(id) {
  const { api } = await import("../core/http.js");
  return learn(await api("GET", `/api/images/${id}`));
}

/**
 * Replace the pieces of a picture by what the server renders now: the named fields, or all of them and every
 * [data-part], which follows a field. A field that is being edited is left alone.
 * @param {string | number} id @param {string[] | null} fields
 */
export async function refresh(id, fields = null) {
  await Promise.all([...rootsOf(id)].map((root) => refreshRoot(id, root, fields)));
  document.dispatchEvent(new CustomEvent("image:changed", { detail: { id: String(id) } }));
}

/** Address of a picture's row or card; its links keep the filters of this page. @param {string | number} id @param {string} view */
export function rowUrl(id, view) {
  const query = new URLSearchParams(location.search);
  query.delete("after");
  query.set("view", view);
  return `/images/${id}/row?${query}`;
}

/** @param {string | number} id @param {HTMLElement} root @param {string[] | null} fields */
async function refreshRoot(id, root, fields) {
  const view = root.tagName === "TR" ? "table" : "grid";
  const { fragment } = await import("../core/http.js");
  const content = await fragment(root.dataset.fragment || rowUrl(id, view));
  const fresh = content.querySelector(`[data-image-id="${id}"]`);
  if (fresh) redraw(root, fresh, fields);
}

/**
 * Replace the pieces of a root by those of the same root as the server renders it now.
 * @param {HTMLElement} root @param {HTMLElement} fresh @param {string[] | null} fields
 */
export function redraw(root, fresh, fields = null) {
  root.dataset.version = fresh.dataset.version;
  if (!fields) putParts(root, fresh);
  for (const element of fresh.querySelectorAll("[data-edit]")) {
    if (!fields || fields.includes(element.dataset.edit)) swapField(root, element);
  }
}

/**
 * Take the pieces that are not always there from a fresh root, before its fields: each stands behind one of them.
 * @param {HTMLElement} root @param {HTMLElement} fresh
 */
function putParts(root, fresh) {
  for (const part of root.querySelectorAll("[data-part]")) part.remove();
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const { edit } = part.previousElementSibling.querySelector("[data-edit]").dataset;
    root.querySelector(`[data-edit="${edit}"]`).parentElement.after(part);
  }
}

/** @param {HTMLElement} root @param {HTMLElement} element */
function swapField(root, element) {
  const old = root.querySelector(`[data-edit="${element.dataset.edit}"]`)?.parentElement;
  if (!old || old.querySelector(".editor")) return;
  const state = old.querySelector(".edit-state");
  const focused = old.contains(document.activeElement);
  const wrapper = element.parentElement;
  if (!wrapper) return;
  old.replaceWith(wrapper);
  if (state) wrapper.append(state);
  if (focused) requestAnimationFrame(() => wrapper.querySelector("[data-edit]").focus());
}

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
