// How large rows are changes, or how wide the list: what is looked at stays where it is.

import { rows } from "../library/rows.js";
import { cut, roomOf, setRoom } from "./blocks.js";
import { countOf } from "./list_ids.js";
import { goTo, lastPlace } from "./place.js";

/** Change how large rows are; what is out of sight is as high as what is drawn, one with the other. @param {() => void} change */
export function resize(change) {
  const kept = lastPlace();
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
  if (count) for (const room of rooms) setRoom(room, each * countOf(room));
}

let width = rows().clientWidth;
new ResizeObserver(() => {
  if (rows().clientWidth === width) return;
  width = rows().clientWidth;
  if (window.scrollY > 0) resize(() => {});
}).observe(rows());
