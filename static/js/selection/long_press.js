// With a finger: a long press ticks a work of the wall, and while some are ticked a tap does.

import { isTicked, tick } from "../library/selection.js";

const LONG_MS = 450;
const MOVED_PX = 10;
/** @type {{ id: string, x: number, y: number } | null} */
let press = null;
let timer = 0;
let done = false;

/** The work whose picture is under a finger. @param {any} target */
const workOf = (target) => target?.closest(".justified > [data-image-id] .image, .cards .picture-card-image")?.closest("[data-image-id]")?.dataset.imageId;
const isWall = () => getComputedStyle(document.querySelector("[data-rows]")).display !== "block";

function end() {
  clearTimeout(timer);
  press = null;
}

/** @param {string} id */
const toggle = (id) => tick([id], !isTicked(id));

document.addEventListener("pointerdown", ({ target, pointerType, isPrimary, clientX: x, clientY: y }) => {
  end();
  done = false;
  const id = workOf(target);
  if (!id || pointerType !== "touch" || !isPrimary || !isWall()) return;
  press = { id, x, y };
  timer = setTimeout(() => {
    if (!press) return;
    toggle(press.id);
    done = true;
    navigator.vibrate?.(10);
  }, LONG_MS);
});
document.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (press && Math.hypot(clientX - press.x, clientY - press.y) > MOVED_PX) end();
});
for (const name of ["pointerup", "pointercancel", "scroll"]) document.addEventListener(name, end, true);
// The browser's own menu of a link would come at the same moment.
document.addEventListener("contextmenu", (event) => {
  if (press || done) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const id = workOf(event.target);
  if (!id) return;
  const selecting = document.body.classList.contains("is-selecting") && isWall();
  if (!done && !selecting) return;
  event.preventDefault();
  event.stopPropagation();
  if (!done) toggle(id);
  done = false;
}, true);
