// Rows of many pictures drawn anew where they stand, some dozens with each request.

import { fragment } from "../core/http.js";
import { redraw } from "../images/image_store.js";
import { rowWith, viewOf } from "../library/rows.js";

const AT_ONCE = 100;

/**
 * Fetch the rows of pictures as the server draws them now; those that are in the trash are not among them, and where
 * only those that match are asked for, none that does not.
 * @param {string[]} ids
 */
export async function fetchRows(ids, onlyMatching = false) {
  const found = new Map();
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const query = new URLSearchParams(location.search);
    query.delete("after");
    query.set("ids", ids.slice(start, start + AT_ONCE).join(","));
    query.set("view", viewOf());
    if (onlyMatching) query.set("matching", "1");
    const content = await fragment(`/bulk/rows?${query}`);
    for (const row of content.querySelectorAll("[data-image-id]")) found.set(row.dataset.imageId, row);
  }
  return found;
}

/** Draw the rows of pictures anew; what somebody types in stays. @param {string[]} ids */
export async function redrawRows(ids) {
  const fresh = await fetchRows(ids.filter((id) => rowWith(id)));
  for (const [id, row] of fresh) {
    const root = rowWith(id);
    if (root) redraw(root, row);
  }
}
