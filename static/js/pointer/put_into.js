// Putting pictures into a collection or category, or giving them a tag, without a dialog: told with where, and taken back.

import { change } from "../bulk/bulk_edit.js";
import { pictures } from "../undo/plural.js";

/** @typedef {{ kind: string, value: string, name: string }} Target What pictures are put into: its kind, its id or name, its name. */

/**
 * Put what is chosen into a target. Raises HttpError.
 * @param {Target} target @param {Chosen} chosen
 */
export async function putInto({ kind, value, name }, chosen) {
  if (kind === "collection") {
    const page = `/collections/${value}`;
    return change(chosen, { collection_id: Number(value) }, (count) => `${pictures(count)} put into “${name}”`, { open: { label: "Open it", href: page }, page });
  }
  const open = { label: "Open it", href: `/?${new URLSearchParams({ [kind]: value })}` };
  if (kind === "category") return change(chosen, { set: { category: value } }, (count) => `${pictures(count)} put into the category “${name}”`, { open });
  return change(chosen, { add_hashtags: [value] }, (count) => `${name} added: ${pictures(count)}`, { open });
}
