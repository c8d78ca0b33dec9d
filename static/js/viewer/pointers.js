// Hands on the picture: drag, pinch, double click and tap; a finger swipes sideways to go on and down to leave.

const FAR_PX = 70; // from here on a swipe counts
const SLACK_PX = 10; // below this it is a tap
const DOUBLE_MS = 280;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {Viewer} viewer */
export function watchPointers({ dialog, stage, zoom, close }) {
  /** @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  let begun = { x: 0, y: 0 };
  let moved = false;
  let pinched = false;
  let [tapped, timer] = [0, 0];
  const run = (/** @type {string} */ act) => dialog.dispatchEvent(new CustomEvent("viewer:do", { detail: act }));
  const at = (/** @type {PointerEvent} */ event) => ({ x: event.clientX, y: event.clientY });
  const apart = () => {
    const [one, other] = [...down.values()];
    return { far: Math.hypot(one.x - other.x, one.y - other.y) || 1, x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
  };
  const loose = () => "loose" in stage.dataset;
  const follow = (/** @type {string} */ translate) => (zoom.box.style.translate = calm.matches ? "" : translate);

  stage.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    if (event.button) return;
    stage.setPointerCapture(event.pointerId);
    if (!down.size) [begun, moved, pinched] = [at(event), false, false];
    down.set(event.pointerId, at(event));
    if (down.size > 1) {
      pinched = true;
      follow("");
    }
  });

  stage.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    const last = down.get(event.pointerId);
    if (!last) return;
    const here = at(event);
    const before = down.size > 1 ? apart() : null;
    down.set(event.pointerId, here);
    if (before) {
      const now = apart();
      zoom.move(now.x - before.x, now.y - before.y);
      return zoom.to((zoom.scale * now.far) / before.far, now);
    }
    const [x, y] = [here.x - begun.x, here.y - begun.y];
    moved ||= Math.hypot(x, y) > SLACK_PX;
    if (loose()) return zoom.move(here.x - last.x, here.y - last.y);
    if (event.pointerType === "mouse" || !moved || pinched) return undefined;
    return follow(Math.abs(x) > Math.abs(y) ? `${x}px 0` : `0 ${Math.max(0, y)}px`);
  });

  stage.addEventListener("pointerup", (/** @type {PointerEvent} */ event) => {
    if (!down.delete(event.pointerId) || down.size) return;
    follow("");
    const [x, y] = [event.clientX - begun.x, event.clientY - begun.y];
    if (pinched) return;
    if (!moved) return tap(event);
    if (event.pointerType === "mouse" || loose()) return;
    if (Math.abs(x) > Math.abs(y) && Math.abs(x) >= FAR_PX) run(x < 0 ? "next" : "previous");
    else if (y > Math.abs(x) && y >= FAR_PX) close();
  });

  stage.addEventListener("pointercancel", (/** @type {PointerEvent} */ event) => {
    down.delete(event.pointerId);
    follow("");
  });

  /** One tap of a finger hides the bars or shows them, two go nearer, as a double click does. @param {PointerEvent} event */
  function tap(event) {
    const double = event.timeStamp - tapped < DOUBLE_MS;
    tapped = double ? 0 : event.timeStamp;
    clearTimeout(timer);
    if (double) return zoom.toggle(at(event));
    if (event.pointerType !== "mouse") timer = setTimeout(() => dialog.toggleAttribute("data-rest"), DOUBLE_MS);
    return undefined;
  }
}
