// Large rooms: what stands for many rows far out of sight, and is parted again before they come back.

import { gapOf, makeRoom, roomOf, SIZE } from "./blocks.js";
import { countOf, idsOf } from "./list_ids.js";

// So many pictures get one room together: a list is then as light at its end as after some thousands.
const LARGE = 1000;

/** Tell whether a room is for more than one block. @param {Element} room */
export const isLarge = (room) => countOf(room) >= LARGE;

/** @param {Element} room */
function namesIn(room) {
  const lines = (room.textContent ?? "").split("\n");
  return Array.from({ length: countOf(room) }, (_, at) => lines[at] ?? "");
}

/** Put one room in the place of several that follow each other. @param {Element[]} rooms */
export function merge(rooms) {
  const room = makeRoom(/** @type {Element} */ (rooms[0].parentElement), rooms.flatMap(idsOf), roomOf(rooms), rooms.flatMap(namesIn));
  rooms[0].before(room);
  for (const one of rooms) one.remove();
  return room;
}

/** Put rooms for a block each in the place of a large one. @param {Element} room */
export function split(room) {
  const [ids, names] = [idsOf(room), namesIn(room)];
  const count = Math.ceil(ids.length / SIZE);
  const height = (room.getBoundingClientRect().height - gapOf(room) * (count - 1)) / ids.length;
  const parts = Array.from({ length: count }, (_, at) => {
    const some = ids.slice(at * SIZE, (at + 1) * SIZE);
    return makeRoom(/** @type {Element} */ (room.parentElement), some, height * some.length, names.slice(at * SIZE, (at + 1) * SIZE));
  });
  room.replaceWith(...parts);
  return parts;
}

/** Give runs of rooms that follow each other and are to have one room together. @param {Element[]} rooms */
export function gather(rooms) {
  /** @type {Element[][]} */
  const runs = [];
  /** @type {Element[]} */
  let run = [];
  for (const room of rooms) {
    if (run.at(-1)?.nextElementSibling !== room) run = [];
    run.push(room);
    if (run.reduce((sum, one) => sum + countOf(one), 0) < LARGE) continue;
    runs.push(run);
    run = [];
  }
  return runs;
}

/** @param {Element} room */
const distance = (room) => {
  const { bottom, top } = room.getBoundingClientRect();
  return Math.max(top - innerHeight / 2, innerHeight / 2 - bottom, 0);
};

/** @param {Element[]} rooms */
export const nearestOf = (rooms) => rooms.reduce((one, other) => (distance(other) < distance(one) ? other : one));
