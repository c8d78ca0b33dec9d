// Moving many pictures to the trash in one go, with an undo that puts the rows back where they were.

import { listIds } from "../endless/list_ids.js";
import { selectOf, send, tell } from "./bulk_edit.js";
import { fetchRows } from "./bulk_rows.js";
import { loadNext } from "../library/load_more.js";
import { recount, rowWith, showList } from "../library/rows.js";
import { tick } from "../library/selection.js";
import { toastError } from "../core/toast.js";
import { pictures } from "../undo/plural.js";
import { putBack, takeOut } from "../library/trash_rows.js";
import { askTrash, withGoes } from "../library/trash_question.js";

/**
 * Move the chosen pictures to the trash, asking where others notice, and offer to bring them back. Raises HttpError.
 * @param {Chosen} chosen
 */
export async function trashMany(chosen) {
  const goes = await askTrash(selectOf(chosen));
  if (!goes) return;
  const done = await send("POST", "/api/images/trash", chosen);
  const gone = chosen.ids.filter((id) => rowWith(id)).map((id) => takeOut(id));
  // Of those whose rows were let go nothing else tells.
  tick(chosen.ids, false);
  settle();
  tell(done, {}, (count) => withGoes(`${pictures(count)} moved to the trash`, goes), () => bringBack(gone), {
    images: chosen.ids.map(Number),
  });
  // What is below comes up, when nothing of what was loaded is left.
  if (!listIds().length) await loadNext();
}

/** @param {TakenRow[]} gone */
async function bringBack(gone) {
  try {
    const fresh = await fetchRows(gone.map(({ id }) => id));
    for (const { id, mark } of gone) if (fresh.has(id) && !rowWith(id)) putBack(mark, fresh.get(id));
  } catch (error) {
    toastError(error);
  }
  settle();
}

function settle() {
  showList();
  recount();
}
