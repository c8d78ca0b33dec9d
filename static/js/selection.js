// Ticking rows opens a bar with what can be done with them. The ticks themselves are the only record.

import { act } from "./selection_acts.js";

const bar = document.querySelector("[data-selection]");
const all = document.querySelector("[data-tick-all]");
let last = null;

const boxes = () => [...document.querySelectorAll("[data-tick]")];

/** Give the ids of the ticked pictures, from top to bottom. */
export function ticked() {
  return boxes()
    .filter((box) => box.checked)
    .map((box) => box.closest("[data-image-id]").dataset.imageId);
}

/** Draw the bar for what is ticked now. */
export function drawBar() {
  const every = boxes();
  const count = every.filter((box) => box.checked).length;
  bar.hidden = count === 0 && !("running" in bar.dataset);
  document.body.classList.toggle("selecting", !bar.hidden);
  bar.querySelector("[data-selection-count]").textContent = count ? `${count} selected` : "";
  if (!all) return;
  all.checked = count > 0 && count === every.length;
  all.indeterminate = count > 0 && count < every.length;
}

export function untick() {
  for (const box of boxes()) box.checked = false;
  drawBar();
}

/** With Shift, everything from the last tick to this one follows it. */
function tickRange(box) {
  const every = boxes();
  const ends = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
  if (ends[0] >= 0) for (const between of every.slice(ends[0], ends[1] + 1)) between.checked = box.checked;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-tick]");
  if (!box) return;
  if (event.shiftKey && last) tickRange(box);
  last = box;
  drawBar();
});
all?.addEventListener("change", () => {
  for (const box of boxes()) box.checked = all.checked;
  drawBar();
});
bar.addEventListener("click", (event) => {
  const what = event.target.closest("[data-do]")?.dataset.do;
  if (what === "clear") untick();
  else if (what) act(what, ticked()).finally(drawBar);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !bar.hidden && event.target.matches("[data-tick], [data-selection] *")) untick();
});
new MutationObserver(drawBar).observe(document.querySelector("[data-rows]"), { childList: true });
// The browser may have kept ticks over a reload.
drawBar();
