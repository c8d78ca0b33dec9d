// Rows far out of sight are let go, and come back before they are in sight: a list of any length is of the same weight.
// What somebody types in, stands on or has opened stays.

import { fetchRows } from "../bulk/bulk_rows.js";
import { failureOf, toast } from "../core/toast.js";
import { rows, rowWith } from "../library/rows.js";
import { cut, replace, roomOf } from "./blocks.js";
import { gather, isLarge, merge, nearestOf, split } from "./rooms.js";
import { idsOf } from "./list_ids.js";
import { keepPlace, notePlace } from "./place.js";
import "./resize.js";

// In heights of the window, and at least in pixels. Below it is further, as a page of the table that was just loaded is high.
const ABOVE = { windows: 3, pixels: 2400 };
const BELOW = { windows: 9, pixels: 8400 };
const NEAR = "150% 0px";
// Rooms so many heights of the window away are put together.
const FAR = 12;
// Fewer rows are not worth it.
const LEAST = 20;
const PAUSE_MS = 200;
const RETRY_MS = 4000;
const IN_USE = '.editor, .edit-state:not(:empty, [data-state="saved"]), .is-being-written, [aria-expanded="true"], [data-opening], details[open]';

/** Rooms that are near enough to be filled. @type {Set<Element>} */
const due = new Set();
/** Those of a page before this one: what is there may not match any more. @type {WeakSet<Element>} */
const older = new WeakSet();
let filling = false;
let failedAt = 0;
let pause = 0;

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) due.add(target);
    else due.delete(target);
    if (performance.now() - failedAt > RETRY_MS || !failedAt) fill();
  },
  { rootMargin: NEAR },
);

/** Watch a room, and fill it when it comes near. @param {Element} room @param {boolean} isOlder */
export function watchRoom(room, isOlder = false) {
  if (isOlder) older.add(room);
  watcher.observe(room);
}

/** @param {HTMLElement} row */
const stays = (row) => row.contains(document.activeElement) || row.matches('[tabindex="0"], .is-gone') || row.querySelector(IN_USE);

/** Let go what is far from sight. */
function sweep() {
  const [above, below] = [ABOVE, BELOW].map(({ windows, pixels }) => Math.max(windows * innerHeight, pixels));
  /** @type {Element[][]} */
  const runs = [[]];
  for (const row of rows().children) {
    const { bottom, top } = row.getBoundingClientRect();
    const out = row.dataset.imageId && (bottom < -above || top > innerHeight + below) && !stays(row);
    // A comment marks the place of a row that may be put back.
    if (!out || (runs.at(-1)?.length && row.previousSibling?.nodeType === Node.COMMENT_NODE)) runs.push([]);
    if (out) runs.at(-1)?.push(row);
  }
  const blocks = runs.flatMap(cut).filter(({ length }) => length >= LEAST);
  const heights = blocks.map(roomOf);
  keepPlace(() => blocks.forEach((block, at) => watchRoom(replace(block, heights[at]))));
  mergeFar();
}

/** Put rooms far away together, those of a page before this one apart from the others. */
function mergeFar() {
  const far = FAR * innerHeight;
  const rooms = [...rows().querySelectorAll(":scope > .let-go")].filter((room) => {
    const { bottom, top } = room.getBoundingClientRect();
    return !isLarge(room) && (bottom < -far || top > innerHeight + far);
  });
  for (const isOlder of [false, true]) {
    for (const run of gather(rooms.filter((room) => older.has(room) === isOlder))) {
      run.forEach(forget);
      keepPlace(() => watchRoom(merge(run), isOlder));
    }
  }
}

/** Watch a room no more. @param {Element} room */
function forget(room) {
  watcher.unobserve(room);
  due.delete(room);
}

/** Give the part of a large room that stands for a picture, else the one nearest to what is in sight. @param {Element} room @param {string} [id] */
function partOf(room, id) {
  if (!isLarge(room)) return room;
  forget(room);
  const parts = split(room);
  for (const part of parts) watchRoom(part, older.has(room));
  return parts.find((part) => id && idsOf(part).includes(id)) ?? nearestOf(parts);
}

/**
 * Bring the rows back that a room stands for; of a large one some, with that of a picture where it is named. Raises HttpError.
 * @param {Element} whole @param {string} [id]
 */
export async function bringBack(whole, id) {
  const room = partOf(whole, id);
  const ids = idsOf(room);
  const found = await fetchRows(ids.filter((one) => !rowWith(one)), older.has(room));
  if (!room.isConnected) return;
  forget(room);
  keepPlace(() => room.replaceWith(...ids.filter((one) => !rowWith(one)).map((one) => found.get(one)).filter(Boolean)));
}

async function fill() {
  if (filling) return;
  filling = true;
  try {
    while (due.size) {
      const nearest = nearestOf([...due]);
      if (nearest.isConnected) await bringBack(nearest);
      else due.delete(nearest);
      failedAt = 0;
    }
  } catch (error) {
    if (!failedAt) toast(failureOf(error).message, { kind: "error", action: { label: "Try again", run: fill } });
    failedAt = performance.now();
  } finally {
    filling = false;
  }
}

function look() {
  pause = 0;
  sweep();
  notePlace();
}

addEventListener("scroll", () => (pause ||= setTimeout(look, PAUSE_MS)), { passive: true });
document.addEventListener("connection:back", fill);
