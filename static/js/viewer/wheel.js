// The wheel zooms where the pointer is; two fingers on a touch pad come as a wheel with Ctrl.

const LINE_PX = 16;
const PER_PX = 0.0022;
const PINCH_PER_PX = 0.01;
const MOST_PX = 200;

/** @param {Viewer} viewer */
export function watchWheel({ stage, zoom }) {
  stage.addEventListener(
    "wheel",
    (/** @type {WheelEvent} */ event) => {
      event.preventDefault();
      const px = Math.min(Math.max(event.deltaY * (event.deltaMode ? LINE_PX : 1), -MOST_PX), MOST_PX);
      zoom.to(zoom.scale * Math.exp(-px * (event.ctrlKey ? PINCH_PER_PX : PER_PX)), { x: event.clientX, y: event.clientY });
    },
    { passive: false },
  );
}
