// What a change of many pictures did, in words that name it, and where one can look at it.

import { pictures } from "../undo/plural.js";

/** @typedef {{ told?: (count: number) => string, open?: ToastLink, page?: string }} Told */

/** @type {Record<string, (form: HTMLFormElement, how: string, body: BulkChange) => Told>} */
const SENTENCES = {
  category(form, how) {
    const name = form.elements.category.value.trim();
    if (how === "none") return { told: (count) => `The category was taken from ${pictures(count)}` };
    return { told: (count) => `${pictures(count)} put into the category “${name}”` };
  },
  collection(form, how, body) {
    const name = form.elements.collection.value.trim();
    const page = `/collections/${body.collection_id ?? body.remove_from_collection_id}`;
    if (how === "out") return { told: (count) => `${pictures(count)} taken out of “${name}”`, page };
    return { told: (count) => `${pictures(count)} put into “${name}”`, open: { label: "Open it", href: page }, page };
  },
  tags(form) {
    const [added, removed] = ["add_hashtags", "remove_hashtags"].map((name) => form.elements[name].value.trim());
    const what = [added && `${added} added`, removed && `${removed} taken away`].filter(Boolean).join(", ");
    return { told: (count) => `${what}: ${pictures(count)}` };
  },
  key_points: () => ({ told: (count) => `Key points of ${pictures(count)} changed` }),
};

/** @param {string} what @param {HTMLFormElement} form @param {string} how @param {BulkChange} body @returns {Told} */
export const sentences = (what, form, how, body) => SENTENCES[what](form, how, body);
