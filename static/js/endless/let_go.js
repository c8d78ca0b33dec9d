// Rows far out of sight are let go, and come back before they are in sight: a list of any length is of the same weight.
// What somebody types in, stands on or has opened stays.

import { fetchRows } from "../bulk/bulk_rows.js";
import { failureOf, toast } from "../core/toast.js";
import { rows, rowWith } from "../library/rows.js";
import { cut, replace, roomOf, setRoom } from "./blocks.js";
import { idsOf } from "./list_ids.js";
import { goTo, keepPlace, placeNow } from "./place.js";

// In heights of the window, and at least in pixels. Below it is further, as a page of the table that was just loaded is high.
const ABOVE = { windows: 3, pixels: 2400 };
const BELOW = { windows: 9, pixels: 8400 };
const NEAR = "150% 0px";
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
/** @type {ReturnType<typeof placeNow>} */
let place = null;

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
}

/** Bring the rows back that a room stands for. Raises HttpError. @param {Element} room */
export async function bringBack(room) {
  const ids = idsOf(room);
  const found = await fetchRows(ids.filter((id) => !rowWith(id)), older.has(room));
  if (!room.isConnected) return;
  watcher.unobserve(room);
  due.delete(room);
  keepPlace(() => room.replaceWith(...ids.filter((id) => !rowWith(id)).map((id) => found.get(id)).filter(Boolean)));
}

/** @param {Element} room */
const distance = (room) => {
  const { bottom, top } = room.getBoundingClientRect();
  return Math.max(top - innerHeight / 2, innerHeight / 2 - bottom, 0);
};

async function fill() {
  if (filling) return;
  filling = true;
  try {
    while (due.size) {
      const nearest = [...due].reduce((one, other) => (distance(other) < distance(one) ? other : one));
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

/** Change how large rows are; what is out of sight is as high as what is drawn, one with the other. @param {() => void} change */
export function resize(change) {
  const kept = placeNow() ?? place;
  change();
  guessRooms();
  goTo(kept);
}

function guessRooms() {
  const rooms = [...rows().querySelectorAll(":scope > .let-go")];
  if (!rooms.length) return;
  const drawn = cut([...rows().querySelectorAll(":scope > [data-image-id]")].filter((row) => row.nextElementSibling?.dataset.imageId));
  const count = drawn.flat().length;
  const each = drawn.reduce((sum, block) => sum + roomOf(block), 0) / count;
  if (count) for (const room of rooms) setRoom(room, each * idsOf(room).length);
}

function look() {
  pause = 0;
  sweep();
  place = placeNow() ?? place;
}

addEventListener("scroll", () => (pause ||= setTimeout(look, PAUSE_MS)), { passive: true });
document.addEventListener("connection:back", fill);
let width = rows().clientWidth;
new ResizeObserver(() => {
  if (rows().clientWidth === width) return;
  width = rows().clientWidth;
  if (window.scrollY > 0) resize(() => {});
}).observe(rows());
