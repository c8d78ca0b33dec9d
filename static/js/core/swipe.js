// Swiping with a finger: to the left for the next picture, to the right for the one before.

const FAR_PX = 70; // from here on a swipe counts
const SLACK_PX = 12; // below this it is a tap
const STEEP = 1.5; // a swipe goes this much more sideways than up or down

/**
 * Call `run("next")` or `run("previous")` for every swipe over `place`; its first child follows the finger unless the person wants no motion.
 * @param {HTMLElement} place
 * @param {(way: "next" | "previous") => void} run
 */
export function watchSwipe(place, run) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {{ x: number, y: number, card: HTMLElement } | null} */
  let begun = null;

  /** @param {PointerEvent} event */
  const reach = (event) => {
    if (!begun) return 0;
    const [x, y] = [event.clientX - begun.x, event.clientY - begun.y];
    return Math.abs(x) > SLACK_PX && Math.abs(x) > STEEP * Math.abs(y) ? x : 0;
  };
  const rest = () => {
    if (begun) begun.card.style.translate = "";
    begun = null;
  };
  place.addEventListener("pointerdown", (event) => {
    rest();
    // Sideways in a text that is being written moves the caret or marks words.
    if (event.pointerType === "mouse" || !event.isPrimary || event.target?.matches(":focus")) return;
    begun = { x: event.clientX, y: event.clientY, card: place.querySelector(":scope > *") };
  });
  place.addEventListener("pointermove", (event) => {
    if (begun && event.isPrimary && !calm.matches) begun.card.style.translate = `${reach(event)}px`;
  });
  place.addEventListener("pointerup", (event) => {
    if (!begun || !event.isPrimary) return;
    const far = reach(event);
    rest();
    if (Math.abs(far) >= FAR_PX) run(far < 0 ? "next" : "previous");
  });
  // The browser took the finger for scrolling or zooming.
  place.addEventListener("pointercancel", rest);
}
