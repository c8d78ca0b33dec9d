// Putting pictures into a collection or category, or giving them a tag, without a dialog: told with where, and taken back.

import { change, send, tell } from "../bulk/bulk_edit.js";
import { lookSoon } from "../navigation/look_again.js";
import { pictures } from "../undo/plural.js";

/** @typedef {{ kind: string, value: string, name: string }} Target What pictures are put into: its kind, its id or name, its name. */

/**
 * Put what is chosen into a target. Raises HttpError.
 * @param {Target} target @param {Chosen} chosen
 */
export async function putInto({ kind, value, name }, chosen) {
  if (kind === "collection") {
    const page = `/collections/${value}`;
    return put(chosen, { collection_id: Number(value) }, (count) => `${pictures(count)} put into “${name}”`, { open: { label: "Open it", href: page }, page });
  }
  const open = { label: "Open it", href: `/?${new URLSearchParams({ [kind]: value })}` };
  if (kind === "category") return put(chosen, { set: { category: value } }, (count) => `${pictures(count)} put into the category “${name}”`, { open });
  return put(chosen, { add_hashtags: [value] }, (count) => `${name} added: ${pictures(count)}`, { open });
}

/**
 * Change pictures; where they are not in a list of this page, the page is looked at anew.
 * @param {Chosen} chosen @param {BulkChange} body @param {(count: number) => string} told @param {Partial<UndoOffer>} more
 */
async function put(chosen, body, told, more) {
  if (document.querySelector("[data-rows]")) return change(chosen, body, told, more);
  const done = await send("PATCH", "/api/images", chosen, body);
  lookSoon();
  return tell(done, body, told, lookSoon, { images: chosen.ids.map(Number), ...more });
}
