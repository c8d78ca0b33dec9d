// Words that were typed into a form before and never sent: put in when the form is opened again, by the same person.
// Where that would change something unseen, or half a name would count, they are offered (data-keep-words="ask").

import { quietApi } from "../core/http.js";
import { chooseText } from "../images/conflict_dialog.js";
import { say } from "./edit_state.js";
import { lineOf } from "./form_line.js";
import { controlsOf, isOpenHere, keepOf, nameOf, placeOf } from "./form_words.js";
import { dropText, hasNobodys, keptTexts, takeNobodys } from "./kept_texts.js";
import { isAlive, tab } from "./tab.js";

const STILL_MS = 120_000;
const LONGEST_SHOWN = 80;
// The page is the answer to a form: mostly to one that was not taken, and then it shows what was sent.
const isAnswer = "answer" in document.body.dataset;
/** @type {WeakSet<TextControl>} */
const seen = new WeakSet();

/** @param {Node} node */
function lookIn(node) {
  if (node instanceof HTMLElement) controlsOf(node).forEach(look);
}

/** @param {TextControl} control */
function look(control) {
  if (seen.has(control)) return;
  seen.add(control);
  putBack(control).catch((error) => console.debug("Words from before wait for another time.", error));
}

/** @param {TextControl} control */
async function putBack(control) {
  const { id, field } = placeOf(control);
  const left = keptTexts().filter((one) => one.id === id && one.field === field).sort((a, b) => b.number - a.number);
  for (const one of left) if (await isDead(one)) return offer(control, one);
  return undefined;
}

/** @param {Typed} typed */
async function isDead(typed) {
  const name = nameOf(typed);
  if (typed.tab === tab) return !isOpenHere(name);
  const alive = await isAlive(name);
  return alive === null ? Date.now() - typed.at >= STILL_MS : !alive;
}

/** @param {TextControl} control @param {Typed} left */
function offer(control, left) {
  const now = control.defaultValue;
  const isRefused = isAnswer || control.getAttribute("aria-invalid") === "true";
  if (left.text === now) return isRefused ? takeOver(control, left, left.was) : dropText(left);
  // That it was taken is told by the page after this answer.
  if (isAnswer && left.sent) return undefined;
  // In an empty field nothing can be overwritten.
  if (left.was !== now && now.trim() && document.getElementById("clash-template")) return clash(control, left);
  // Some browsers bring back by themselves what was typed before a page was loaded anew.
  const isIn = control.value === left.text;
  if (!isIn && (control.value !== now || control.dataset.keepWords === "ask")) return ask(control, left);
  put(control, left);
  return tell(control);
}

/** @param {TextControl} control */
function tell(control) {
  const { place, end } = lineOf(control);
  const out = () => {
    end();
    write(control, control.defaultValue);
    control.focus();
  };
  control.addEventListener("input", (/** @type {Event} */ event) => event.isTrusted && end());
  say(place, "left", "Words from before, put in.", { act: { label: "Take them out", run: out } });
}

/** Words are this tab's from now on. @param {TextControl} control @param {Typed} left @param {string} was */
function takeOver(control, left, was = control.defaultValue) {
  if (left.tab !== tab) dropText(left);
  keepOf(control, was, left.text);
}

/** @param {TextControl} control @param {Typed} left */
function put(control, left) {
  takeOver(control, left);
  write(control, left.text);
}

/** @param {TextControl} control @param {string} text */
function write(control, text) {
  control.value = text;
  control.dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {TextControl} control @param {Typed} left */
function ask(control, left) {
  const { place, end } = lineOf(control);
  const use = () => {
    end();
    put(control, left);
    control.focus();
    control.dispatchEvent(new Event("change", { bubbles: true }));
  };
  // Sent without them by somebody who has seen them, they are not wanted.
  control.addEventListener("words:taken", () => place.offsetParent && dropText(left), { once: true, capture: true });
  const { text } = left;
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  say(place, "left", `You had typed “${shown}”.`, { act: { label: "Use it", run: use } });
}

/** @param {TextControl} control @param {Typed} left */
function clash(control, left) {
  const { place, end } = lineOf(control);
  const choose = async () => {
    const choice = await chooseText(left.text, control.defaultValue);
    if (choice !== "later") end();
    if (choice === "mine") put(control, left);
    if (choice === "theirs") dropText(left);
    // The dialog stood beside the menu of the form, which has closed by that.
    control.closest("details")?.setAttribute("open", "");
    control.focus();
  };
  say(place, "clash", "Changed elsewhere.", { act: { label: "See both", run: choose } });
}

/** Words that were typed before anybody had an account are those of the first who has one. */
async function inherit() {
  if (hasNobodys() && (await quietApi("GET", "/api/autosaves")).first) takeNobodys();
}

inherit().catch((error) => console.debug("Nobody's words wait for another time.", error)).finally(() => lookIn(document.body));
new MutationObserver((records) => {
  for (const { addedNodes } of records) addedNodes.forEach(lookIn);
}).observe(document.body, { childList: true, subtree: true });
