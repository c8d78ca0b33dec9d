// The first script of every page. It hears what a person does while the others are on their way, has them loaded at once, and
// does it then: no click, key or file is lost.

import { again, release, take } from "./held.js";
import { loadAll, whenIdle } from "./later.js";

const PATIENCE_MS = 5000;
const WAITING = "This page is still loading. What you pressed is done as soon as it has.";
const UNLOADED = "A part of this page could not be loaded: the server could not be reached. What you pressed waits for it.";
// Safari sends the last key of a composition after its end, without isComposing: the key code tells it (WebKit 165004).
const TO_THE_INPUT_METHOD = 229;
const HEARD = ["click", "submit", "keydown", "input", "change", "paste", "dragenter", "dragover", "drop", "focusin"];
let ready = false;
let waits = 0;

// Keys that belong to a composition (Chinese, Japanese, Korean …) mean something to the input method alone: no script
// of ours hears them, so no Enter that ends one saves, and no Escape that gives one up closes anything.
addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === TO_THE_INPUT_METHOD) event.stopImmediatePropagation();
}, true);

/** @param {Event} event */
function hear(event) {
  if (!ready && take(event)) hurry();
}

/** Load what is missing, and do what was held; whoever waits for long is told. */
function hurry() {
  waits ||= setTimeout(() => say(WAITING), PATIENCE_MS);
  run().catch((error) => {
    console.warn("Scripts of this page could not be loaded.", error);
    say(UNLOADED, hurry);
  });
}

async function run() {
  try {
    await loadAll();
  } finally {
    clearTimeout(waits);
    waits = 0;
  }
  if (ready) return;
  ready = true;
  document.querySelector("[data-unloaded]")?.remove();
  for (const name of HEARD) removeEventListener(name, hear, true);
  release();
  again();
  performance.mark("all-loaded");
}

/** Say something without the scripts that say everything else. @param {string} text @param {() => void} [tryAgain] */
function say(text, tryAgain) {
  document.querySelector("[data-unloaded]")?.remove();
  const note = Object.assign(document.createElement("div"), { className: "toast-note" });
  note.dataset.unloaded = "";
  note.append(Object.assign(document.createElement("span"), { className: "toast-text", textContent: text }));
  document.querySelector("[data-toasts]")?.append(note);
  if (!tryAgain) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-line", textContent: "Try again" });
  button.addEventListener("click", () => {
    note.remove();
    tryAgain();
  });
  note.append(button);
}

for (const name of HEARD) addEventListener(name, hear, true);
addEventListener("online", () => ready || hurry());
performance.mark("usable");
// Whoever comes back finds the place of before by a script that is not here yet.
const [{ type = "navigate" } = {}] = performance.getEntriesByType("navigation");
const comesBack = type !== "navigate" || document.referrer.startsWith(`${location.origin}/images/`);
if (comesBack) hurry();
else whenIdle().then(run).catch((error) => console.warn("Scripts of this page wait for the first click.", error));
