// Moving pictures to the trash, with an undo that puts the rows back where they were.

import { few } from "../core/concurrency.js";
import { api } from "../core/http.js";
import { recount, rowWith, showList } from "./rows.js";
import { toast } from "../core/toast.js";
import { askTrash, withGoes } from "./trash_question.js";

/**
 * Move pictures to the trash, asking where others notice, and offer to bring them back. Raises HttpError.
 * @param {string[]} ids
 */
export async function trash(ids) {
  const goes = await askTrash({ ids: ids.map(Number) });
  if (!goes) return;
  /** @type {TakenRow[]} */
  const gone = [];
  await few(ids, async (id) => {
    await api("DELETE", `/api/images/${id}`);
    gone.push(takeOut(id));
  });
  if (!gone.length) return;
  settle();
  const text = gone.length === 1 ? "Moved to the trash" : `${gone.length} moved to the trash`;
  toast(withGoes(text, goes), { action: { label: "Undo", run: () => bringBack(gone) } });
}

/** Take a row out; gives it with a mark of its place. A search may have taken it off the page before. @param {string} id */
export function takeOut(id) {
  const row = rowWith(id);
  const next = row?.nextElementSibling;
  const mark = document.createComment("");
  row?.replaceWith(mark);
  if (!document.activeElement || document.activeElement === document.body) next?.querySelector("a")?.focus();
  return { id, row, mark };
}

/** @param {TakenRow[]} gone */
async function bringBack(gone) {
  await few(gone, async ({ id, row, mark }) => {
    const image = await api("POST", `/api/images/${id}/restore`);
    if (row) row.dataset.version = image.version;
    const box = row?.querySelector("[data-tick]");
    if (box) box.checked = false;
    putBack(mark, row);
  });
  settle();
}

/** Put a row back where it was; in a list that was drawn anew meanwhile the server knows its place. @param {Comment} mark @param {HTMLElement | null} row */
export function putBack(mark, row) {
  if (row && mark.isConnected) mark.replaceWith(row);
  else document.dispatchEvent(new CustomEvent("list:stale"));
}

function settle() {
  showList();
  recount();
}
