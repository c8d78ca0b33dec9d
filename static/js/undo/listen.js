// What runs on every page where something can be changed: Ctrl+Z, and acts that other modules announce without an offer:
// words typed in place, which say "Saved" beside them, and pictures that were added, which the tray tells.

import { answerOf, undoOf } from "./links.js";
import { asText } from "../images/image_store.js";
import { amend, forget, newest } from "./acts.js";
import { remember } from "./offer.js";
import { pictures } from "./plural.js";
import { takeBack } from "./take_back.js";

// Files of one drop come one by one.
const ONE_DROP_MS = 10_000;
/** @type {Record<string, [label: string]>} */
const FIELDS = JSON.parse(document.body.dataset.fields ?? "{}");
/** @type {{ id: string, ids: number[], at: number } | null} */
let drop = null;

document.addEventListener("words:saved", ({ detail: { id, field, was, start = was, version } }) => {
  const image = answerOf(id, version);
  const link = image && undoOf(image);
  // Typed back to what it was: nothing is left of what was typed before.
  if (!image || !link) return forget((act) => isStep(act, id, field) && bodyOf(act).after === was);
  const name = (field === "post_title" && start) || image.post_title || image.original_filename;
  const text = `the ${FIELDS[field]?.[0].toLowerCase() ?? field} of “${name}”`;
  if (field === "status") return void remember({ text, undo: link, images: [image.id] });
  const url = `/api/images/${id}/revisions/${/revisions=(\d+)/.exec(link)?.[1]}/undo`;
  const undo = { url, body: { field, before: start, after: asText(image[field]) } };
  const last = newest();
  // What a minute has published of one typing is one act with the rest of it.
  if (last && start !== was && isStep(last, id, field) && bodyOf(last).before === start && bodyOf(last).after === was) return amend(last.id, { undo });
  return void remember({ text, undo, images: [image.id] });
});

/** @param {UndoAct} act */
const bodyOf = ({ undo }) => (typeof undo === "object" ? /** @type {any} */ (undo.body) : null) ?? {};

/** Tell whether an act was typing into a field of a picture. @param {UndoAct} act @param {string | number} id @param {string} field */
const isStep = (act, id, field) => act.images?.[0] === Number(id) && bodyOf(act).field === field;

document.addEventListener("image:added", ({ detail: { id } }) => {
  const goesOn = drop && Date.now() - drop.at < ONE_DROP_MS;
  const ids = [...((goesOn && drop?.ids) || []), id];
  const act = { text: `${pictures(ids.length)} added`, undo: undoing(ids), images: ids, list: true, page: location.pathname };
  if (goesOn && drop) amend(drop.id, act);
  drop = { id: goesOn && drop ? drop.id : remember(act), ids, at: Date.now() };
});

/** What was added goes to the trash, where whoever changed it meanwhile finds it. @param {number[]} ids */
const undoing = (ids) => ({ url: "/api/images/trash", body: { select: { ids } } });

// In a field it is the browser's own, and behind a dialog nobody would see what it does.
const TICKS = ["checkbox", "radio", "button", "submit", "range"];
const TYPED_IN = `textarea, select, [contenteditable], input${TICKS.map((type) => `:not([type=${type}])`).join("")}`;

addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.defaultPrevented) return;
  // On a keyboard of another script the key at the same place counts.
  const letter = /^[\x20-\x7e]$/.test(event.key) ? event.key.toLowerCase() : event.code;
  if (!["z", "KeyZ"].includes(letter)) return;
  if (event.target?.closest?.(TYPED_IN) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  if (!event.repeat) takeBack();
});
