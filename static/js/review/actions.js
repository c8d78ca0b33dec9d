// What is decided in the review: it is shown at once, saved behind the page, and can be taken back.

import { allSaved, unsaved } from "../images/field_editor.js";
import { api } from "../core/http.js";
import { learn } from "../images/image_store.js";
import { refreshPanel } from "../images/panel.js";
import { cardOf, cards, current, freshen, go, goTo } from "./deck.js";
import { anyFailed, CHANGED, fail, forget } from "./failures.js";
import { failureOf, toast } from "../core/toast.js";
import { amend, take } from "../undo/acts.js";
import { undoOf } from "../undo/links.js";
import { offerUndo } from "../undo/offer.js";

/** @typedef {import("./card.js").Card} Card */

const acts = /** @type {ReviewAct[]} */ ([]); // what can be undone, the newest last

/** How many pictures were accepted. */
export const accepted = () => cards().filter((card) => card.accepted).length;

/** Wait until everything that was decided is saved or has failed. */
export const settled = () => Promise.all(cards().map((card) => card.line));

/** Mark the picture ready with the words that are shown, and go on. */
export function accept() {
  const card = current();
  if (!card) return;
  // Leaving a field saves it, and that save comes first.
  const focused = document.activeElement;
  if (focused?.matches("[data-edit-control]")) focused.blur();
  if (!card.accepted) {
    /** @type {ReviewAct} */
    const act = { card, accepts: true };
    card.accepted = true;
    offer(act, `Accepted: ${card.name}`);
    attempt(act, makeReady(act, shownWords(card)));
  }
  go(1);
}

/** @param {ReviewAct} act @param {Map<string, string>} shown */
function makeReady(act, shown) {
  const { card } = act;
  return async () => {
    await allSaved();
    if (unsaved(card.panel)) throw new Error("Some of its words are not saved yet.");
    if (isChanged(card, shown)) throw new Error(CHANGED);
    const version = Number(card.panel.dataset.version);
    const image = await api("PATCH", `/api/images/${card.id}`, { version, status: "ready" });
    took(card, image);
    knowUndo(act, undoOf(image));
  };
}

// What was not being edited when the person said yes must still be what they said yes to.
/** @param {Card} card */
function shownWords(card) {
  const controls = [...card.panel.querySelectorAll("[data-edit-control]")];
  return new Map(controls.filter((one) => one.value === one.defaultValue).map((one) => [one.name, one.value]));
}

/** @param {Card} card @param {Map<string, string>} shown */
function isChanged(card, shown) {
  return [...card.panel.querySelectorAll("[data-edit-control]")].some((one) => (shown.get(one.name) ?? one.value) !== one.value);
}

/** Remember what takes an act back, for this page and the next. @param {ReviewAct} act @param {string | undefined} undoing */
function knowUndo(act, undoing) {
  if (!undoing) return;
  act.back = async () => took(act.card, await api("POST", undoing));
  amend(act.id ?? "", { undo: undoing });
}

/** @param {Card} card @param {ImageJson} image */
function took(card, image) {
  learn(image);
  card.panel.dataset.version = image.version;
  card.panel.querySelector("[data-status]").dataset.status = image.status;
  card.stale = true;
  // Somebody stepped back to it meanwhile.
  if (card === current()) freshen(card);
}

/** @param {ReviewAct} act @param {() => Promise<void>} run */
function attempt(act, run) {
  const { card } = act;
  act.failed = false;
  card.queue(async () => {
    try {
      await run();
      forget(card);
    } catch (error) {
      act.failed = true;
      act.offer?.remove();
      card.accepted = false;
      card.stale = true;
      fail(card, failureOf(error), () => {
        card.accepted = act.accepts ?? false;
        attempt(act, run);
      });
    }
  });
}

/** @param {ReviewAct} act @param {string} text */
function offer(act, text) {
  for (const earlier of acts) earlier.offer?.remove();
  acts.push(act);
  const run = async () => takeBackHere(act);
  const { id, note } = offerUndo({ text, images: [Number(act.card.id)] }, { run });
  Object.assign(act, { id, offer: note });
}

/** Take back the last step: the picture comes back as it was before. */
export function undo() {
  const act = acts.at(-1);
  if (!act) return void toast("There is nothing to undo.");
  take(act.id ?? "");
  takeBackHere(act);
}

function takeBackHere(/** @type {ReviewAct} */ act) {
  acts.splice(acts.indexOf(act), 1);
  const { card } = act;
  act.offer?.remove();
  card.accepted = false;
  goTo(card);
  attempt({ card }, async () => {
    if (act.failed) return;
    await allSaved();
    await act.back?.();
    await refreshPanel(card.panel);
    toast(`Taken back: ${card.name}`);
  });
}

// A suggestion that was used: the words before it are in the history, with who had written them.
document.addEventListener("suggestion:taken", (event) => {
  const { where, image } = event.detail;
  const card = cardOf(where);
  if (!card || !undoOf(image)) return;
  event.preventDefault();
  const act = { card };
  offer(act, "The suggestion is in place.");
  knowUndo(act, undoOf(image));
});

addEventListener("beforeunload", (event) => {
  if (anyFailed() || cards().some((card) => card.busy)) event.preventDefault();
});
