// Ticking rows opens a bar with what can be done with them. The ticks themselves are the only record, but for
// "everything that matches", which reaches beyond the rows that are loaded.

const bar = document.querySelector("[data-selection]");
const all = document.querySelector("[data-tick-all]");
const reach = bar.querySelector('[data-do="everything"]');
/** @type {HTMLInputElement | null} */
let last = null;
let everything = false;
/** Ticked in a list before this one, whose rows may not be among those of this one. @type {Set<string>} */
const before = new Set();
/** @type {Act} */
let act = async (_what, { ids, filter, query }) => {
  const { openExport } = await import("./export_dialog.js");
  return openExport(filter ? query : `?ids=${ids.join(",")}`);
};

/** Let `other` do what the buttons of the bar say; without it, all that can be done is to export. @param {Act} other */
export const actBy = (other) => (act = other);

const boxes = () => [...document.querySelectorAll("[data-tick]")];

/** Give the ids of the ticked pictures, from top to bottom. */
export function ticked() {
  return boxes()
    .filter((box) => box.checked)
    .map(idOf);
}

/** @param {HTMLInputElement} box */
const idOf = (box) => box.closest("[data-image-id]").dataset.imageId;

/** What an action is about: the ticked rows, and the filters of the page when everything that matches is meant. */
function chosen() {
  const query = bar.dataset.filterQuery;
  const filter = everything ? Object.fromEntries(new URLSearchParams(query)) : null;
  return { ids: ticked(), query, filter, most: everything ? known() : undefined };
}

/** How many match in all, as the page says it: "1,240", "10,000+". */
const matching = () => document.querySelector("[data-total]").dataset.total;

/** The same as a number; undefined where nobody has counted to the end. */
function known() {
  const total = matching();
  return total.endsWith("+") ? undefined : Number(total.replaceAll(",", ""));
}

/** Draw the bar for what is ticked now. */
export function drawBar() {
  const every = boxes();
  const more = Boolean(document.querySelector("[data-load-more]"));
  for (const box of every) if (everything || before.delete(idOf(box))) box.checked = true;
  const count = every.filter((box) => box.checked).length;
  everything &&= count > 0;
  bar.hidden = count === 0;
  document.body.classList.toggle("is-selecting", !bar.hidden);
  bar.querySelector("[data-selection-count]").textContent = told(count);
  reach.hidden = everything || !more || count === 0;
  reach.textContent = `Select all ${matching()} that match`;
  if (!all) return;
  all.checked = count > 0 && count === every.length;
  all.indeterminate = count > 0 && count < every.length;
}

/** @param {number} count */
function told(count) {
  if (!count) return "";
  const elsewhere = before.size ? `, ${before.size} not in this list` : "";
  return everything ? `All ${matching()} selected` : `${count} selected${elsewhere}`;
}

/** How many that is, for the dialogs: "12 pictures", "all 1,240 pictures". */
function inWords() {
  if (everything) return `all ${matching()} pictures`;
  const count = ticked().length;
  return `${count} picture${count === 1 ? "" : "s"}`;
}

function untick() {
  everything = false;
  before.clear();
  for (const box of boxes()) box.checked = false;
  drawBar();
}

function selectEverything() {
  everything = true;
  drawBar();
  bar.querySelector("[data-selection-do] [data-do]").focus();
}

/** With Shift, everything from the last tick to this one follows it. @param {HTMLInputElement} box */
function tickRange(box) {
  const every = boxes();
  const ends = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
  if (ends[0] >= 0) for (const between of every.slice(ends[0], ends[1] + 1)) between.checked = box.checked;
}

document.addEventListener("click", (event) => {
  const box = event.target?.closest("[data-tick]");
  if (!box) return;
  everything &&= box.checked;
  if (event.shiftKey && last) tickRange(box);
  last = box;
  drawBar();
});
all?.addEventListener("change", () => {
  everything &&= all.checked;
  for (const box of boxes()) box.checked = all.checked;
  drawBar();
});
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
// Ticks are kept for rows that are in both lists, or come back; "everything that matches" was said of other filters.
document.addEventListener("list:replaced", () => {
  if (everything) untick();
  for (const id of ticked()) before.add(id);
});
document.addEventListener("list:counted", drawBar);
new MutationObserver(drawBar).observe(document.querySelector("[data-rows]"), { childList: true });
// The browser may have kept ticks over a reload.
drawBar();
