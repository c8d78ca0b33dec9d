// What a mouse does with pictures beside clicking: drawing a lasso round them, and dragging them onto a collection, a
// category or a tag. This notices that one of the two begins; the rest is loaded then. Fingers have the bar for both.

import { toastError } from "../core/toast.js";
import { rowOf } from "../library/rows.js";
import { isTicked, ticked } from "../selection/ticks.js";
import { pictures } from "../undo/plural.js";

// Ground is what nobody reads or presses.
const GROUND = ".library-main, .rows, [data-rows], [data-rows] > *, [data-rows] td, .picture-card-text, .picture-card-foot, .field, .actions";
// By this name other tabs know pictures, too.
const DRAGGED = "application/x-artworks";

document.addEventListener("pointerdown", (event) => {
  if (event.pointerType !== "mouse" || event.button !== 0 || !event.target?.matches(GROUND)) return;
  // Text between here and there is not meant.
  const keep = (/** @type {Event} */ one) => one.preventDefault();
  let at = event; // where the mouse has come to when the rest is loaded
  const follow = (/** @type {PointerEvent} */ one) => (at = one);
  const over = new AbortController();
  document.addEventListener("selectstart", keep, { signal: over.signal });
  document.addEventListener("pointermove", follow, { signal: over.signal });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => over.abort(), { once: true });
  import("./lasso.js").then(({ beginLasso }) => over.signal.aborted || beginLasso(event, at)).catch(toastError);
});

/** A small sign under the pointer that says how many. @param {DataTransfer} transfer @param {number} count */
function sayCount(transfer, count) {
  const sign = Object.assign(document.createElement("div"), { className: "drag-sign", textContent: pictures(count) });
  document.body.append(sign);
  transfer.setDragImage(sign, -12, -8);
  setTimeout(() => sign.remove());
}

document.addEventListener("dragstart", ({ target, dataTransfer }) => {
  const row = target instanceof Element && target.closest("a, img") ? rowOf(target) : null;
  if (!row || !dataTransfer || !("fields" in document.body.dataset)) return;
  const { imageId: id = "" } = row.dataset;
  const ids = isTicked(id) ? ticked() : [id];
  dataTransfer.setData(DRAGGED, ids.join(","));
  dataTransfer.effectAllowed = "copyLink";
  sayCount(dataTransfer, ids.length);
});
