// Moving pictures to the trash, with an undo that puts the rows back where they were.

import { few } from "../core/concurrency.js";
import { api } from "../core/http.js";
import { recount, rowWith, showList } from "./rows.js";
import { offerUndo } from "../undo/offer.js";
import { pictures } from "../undo/plural.js";
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
  for (const one of gone) {
    /** @type {(count: number) => string} */
    const text = (count) => withGoes(count === 1 ? `“${one.name}” moved to the trash` : `${pictures(count)} moved to the trash`, goes);
    const act = { text, kind: `trash ${withGoes("", goes)}`, undo: `/api/images/${one.id}/restore`, images: [Number(one.id)], list: true };
    offerUndo(act, { done: (image) => bringBack(one, image) });
  }
}

/** What a row calls its picture, as its tick box says it. @param {HTMLElement | null} row */
const nameOf = (row) => String(row?.querySelector("[data-tick]")?.getAttribute("aria-label") ?? "A picture").replace(/^Tick /, "");

/** Take a row out; gives it with a mark of its place. A search may have taken it off the page before. @param {string} id */
export function takeOut(id) {
  const row = rowWith(id);
  const name = nameOf(row);
  const next = row?.nextElementSibling;
  const mark = document.createComment("");
  row?.replaceWith(mark);
  if (!document.activeElement || document.activeElement === document.body) (next?.hasAttribute("tabindex") ? next : next?.querySelector("a"))?.focus();
  return { id, row, mark, name };
}

/** @param {TakenRow} gone @param {ImageJson} image */
function bringBack({ row, mark }, image) {
  if (row) row.dataset.version = String(image.version);
  const box = row?.querySelector("[data-tick]");
  if (box) box.checked = false;
  putBack(mark, row);
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
