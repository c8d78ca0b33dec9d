// Words that AI wrote for one picture, with Undo: back to the words before, whose they were, and the status.

import { toast } from "../core/toast.js";
import { offerUndo } from "./offer.js";

/** Say what came for a picture. @param {DraftAnswer} answer */
export function tellWritten({ image, suggestion, undo, note }) {
  if (!undo) return void (note && toast(note));
  const name = `“${image.post_title || image.original_filename}”`;
  const waiting = Object.keys(suggestion?.fields ?? {}).length;
  const written = undo.includes("revisions=&") ? "" : `Words written for ${name}`;
  const waits = waiting === 1 ? "a suggestion waits" : `${waiting} suggestions wait`;
  const said = [written, waiting ? (written ? waits : `For ${name} ${waits}`) : ""].filter(Boolean).join(", ");
  const text = (/** @type {number} */ count) => (count === 1 ? `${said}.${note ? ` ${note}` : ""}` : `Words written for ${count} pictures.`);
  return void offerUndo({ text, kind: "written", undo, images: [image.id] });
}
