// Dragging a picture to its place: with the mouse by the picture, with a finger by its handle, so that the page still
// scrolls under a finger elsewhere.

import { cards, list } from "./cards.js";
import { moved, placeOf, putBack } from "./order.js";

const FAR_PX = 6; // below this it is a click
const EDGE_PX = 90; // so near to the edge of the window the page scrolls
const FASTEST_PX = 22; // a frame

/** @type {Drag | null} */
let drag = null;

list.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
  const card = event.target?.closest("[data-place]");
  if (!card || !event.isPrimary || event.button !== 0) return;
  const byPicture = event.pointerType === "mouse" && event.target?.closest("a");
  if (!byPicture && !event.target?.closest("[data-handle]")) return;
  const begun = { x: event.clientX, y: event.clientY };
  drag = { card, pointer: event.pointerId, begun, at: begun, lifted: null };
});

addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.pointer) return;
  drag.at = { x: event.clientX, y: event.clientY };
  if (drag.lifted) follow(drag, drag.lifted);
  else if (Math.hypot(drag.at.x - drag.begun.x, drag.at.y - drag.begun.y) > FAR_PX) lift(drag);
});
addEventListener("pointerup", (event) => drag && event.pointerId === drag.pointer && end(drag, true));
// The browser took the pointer for something else.
addEventListener("pointercancel", (event) => drag && event.pointerId === drag.pointer && end(drag, false));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !drag?.lifted) return;
  event.preventDefault();
  end(drag, false);
});
list.addEventListener("dragstart", (/** @type {Event} */ event) => event.preventDefault());

/** @param {Drag} pressed */
function lift(pressed) {
  const { begun, card, pointer } = pressed;
  const picture = card.querySelector("img");
  const box = picture.getBoundingClientRect();
  const ghost = picture.cloneNode();
  ghost.className = "dragged-image";
  ghost.alt = "";
  ghost.style.width = `${box.width}px`;
  ghost.style.height = `${box.height}px`;
  // Held by the handle it hangs from the finger, held by the picture it stays under the pointer.
  /** @param {number} from @param {number} start @param {number} size */
  const inside = (from, start, size) => Math.min(Math.max(from - start, 0), size);
  const hold = { x: inside(begun.x, box.left, box.width), y: inside(begun.y, box.top, box.height) };
  pressed.lifted = { ghost, hold, origin: placeOf(card) };
  document.body.append(ghost);
  card.classList.add("is-dragged");
  document.documentElement.classList.add("is-dragging");
  // On the list, not on the card: the card leaves the page for a moment whenever it gets another place.
  list.setPointerCapture(pointer);
  follow(pressed, pressed.lifted);
  scroll();
}

/** @param {Drag} dragged @param {NonNullable<Drag["lifted"]>} lifted */
function follow({ at, card }, { ghost, hold }) {
  ghost.style.translate = `${at.x - hold.x}px ${at.y - hold.y}px`;
  const under = document.elementFromPoint(at.x, at.y)?.closest("[data-place]");
  if (under === card) return;
  if (under) {
    if (card.compareDocumentPosition(under) & Node.DOCUMENT_POSITION_FOLLOWING) under.after(card);
    else under.before(card);
  } else if (isBehind(at)) cards().at(-1).after(card);
}

/** Tell whether a point is behind the last card, where there is none to take the place of. */
function isBehind(/** @type {{ x: number, y: number }} */ { x, y }) {
  const last = cards().at(-1).getBoundingClientRect();
  return y > last.bottom || (y > last.top && x > last.right);
}

function scroll() {
  if (!drag?.lifted) return;
  const top = document.querySelector(".topbar").offsetHeight + EDGE_PX;
  const bottom = innerHeight - EDGE_PX;
  const beyond = drag.at.y < top ? drag.at.y - top : Math.max(0, drag.at.y - bottom);
  if (beyond) {
    scrollBy({ top: Math.max(-1, Math.min(1, beyond / EDGE_PX)) * FASTEST_PX, behavior: "instant" });
    follow(drag, drag.lifted);
  }
  requestAnimationFrame(scroll);
}

/** @param {Drag} dragged @param {boolean} drop */
function end({ card, lifted }, drop) {
  drag = null;
  if (!lifted) return;
  const { ghost, origin } = lifted;
  ghost.remove();
  card.classList.remove("is-dragged");
  document.documentElement.classList.remove("is-dragging");
  // The click that comes right with a drop would open the picture.
  /** @param {Event} event */
  const stop = (event) => event.preventDefault();
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }));
  if (!drop) putBack(card, origin);
  else if (card.nextElementSibling !== origin.next || card.previousElementSibling !== origin.previous) moved(card, origin);
}
