// The keys of the library's list: moving in it, ticking, and what is done with pictures (list_acts.js, when first wanted).

import { comeIn, focusRow, isTable, rowAt } from "./list_grid.js";
import { isCommand, isPlain, isTyping, letterOf, lettersAreKeys } from "./letters.js";
import { beside, inNextLine, inTurn, makeWay, middleOf, outermost, stopsIn } from "./moves.js";
import { loadNext } from "../library/load_more.js";
import { rowOf } from "../library/rows.js";
import { lastTicked, tick, tickRange, tickShown, untick } from "../library/selection.js";
import { isTicked, tickedAnywhere } from "../selection/ticks.js";
import { toastError } from "../core/toast.js";

const ACTS = { e: "edit", g: "generate", a: "ready", c: "collection", t: "tags", Delete: "trash", f: "view", " ": "view" };
const OPEN_MENU = "details[data-menu-details][open], [data-row-menu]:not([hidden])";
/** @type {number | null} */
let wanted = null; // where up and down are heading to, from left to right

/** @param {number} way */
async function goOn(way) {
  const row = rowAt();
  if (!row) return;
  await makeWay(row, way);
  let next = beside(row, way);
  if (!next && way > 0 && (await loadNext())) next = beside(row, way);
  focusRow(next ?? row);
}

/** @param {number} way */
async function goLine(way) {
  if (isTable()) return goOn(way);
  const row = rowAt();
  if (!row) return;
  wanted ??= middleOf(row);
  await makeWay(row, way);
  focusRow(inNextLine(row, way, wanted) ?? row);
}

/** Left and right go through the controls of a row; before the first one is the row. @param {Element} from @param {number} way */
function goStop(from, way) {
  const row = rowOf(from);
  const stops = [row, ...stopsIn(row)];
  stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(from) + way))].focus();
}

/** @param {HTMLElement} row @param {boolean} upTo */
function tickRow(row, upTo) {
  const { imageId: id = "" } = row.dataset;
  const on = !isTicked(id);
  const from = lastTicked();
  if (upTo && from) tickRange(from, id, true);
  else tick([id], on);
}

/** @param {string} name @param {HTMLElement | null} row */
async function act(name, row) {
  const { doAct } = await import("./list_acts.js");
  await doAct(name, row?.dataset.imageId);
}

async function showLine() {
  const { showKeysLine } = await import("./keys_line.js");
  await showKeysLine();
}

/** Escape leads out, one step at a time: from a control to its row, then from the ticks. @param {HTMLElement | null} row @param {Element} from */
function leave(row, from) {
  if (document.querySelector(OPEN_MENU)) return false;
  if (row && from !== row) row.focus();
  else if (tickedAnywhere()) untick();
  else return false;
  return true;
}

/** Do what a key means that nobody types; false when it is not ours. @param {KeyboardEvent} event @param {HTMLElement | null} row @returns {unknown} */
function pressNamed(event, row) {
  const { key } = event;
  const from = /** @type {Element} */ (event.target);
  if (key === "Escape") return leave(row, from);
  if (key === "Delete") return !event.repeat && press("trash", row);
  if (!row) return false;
  const inside = from !== row;
  /** @type {Record<string, () => unknown>} */
  const moves = {
    ArrowDown: () => goLine(1),
    ArrowUp: () => goLine(-1),
    ArrowRight: () => (isTable() || inside ? goStop(from, 1) : goOn(1)),
    ArrowLeft: () => (isTable() || inside ? goStop(from, -1) : goOn(-1)),
    Home: () => outermost(-1).then(focusRow),
    End: () => outermost(1).then(focusRow),
  };
  if (key !== "ArrowUp" && key !== "ArrowDown") wanted = null;
  if (key.startsWith("Arrow")) showLine().catch(toastError);
  if (Object.hasOwn(moves, key)) return inTurn(moves[key]);
  // Where a control has the focus these are its own.
  if (inside) return false;
  if (key === "F2") return goStop(row, 1) ?? true;
  if (key === "Enter") return row.querySelector("a[href]").click() ?? true;
  return key === " " && press("view", row);
}

/** @param {string} name @param {HTMLElement | null} row */
function press(name, row) {
  if (!row && !tickedAnywhere()) return false;
  // A move before it may wait for rows: meant is where that leads.
  return inTurn(() => void act(name, row && rowAt()).catch(toastError));
}

/** @param {KeyboardEvent} event @param {HTMLElement | null} row @returns {unknown} */
function pressLetter(event, row) {
  const key = letterOf(event);
  if (key === "x" && row && !event.repeat) return inTurn(() => tickRow(rowAt() ?? row, event.shiftKey));
  if (!isPlain(event)) return false;
  if (key === "j" || key === "k") {
    wanted = null;
    showLine().catch(toastError);
    // Whoever is elsewhere comes to the list first, before he goes on from there.
    return inTurn(row ? () => goOn(key === "j" ? 1 : -1) : comeIn);
  }
  return !event.repeat && Object.hasOwn(ACTS, key) && press(ACTS[/** @type {"e"} */ (key)], row);
}

/** @param {KeyboardEvent} event @returns {unknown} */
function answer(event) {
  const row = event.target instanceof Element ? rowOf(event.target) : null;
  if (isTyping(event)) return event.key === "Tab" && row && leaveEditor(event, row);
  if (letterOf(event) === "a" && isCommand(event) && rowAt()) return tickShown() ?? true;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const named = event.key.length > 1 || event.key === " ";
  return named ? !event.shiftKey && pressNamed(event, row) : lettersAreKeys() && pressLetter(event, row);
}

/** From words that are typed in a row Tab leads to its next control, not past the whole list. @param {KeyboardEvent} event @param {Element} row */
function leaveEditor(event, row) {
  const stops = [...row.querySelectorAll("a[href], button, input, textarea, select, [tabindex]")].filter((one) => one.getClientRects().length);
  const next = stops[stops.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
  next?.focus();
  return Boolean(next);
}

// Before the others: a menu that Escape closes is still open then.
document.addEventListener("keydown", (event) => answer(event) && event.preventDefault(), true);
