// What the selection bar does: have words written, change a field of all of them, export, share, move to the trash.

import { openBatch } from "../batches/dialog.js";
import { change } from "../bulk/bulk_edit.js";
import { openBulk } from "../bulk/bulk_dialog.js";
import { trashMany } from "../bulk/bulk_trash.js";
import { openExport } from "./export_dialog.js";
import { few } from "../core/concurrency.js";
import { refresh } from "../images/image_store.js";
import { save } from "../words/server.js";
import { generateRow } from "./row_generate.js";
import { toast, toastError } from "../core/toast.js";
import { undoOf } from "../undo/links.js";
import { offerUndo } from "../undo/offer.js";
import { pictures } from "../undo/plural.js";

const DIALOGS = ["category", "tags", "collection", "key_points"];
const MOST_SHARED = 500;
/** What is asked of the server and not answered yet: pressed again, that is a double click. @type {Set<string>} */
const asked = new Set();

/**
 * Do what a button of the bar says. `chosen` is {ids, query, filter}: the ticked pictures, and, when everything that
 * matches is meant, the filters of the page as a query and as the API has them. `count` says how many in words.
 * @param {string} what
 * @param {Chosen} chosen
 * @param {string} count
 */
export async function act(what, chosen, count) {
  const { ids, filter, query } = chosen;
  if (!ids.length) return undefined;
  if (what === "export") return openExport(filter ? query : `?ids=${ids.join(",")}`);
  if (what === "share") return share(ids, filter);
  if (what === "generate" && !filter && ids.length === 1) return generateRow(ids[0]);
  if (what === "generate") return filter ? openBatch(query) : openBatch("", ids);
  if (DIALOGS.includes(what)) return openBulk(what, chosen, count);
  return changeNow(what, chosen);
}

/** @param {string[]} ids @param {object | null} filter */
function share(ids, filter) {
  if (!filter && ids.length <= MOST_SHARED) return location.assign(`/shared/new?ids=${ids.join(",")}`);
  return toast(`Share up to ${MOST_SHARED} ticked pictures, or put more into a collection and share that.`, { kind: "error" });
}

/** @param {string} what @param {Chosen} chosen */
async function changeNow(what, chosen) {
  if (asked.has(what)) return;
  asked.add(what);
  try {
    if (what === "trash") await trashMany(chosen);
    else if (what === "ready") await change(chosen, { set: { status: "ready" } }, (done) => `${done.toLocaleString("en")} marked ready`);
    else {
      const status = what.slice("status-".length);
      await change(chosen, { set: { status } }, (done) => `${pictures(done)} marked ${status}`);
    }
  } catch (error) {
    toastError(error);
  } finally {
    asked.delete(what);
  }
}

/** Mark pictures as ready. @param {string[]} ids */
export async function markReady(ids) {
  await few(ids, async (id) => {
    const { image } = await save(id, "status", "ready", "", { force: true });
    const undo = undoOf(image);
    const text = (/** @type {number} */ count) => `${count} marked ready`;
    if (undo) offerUndo({ text, kind: "ready", undo, images: [image.id] });
    await refresh(id, ["status"]);
  });
}
