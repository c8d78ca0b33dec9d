// A lasso: what it touches is ticked. With Shift or Ctrl the ticks of before stay; Escape brings them back.

import { rows } from "../library/rows.js";
import { tick } from "../library/selection.js";
import { isTicked, ticked } from "../selection/ticks.js";

const FAR_PX = 5; // below this it is a click
const EDGE_PX = 60; // so near to the edge of the window the page scrolls
const FASTEST_PX = 24; // a frame

/** @type {Lasso | null} */
let lasso = null;

class Lasso {
  /** @param {PointerEvent} event */
  constructor({ pageX, pageY, clientX, clientY, shiftKey, ctrlKey, metaKey }) {
    this.begun = { x: pageX, y: pageY };
    this.at = { x: clientX, y: clientY };
    this.adds = shiftKey || ctrlKey || metaKey;
    this.before = new Set(ticked());
    /** @type {Set<string>} */
    this.touched = new Set();
    /** @type {HTMLElement | null} */
    this.frame = null;
  }

  /** @param {PointerEvent} event */
  move({ clientX, clientY, pageX, pageY }) {
    this.at = { x: clientX, y: clientY };
    if (this.frame || Math.hypot(pageX - this.begun.x, pageY - this.begun.y) < FAR_PX) return;
    this.frame = Object.assign(document.createElement("div"), { className: "lasso" });
    document.body.append(this.frame);
    document.body.classList.add("is-lassoing");
    if (!this.adds) tick([...this.before], false);
    requestAnimationFrame(() => this.step());
  }

  /** Draw what is within, once a frame; near an edge the page goes on below the pointer. */
  step() {
    if (!this.frame || lasso !== this) return;
    const top = document.querySelector(".topbar").getBoundingClientRect().bottom;
    const past = Math.max(0, this.at.y - innerHeight + EDGE_PX) - Math.max(0, top + EDGE_PX - this.at.y);
    if (past) scrollBy({ top: Math.sign(past) * Math.min(FASTEST_PX, Math.abs(past) / 3), behavior: "instant" });
    const [x, y] = [this.begun.x - scrollX, this.begun.y - scrollY];
    const box = { left: Math.min(x, this.at.x), right: Math.max(x, this.at.x), top: Math.min(y, this.at.y), bottom: Math.max(y, this.at.y) };
    const { style } = this.frame;
    Object.assign(style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.right - box.left}px`, height: `${box.bottom - box.top}px` });
    this.touch(box);
    requestAnimationFrame(() => this.step());
  }

  /** Rows that were let go stay as they were when they were last seen. @param {{ left: number, right: number, top: number, bottom: number }} box */
  touch(box) {
    const [on, off] = [/** @type {string[]} */ ([]), /** @type {string[]} */ ([])];
    for (const row of rows().querySelectorAll(":scope > [data-image-id]")) {
      const { left, right, top, bottom } = row.getBoundingClientRect();
      const { imageId: id = "" } = row.dataset;
      const isIn = left < box.right && right > box.left && top < box.bottom && bottom > box.top;
      if (isIn === this.touched.has(id)) continue;
      if (isIn) this.touched.add(id);
      else this.touched.delete(id);
      const wanted = isIn || (this.adds && this.before.has(id));
      if (wanted !== isTicked(id)) (wanted ? on : off).push(id);
    }
    if (on.length) tick(on, true);
    if (off.length) tick(off, false);
  }

  end(isTaken = true) {
    if (lasso === this) lasso = null;
    if (this.frame && !isTaken) {
      tick([...this.touched], false);
      tick([...this.before], true);
    }
    this.frame?.remove();
    document.body.classList.remove("is-lassoing");
  }
}

/** Begin a lasso where the mouse was pressed, drawn to where it is by now. @param {PointerEvent} event @param {PointerEvent} at */
export function beginLasso(event, at) {
  lasso?.end();
  lasso = new Lasso(event);
  lasso.move(at);
}

addEventListener("pointermove", (event) => {
  // Let go outside of the window.
  if (event.buttons !== 1) lasso?.end();
  lasso?.move(event);
});
for (const name of ["pointerup", "pointercancel", "blur"]) addEventListener(name, () => lasso?.end());
addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !lasso) return;
    event.stopImmediatePropagation();
    lasso.end(false);
  },
  true,
);
