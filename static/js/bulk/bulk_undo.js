// The undo of one change of many pictures, whichever page made it. artworks/web/bulk/presenters.py says the same.

import { api } from "../core/http.js";
import { toast, toastError } from "../core/toast.js";

/** @param {number} count */
export const pictures = (count) => `${count.toLocaleString("en")} picture${count === 1 ? "" : "s"}`;

/** Ask for the undo of a change and tell what became of it; null when it could not be done. @param {number} number */
export async function askBack(number) {
  try {
    const done = await api("POST", `/api/bulk-edits/${number}/undo`);
    toast(told(done));
    return done;
  } catch (error) {
    toastError(error);
    return null;
  }
}

function told(/** @type {{ undone: number, left: number, partly: number, also: string }} */ { undone, left, partly, also }) {
  const rest = left - partly;
  const parts = [undone || left ? `Undone: ${pictures(undone)} as before` : "Undone"];
  if (partly) parts.push(`${pictures(partly)} changed since: that stays, and the rest is as before`);
  if (rest) parts.push(`${pictures(rest)} changed since, and left as ${rest === 1 ? "it is" : "they are"}`);
  return [`${parts.join(". ")}.`, also].filter(Boolean).join(" ");
}
