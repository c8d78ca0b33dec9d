// What is decided in the review: it is shown at once, saved behind the page, and can be taken back.

import { allSaved, unsaved } from "../images/field_editor.js";
import { api } from "../core/http.js";
import { learn } from "../images/image_store.js";
import { refreshPanel } from "../images/panel.js";
import { cardOf, cards, current, freshen, go, goTo } from "./deck.js";
import { anyFailed, CHANGED, fail, forget } from "./failures.js";
import { failureOf, toast } from "../core/toast.js";

/** @typedef {import("./card.js").Card} Card */

/** @type {ReviewAct[]} */
const acts = []; // what can be undone, the newest last: {card, accepts, back, failed, offer}

/** How many pictures were accepted. */
export const accepted = () => cards().filter((card) => card.accepted).length;

/** Wait until everything that was decided is saved or has failed. */
export const settled = () => Promise.all(cards().map((card) => card.line));

/** @param {Card} card */
const statusOf = (card) => card.panel.querySelector("[data-status]").dataset.status;

/** Mark the picture ready with the words that are shown, and go on. */
export function accept() {
  const card = current();
  if (!card) return;
  // Leaving a field saves it, and that save comes first.
  const focused = document.activeElement;
  if (focused?.matches("[data-edit-control]")) focused.blur();
  if (!card.accepted) {
    const before = statusOf(card);
    const act = { card, accepts: true, back: () => write(card, before) };
    card.accepted = true;
    remember(act, `Accepted: ${card.name}`);
    attempt(act, makeReady(card, shownWords(card)));
  }
  go(1);
}

/** @param {Card} card @param {Map<string, string>} shown */
function makeReady(card, shown) {
  return async () => {
    await allSaved();
    if (unsaved(card.panel)) throw new Error("Some of its words are not saved yet.");
    if (isChanged(card, shown)) throw new Error(CHANGED);
    await write(card, "ready");
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

/** @param {Card} card @param {string} status */
async function write(card, status) {
  const version = Number(card.panel.dataset.version);
  took(card, await api("PATCH", `/api/images/${card.id}`, { version, status }));
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
function remember(act, text) {
  for (const earlier of acts) earlier.offer?.remove();
  acts.push(act);
  act.offer = toast(text, { action: { label: "Undo", run: undo } });
}

/** Take back the last step: the picture comes back as it was before. */
export function undo() {
  const act = acts.pop();
  if (!act) return void toast("There is nothing to undo.");
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
document.addEventListener("suggestion:taken", ({ detail: { where } }) => {
  const card = cardOf(where);
  if (!card) return;
  const before = statusOf(card);
  remember({ card, back: () => restore(card, before) }, "The suggestion is in place.");
});

/** @param {Card} card @param {string} status */
async function restore(card, status) {
  const { revisions } = await api("GET", `/api/images/${card.id}/revisions`);
  const last = revisions.findIndex((/** @type {RevisionJson} */ one) => one.action !== "edit" || Object.keys(one.changes).some((field) => field !== "status"));
  const before = revisions[last + 1];
  if (revisions[last]?.action !== "accept" || !before) throw new Error("It was changed since. The old words are in its history.");
  const version = Number(card.panel.dataset.version);
  took(card, await api("POST", `/api/images/${card.id}/revisions/${before.id}/restore`, { version }));
  if (statusOf(card) !== status) await write(card, status);
}

addEventListener("beforeunload", (event) => {
  if (anyFailed() || cards().some((card) => card.busy)) event.preventDefault();
});
