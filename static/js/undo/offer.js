// Saying what was done, with Undo: one message for acts of a kind, and Ctrl+Z for as long as the tab remembers them.

import { toast } from "../core/toast.js";
import { keep } from "./acts.js";
import { knowHere, takeBack } from "./take_back.js";

/** @type {{ kind: string, count: number, ids: string[], note: HTMLElement } | null} */
let last = null; // what the newest message tells

/**
 * Remember an act without a message. `here` says what this page adds to it: `run` in the place of its address, `done`
 * after it. Gives the id of the act.
 * @param {Omit<UndoAct, "id">} act @param {UndoHere} [here]
 */
export function remember(act, here = {}) {
  const id = keep(act);
  knowHere(id, here);
  return id;
}

/**
 * Say what was done and offer to take it back. `act.text` may be a function of how many (`act.count`): then acts of the
 * same `kind` become one message while it is there. Gives the id of the act and its message.
 * @param {UndoOffer} act @param {UndoHere} [here]
 */
export function offerUndo({ text, kind = "", count = 1, open, ...rest }, here = {}) {
  const tell = typeof text === "function" ? text : () => text;
  const id = remember({ ...rest, text: tell(count) }, here);
  const joined = kind && last?.kind === kind && last.note.isConnected ? last : null;
  // One offer at a time: what came before it is reached by key.
  last?.note.remove();
  const ids = [...(joined?.ids ?? []), id];
  const sum = (joined?.count ?? 0) + count;
  const note = toast(tell(sum), { open, undo: () => ids.toReversed().forEach((one) => takeBack(one)) });
  last = { kind, count: sum, ids, note };
  return { id, note };
}

// What is taken back by key needs no offer any more.
document.addEventListener("undo:begun", ({ detail: { id } }) => {
  if (last?.ids.includes(id)) last.note.remove();
});

// Words that AI wrote go back to those before, with whose they were, and the status.
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
