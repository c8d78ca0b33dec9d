// Ticking rows opens a bar with what can be done with them. Beyond the ticks (selection/ticks.js) there is "everything
// that matches", which reaches further than what is loaded.

import { idsOf, listIds } from "../endless/list_ids.js";
import { clear, forgetRemoved, idsBetween, isTicked, mark, takeKept, ticked, tickedAnywhere } from "../selection/ticks.js";
import "./row_parts.js";

const bar = document.querySelector("[data-selection]");
const all = document.querySelector("[data-tick-all]");
const reach = bar.querySelector('[data-do="everything"]');
/** @type {string | null} */
let last = null;
let everything = false;
/** @type {Act} */
let act = async (_what, { ids, filter, query }) => (await import("./export_dialog.js")).openExport(filter ? query : `?ids=${ids.join(",")}`);

/** Let `other` do what the buttons of the bar say; without it, all that can be done is to export. @param {Act} other */
export const actBy = (other) => (act = other);

const boxes = () => [...document.querySelectorAll("[data-tick]")];

/** @param {Element} box */
const idOf = (box) => String(box.closest("[data-image-id]")?.dataset.imageId);

/** What an action is about: the ticked rows, and the filters of the page when everything that matches is meant. */
export function chosen() {
  const query = bar.dataset.filterQuery;
  const filter = everything ? Object.fromEntries(new URLSearchParams(query)) : null;
  return { ids: ticked(), query, filter, most: everything ? known() : undefined };
}

/** How many match in all, as the page says it: "1,240", "10,000+". */
const matching = () => document.querySelector("[data-total]").dataset.total;

/** The same as a number; undefined where nobody has counted to the end. */
const known = () => (matching().endsWith("+") ? undefined : Number(matching().replaceAll(",", "")));

/** Draw the boxes and the bar for what is ticked now. */
export function drawBar() {
  const every = listIds();
  if (everything) mark(every, true);
  const count = ticked().length;
  everything &&= count > 0;
  for (const box of boxes()) box.checked = isTicked(idOf(box));
  bar.hidden = count === 0;
  document.body.classList.toggle("is-selecting", !bar.hidden);
  bar.querySelector("[data-selection-count]").textContent = told(count);
  reach.hidden = everything || !document.querySelector("[data-load-more]") || count === 0;
  reach.textContent = `Select all ${matching()} that match`;
  if (!all) return;
  all.checked = count > 0 && count === every.length;
  all.indeterminate = count > 0 && count < every.length;
}

/** @param {number} count */
function told(count) {
  if (!count) return "";
  const others = tickedAnywhere() - count;
  const elsewhere = others ? `, ${others} not in this list` : "";
  return everything ? `All ${matching()} selected` : `${count} selected${elsewhere}`;
}

/** The same for the dialogs: "12 pictures", "all 1,240 pictures". */
function inWords() {
  if (everything) return `all ${matching()} pictures`;
  const count = ticked().length;
  return `${count} picture${count === 1 ? "" : "s"}`;
}

export { isTicked, ticked };
/** Give the picture that was ticked last by itself, by whichever means. */
export const lastTicked = () => last;

/** Tick pictures, or take their ticks away. @param {string[]} ids @param {boolean} on */
export function tick(ids, on) {
  everything &&= on;
  mark(ids, on);
  if (ids.length === 1) [last] = ids;
  drawBar();
}

/** Tick from one picture to another. @param {string} from @param {string} to @param {boolean} on */
export function tickRange(from, to, on) {
  tick([...idsBetween(from, to), to], on);
  last = to;
}

/** Tick all that are loaded, also those whose rows were let go. */
export const tickShown = () => tick(listIds(), true);

export function untick() {
  everything = false;
  clear();
  drawBar();
}

function selectEverything() {
  everything = true;
  drawBar();
  bar.querySelector("[data-selection-do] [data-do]").focus();
}

document.addEventListener("click", (event) => {
  const box = event.target?.closest("[data-tick]");
  if (!box) return;
  if (event.shiftKey && last) tickRange(last, idOf(box), box.checked);
  else tick([idOf(box)], box.checked);
});
all?.addEventListener("change", () => tick(listIds(), all.checked));

/** Whoever pressed something in a menu stands on what opens it. @param {any} pressed */
function closeMenus(pressed) {
  for (const menu of bar.querySelectorAll("details[open]")) {
    menu.open = false;
    if (!pressed?.getClientRects().length) menu.querySelector("summary").focus();
  }
}

bar.addEventListener("click", (/** @type {MouseEvent} */ event) => {
  const what = event.target?.closest("[data-do]")?.dataset.do;
  if (what === "clear") untick();
  else if (what === "everything") selectEverything();
  else if (what) act(what, chosen(), inWords()).finally(drawBar);
  if (what) closeMenus(event.target);
});
// While a menu of the bar is open Escape closes it, which happens after this.
document.addEventListener("keydown", (event) => {
  const ours = event.target?.matches("[data-tick], [data-selection] *") && !bar.querySelector("details[open]");
  if (event.key === "Escape" && !bar.hidden && ours) untick();
}, true);
document.addEventListener("batches:started", untick);

const watcher = new MutationObserver((records) => {
  forgetRemoved(records.flatMap(({ removedNodes }) => [...removedNodes].flatMap(idsOf)));
  drawBar();
});
watcher.observe(document.querySelector("[data-rows]"), { childList: true });
// Ticks are kept for rows that are in both lists, or come back; "everything that matches" was said of other filters.
document.addEventListener("list:replaced", () => {
  if (everything) untick();
  queueMicrotask(() => {
    watcher.takeRecords();
    drawBar();
  });
});
document.addEventListener("list:counted", drawBar);
takeKept();
// The browser may have kept ticks over a reload.
mark(boxes().filter((box) => box.checked).map(idOf), true);
drawBar();
