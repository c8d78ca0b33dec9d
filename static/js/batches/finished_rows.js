// Rows of pictures whose words a batch has written appear by themselves; a field somebody types in is left alone.

import { few } from "../core/concurrency.js";
import { api } from "../core/http.js";
import { redrawRow, rowWith } from "../library/rows.js";

// A picture counts as finished a moment before others can see it, so each question reaches back a little.
const REACH_BACK_MS = 5000;
/** @type {Map<number, number> | null} */
let known = null; // id -> how many were through
/** @type {string | null} */
let since = null;
let busy = false;
const shown = new Map(); // id of a picture -> when its row was drawn anew

/** @param {BatchJson} batch */
const through = (batch) => batch.total - batch.left;

/**
 * Ids of batches that got further since the last answer; those that have ended are among them.
 * @param {Map<number, number>} now
 */
function movedOn(now) {
  const ids = [...now].filter(([id, count]) => known && known.get(id) !== count).map(([id]) => id);
  for (const id of known?.keys() ?? []) if (!now.has(id)) ids.push(id);
  return ids;
}

/** @param {number} id @param {string} moment */
async function lookAt(id, moment) {
  const { written } = await api("GET", `/api/batches/${id}?since=${moment}`);
  const due = written.filter((/** @type {number} */ image) => rowWith(image) && !(Date.now() - shown.get(image) < 2 * REACH_BACK_MS));
  for (const image of due) shown.set(image, Date.now());
  await few(due, redrawRow);
}

async function follow(/** @type {{ batches: BatchJson[], now: string }} */ { batches, now }) {
  const counts = new Map(batches.map((batch) => [batch.id, through(batch)]));
  const moment = new Date(Date.parse(since ?? now) - REACH_BACK_MS).toISOString();
  for (const id of movedOn(counts)) await lookAt(id, moment);
  known = counts;
  since = now;
}

document.addEventListener("batches:polled", async ({ detail }) => {
  if (busy) return;
  busy = true;
  // What could not be fetched is asked for again, from the same moment on, with the next answer.
  await follow(detail).catch((error) => console.warn("Rows could not be drawn anew.", error));
  busy = false;
});

// A small batch may be over before it is asked for the first time.
document.addEventListener("batches:started", ({ detail: { batch } }) => (known ??= new Map()).set(batch.id, -1));
