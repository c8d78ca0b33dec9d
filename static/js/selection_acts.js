// What the selection bar does: have words written, mark ready, export, move to the trash.

import { openBatch } from "./batch_dialog.js";
import { openExport } from "./export.js";
import { few } from "./few.js";
import { refresh, save } from "./images.js";
import { generateRow } from "./row_generate.js";
import { toast } from "./toast.js";
import { trash } from "./trash.js";

/** The filters of this page, as the query of an address. */
function filterQuery() {
  const query = new URLSearchParams(location.search);
  for (const name of ["after", "view", "fragment"]) query.delete(name);
  return query.size ? `?${query}` : "";
}

/**
 * Do one of: generate, ready, export, trash; with a list of ids. `everything` means all that matches the filters of
 * the page, loaded or not; marking and trash keep to what is loaded.
 */
export async function act(what, ids, everything = false) {
  if (!ids.length) return undefined;
  if (what === "export") return openExport(everything ? filterQuery() : `?ids=${ids.join(",")}`);
  if (what === "ready") return markReady(ids);
  if (what === "trash") return trash(ids);
  if (everything) return openBatch(filterQuery());
  return ids.length === 1 ? generateRow(ids[0]) : openBatch("", ids);
}

/** Mark pictures as ready. */
export async function markReady(ids) {
  const failed = await few(ids, async (id) => {
    await save(id, "status", "ready", "", { force: true });
    await refresh(id, ["status"]);
  });
  const done = ids.length - failed;
  if (done) toast(`${done} marked ready`);
}
