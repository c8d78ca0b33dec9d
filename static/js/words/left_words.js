// Words that a tab left behind when it died: put in and saved when their picture is opened again, by the same person.

import { toast } from "../core/toast.js";
import { asText, load } from "../images/image_store.js";
import { say } from "./edit_state.js";
import { dropText, isOfForm, keptTexts } from "./kept_texts.js";
import { fieldOf, openTypings } from "./open_typings.js";
import { keepOnServer, listOnServer } from "./server.js";
import { SHARED_NAMES } from "./typing.js";
import { isAlive, isOfThisBrowser, tab } from "./tab.js";

const STILL_MS = 120_000;
const SENTENCE = "Words from before, put in and saved.";
/** @type {Typed[]} */
let left = [];
let line = Promise.resolve();

/** @param {{ id: string, field: string, tab: string }} a @param {{ id: string, field: string, tab: string }} b */
const isSame = (a, b) => a.id === b.id && a.field === b.field && a.tab === b.tab;
/** @param {Typed} typed */
const isOpenHere = (typed) => openTypings().some((typing) => isSame(typing, typed));

async function look() {
  const server = document.querySelector("[data-image-id]") ? await listOnServer() : [];
  const here = keptTexts().filter((one) => !isOfForm(one) && !isOpenHere(one));
  const all = [...here, ...server].sort((a, b) => b.number - a.number);
  const newest = all.filter((one, at) => all.findIndex((other) => isSame(one, other)) === at);
  const states = await Promise.all(newest.map(isDead));
  left = newest.filter((_, at) => states[at]);
  const others = newest.filter((one, at) => !states[at] && !isOfThisBrowser(one.tab) && !isOpenHere(one));
  const waits = others.map((one) => STILL_MS - (Date.now() - one.at));
  if (waits.length) setTimeout(again, Math.max(1000, ...waits));
  putIn();
  for (const one of left) if (here.includes(one)) hand(one);
}

/** @param {Typed} typed */
async function isDead(typed) {
  if (isOpenHere(typed)) return false;
  if (typed.tab === tab) return true;
  const alive = isOfThisBrowser(typed.tab) ? await isAlive(typed.tab) : null;
  return alive === null ? Date.now() - typed.at >= STILL_MS : !alive;
}

/** Put in what belongs to fields that are on the page by now; the rest waits for them. */
function putIn() {
  for (const typed of left) {
    if (!fieldOf(typed)?.isFree) continue;
    left = left.filter((other) => other !== typed);
    // One after the other: of two for one field the second is a clash.
    line = line.then(() => put(typed)).catch((error) => console.debug("Words from before wait for another time.", error));
  }
}

/** @param {Typed} typed */
async function put(typed) {
  const now = asText((await load(typed.id))[typed.field]);
  const found = fieldOf(typed);
  if (!found?.isFree) return void left.push(typed);
  const { typing } = found;
  const { control } = typing;
  const isName = SHARED_NAMES.includes(typed.field) && typed.text !== now && typed.was === now;
  if (!isName) control.value = typed.text;
  typing.takeOver(typed, now);
  if (typed.text === now) return void typing.giveUp();
  if (typed.was !== now) return typing.clash(now);
  if (isName) return askFor(typed, typing);
  if (!(await typing.publish())) return undefined;
  const placed = typing.was;
  const undo = () => {
    // What was typed or published since is newer than what this takes back.
    if (typing.was !== placed || control.value.trim() !== placed.trim()) return void toast("It was changed since, so it stays as it is.");
    control.value = typed.was;
    return typing.publish();
  };
  say(typing.place(), "left", SENTENCE, { act: { label: "Undo", run: undo } });
  tellAbove(typing.place(), undo);
  return undefined;
}

/** Half a name would be a new one for everybody: whoever typed it says whether it is whole. @param {Typed} typed @param {FoundField["typing"]} typing */
function askFor({ text }, typing) {
  const use = () => {
    typing.control.value = text;
    return typing.publish();
  };
  say(typing.place(), "left", `You had typed “${text}”.`, { act: { label: "Use it", run: use } });
}

/** On a phone the field may be out of sight: the same stands once above the words. @param {HTMLElement} place @param {() => unknown} undo */
function tellAbove(place, undo) {
  const note = place.closest("[data-panel]")?.querySelector("[data-left-words]");
  if (!note) return;
  const run = () => {
    note.hidden = true;
    undo();
  };
  // Of several each has its own way back at its field.
  say(note, "left", SENTENCE, { silent: true, act: note.hidden ? { label: "Undo", run } : null });
  note.hidden = false;
}

/** Hand words whose picture is elsewhere to the server, where other devices have them, too. @param {Typed} typed */
async function hand(typed) {
  await keepOnServer(typed).then(
    () => dropText(typed),
    (error) => console.debug("Words wait in this browser.", error),
  );
}

function again() {
  look().catch((error) => console.debug("Words from before were not looked for.", error));
}

again();
document.addEventListener("connection:back", again);
new MutationObserver(() => left.length && putIn()).observe(document.body, { childList: true, subtree: true });
