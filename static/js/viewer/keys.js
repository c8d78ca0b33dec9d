// The keys of the viewer. They count while it is open alone.

const PAN_PX = 80;
/** @type {Record<string, string>} */
const ACTS = {
  ArrowRight: "next", ArrowLeft: "previous", j: "next", k: "previous", PageDown: "next", PageUp: "previous", Home: "first", End: "last",
  "+": "in", "=": "in", "-": "out", 0: "fit", 1: "real", i: "info", f: "close",
};
/** @type {Record<string, [number, number]>} */
const PANS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [1, 0], ArrowRight: [-1, 0] };

/** @param {Viewer} viewer */
export function watchKeys({ dialog, zoom, close }) {
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation();
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.keyCode === 229) return;
    const target = /** @type {any} */ (event.target);
    const { key } = event;
    if (target.matches("input") && /^(Arrow|Page|Home|End)/.test(key)) return;
    // Of Space a button is pressed.
    const leaves = key === " " && !target.closest("button, a");
    const pan = event.shiftKey || key === "ArrowUp" || key === "ArrowDown" ? PANS[key] : null;
    const act = pan ? null : ACTS[key.length === 1 ? key.toLowerCase() : key];
    if (!pan && !act && !leaves) return;
    event.preventDefault();
    event.stopPropagation();
    if (pan) zoom.move(pan[0] * PAN_PX, pan[1] * PAN_PX);
    else if (leaves || act === "close") close();
    else if (!event.repeat || !["info", "first", "last"].includes(String(act))) dialog.dispatchEvent(new CustomEvent("viewer:do", { detail: act }));
  });
}
