// Changing many pictures at once, with one undo for all of it. `chosen` is {ids, filter}: the ticked pictures that are
// on the page, and the filters of the page when everything that matches is meant. artworks/web/bulk/presenters.py says the same.

import { redrawRows } from "./bulk_rows.js";
import { api } from "../core/http.js";
import { recount } from "../library/rows.js";
import { failureOf, toast, toastError } from "../core/toast.js";
import { offerUndo } from "../undo/offer.js";
import { pictures } from "../undo/plural.js";

/** Give what is chosen as the API has it. */
export function selectOf(/** @type {{ ids: string[], filter: Record<string, string> | null }} */ { ids, filter }) {
  return filter ? { filter } : { ids: ids.map(Number) };
}

/**
 * Send a change of what is chosen: not of more than the person was told. Where it is more by now nothing is changed, and
 * after that is said the next try is about all of them. Raises HttpError.
 * @param {string} method @param {string} url @param {Chosen} chosen @param {BulkChange} [body] @returns {Promise<BulkDone>}
 */
export async function send(method, url, chosen, body = {}) {
  try {
    return await api(method, url, { select: selectOf(chosen), most: chosen.most, ...body });
  } catch (error) {
    const { count } = failureOf(error).body?.current ?? {};
    if (count) {
      chosen.most = count;
      recount();
    }
    throw error;
  }
}

// The rows of one change are drawn after those of the one before: what is fetched later is what stays.
let drawn = Promise.resolve();

/**
 * Change pictures and tell what became of it; their rows are drawn anew soon after. `told` says it for a number, and
 * `more` where to look. Raises HttpError.
 * @param {Chosen} chosen
 * @param {BulkChange} body
 * @param {(count: number) => string} told
 * @param {Partial<UndoOffer>} more
 */
export async function change(chosen, body, told = (count) => `${pictures(count)} changed`, more = {}) {
  const done = await send("PATCH", "/api/images", chosen, body);
  tell(done, body, told, () => redraw(chosen), { images: chosen.ids.map(Number), ...more });
  redraw(chosen);
}

/**
 * Say what became of it, with an undo where something changed; `done` is what follows the undo.
 * @param {BulkDone} done
 * @param {BulkChange} body
 * @param {(count: number) => string} told
 * @param {() => unknown} done
 * @param {Partial<UndoOffer>} more
 */
export function tell({ changed, left, bulk_edit_id: number }, body, told, done, more) {
  const rest = why(left, body);
  if (!changed) return void toast(rest || "Nothing was changed: they have it already");
  // What was left is told with its own number: two such messages are not one.
  const kind = rest ? "" : told(0);
  const text = (/** @type {number} */ count) => [told(count), rest].filter(Boolean).join(". ");
  const undo = `/api/bulk-edits/${number}/undo`;
  return void offerUndo({ text, kind, count: changed, undo, list: true, ...more }, { done });
}

/** @param {number} left @param {BulkChange} body */
function why(left, body) {
  if (!left) return "";
  const limits = [
    body.add_hashtags?.length ? "have more than 60 hashtags" : "",
    body.append_key_points ? "have more than 5,000 characters of key points" : "",
    mayEmpty(body) ? "be Ready without a word" : "",
  ].filter(Boolean);
  const [was, it] = left === 1 ? ["was left as it is", "it"] : ["were left as they are", "they"];
  return `${pictures(left)} ${was}: ${it} would ${limits.join(" or ")}`;
}

// A picture could be Ready and have no words after it.
function mayEmpty(/** @type {BulkChange} */ { set, remove_hashtags: removed }) {
  return set?.status === "ready" || Boolean(removed?.length) || set?.category === "" || set?.key_points === "";
}

/** The change is made: when only the drawing fails the rows are old, and nothing is lost. */
function redraw(/** @type {{ ids: string[] }} */ { ids }) {
  drawn = drawn.then(() => redrawRows(ids)).catch(toastError).then(recount);
}

// What a change did, in words that name it, and where one can look at it.
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
