// Where new pictures go: where one looks, or what they were dropped on at the side; and what the form says of them.

import { sending } from "../words/form_words.js";

/** @returns {Destination} */
const nowhere = () => ({ category: "", hashtags: "", collection: "", name: "", isUnseen: false });

/** Give where pictures of this page go, as its template says. @returns {Destination} */
function ofPage() {
  const place = document.querySelector("[data-drop-to]");
  if (!place) return nowhere();
  const { category = "", tag = "", collection = "", name = "", is_unseen: isUnseen = false } = JSON.parse(place.dataset.dropTo || "{}");
  return { category, hashtags: tag, collection, name, isUnseen };
}

/** The kind of an entry of the side and which one it is: as its address says, or that of the page for the one chosen. @param {HTMLAnchorElement} entry */
function filterOf(entry) {
  const kind = entry.closest("[data-drop]")?.dataset.drop ?? "";
  const { search } = entry.hasAttribute("aria-current") ? location : new URL(entry.href);
  // A card of the page of collections leads to the collection itself.
  const [, own = ""] = /^\/collections\/(\d+)$/.exec(entry.pathname) ?? [];
  return { kind, value: new URLSearchParams(search).get(kind) ?? own };
}

/** Find the category, tag or collection at the side that an element belongs to. @param {EventTarget | null} target @returns {HTMLAnchorElement | null} */
export function entryAt(target) {
  const entry = target instanceof Element ? target.closest("[data-drop] li > a") : null;
  return entry && filterOf(entry).value ? entry : null;
}

/** Give where pictures go that are dropped there. @param {HTMLAnchorElement | null} [entry] @returns {Destination} */
export function destination(entry = null) {
  if (!entry) return ofPage();
  const { kind, value } = filterOf(entry);
  const name = kind === "collection" ? (entry.querySelector("[dir=auto]")?.textContent ?? "") : value;
  return { ...nowhere(), [kind === "tag" ? "hashtags" : kind]: value, name };
}

/** Give what is sent with a file: where it goes, and what the form says of all the pictures. @param {Destination} to */
export function fieldsFor({ category, hashtags, collection }) {
  const form = document.querySelector("[data-add-form]");
  const typed = { category: form.elements.category.value.trim(), key_points: form.elements.key_points.value.trim() };
  return { ...typed, category: typed.category || category, hashtags, collection };
}

/** Note what the form says now; gives what to call when the first picture is there with it. */
export const sendingForm = () => sending(document.querySelector("[data-add-form]"));

/** Say where the pictures that were added went; "" for the library alone, or several places. @param {UploadItem[]} items */
export function saidPlace(items) {
  const names = new Set(items.map((item) => item.to.name));
  const [name] = names;
  if (names.size !== 1) return "";
  if (name) return ` to ${name}`;
  return items.some((item) => item.to.isUnseen) ? " to the library" : "";
}
