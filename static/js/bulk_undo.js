// The undo of one change of many pictures, whichever page made it. web/bulk_words.py says the same.

import { api } from "./http.js";
import { toast, toastError } from "./toast.js";

export const pictures = (count) => `${count.toLocaleString("en")} picture${count === 1 ? "" : "s"}`;

/** Ask for the undo of a change and tell what became of it; null when it could not be done. */
export async function askBack(number) {
  try {
    const { undone, left } = await api("POST", `/api/bulk-edits/${number}/undo`);
    const rest = left ? `. ${pictures(left)} changed since, and left as ${left === 1 ? "it is" : "they are"}` : "";
    toast(undone || left ? `Undone: ${pictures(undone)} as before${rest}` : "Undone.");
    return { undone, left };
  } catch (error) {
    toastError(error);
    return null;
  }
}
