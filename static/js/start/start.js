// The first script of every page. The others, which its template names (_scripts.html), load once the page stands, or at once when
// somebody does something; what a person does meanwhile is held, and done when they are there.

import { again, leaveFreely, release, take } from "./held.js";

document.documentElement.dataset.started = ""; // without it the page says that it did not (templates/base.html)
// How the server drew what a page takes up anew (navigation/fresh_page.js), before any script changes it.
export const drawnFirst = document.querySelector("main[data-fresh]")?.cloneNode(true);
export const titleFirst = document.title;
const NAMES = document.querySelector("meta[name=later]").content.split(" ");
const ROOT = new URL("../../", import.meta.url);
const PARTS = "/parts"; // what scripts show, and a page leaves out (templates/_parts.html)
const SOON_MS = 1500; // a browser that is never idle, and Safari, which does not tell
const PATIENCE_MS = 5000;
const WAITING = "This page is still loading. What you pressed is done as soon as it has.";
const UNLOADED = "A part of this page could not be loaded: the server could not be reached. What you pressed waits for it.";
const STILL_UNLOADED = "A part of this page could still not be loaded. Load the page again: what you typed is kept.";
const SIGNED_OUT = "You were signed out. Sign in in a new tab, then try again: what you pressed waits.";
// Safari sends the last key of a composition after its end, without isComposing: the key code tells it (WebKit 165004).
const TO_THE_INPUT_METHOD = 229;
const HEARD = ["click", "submit", "keydown", "input", "change", "paste", "dragenter", "dragover", "drop", "focusin", "words:saved"];
let loading = /** @type {Promise<void> | null} */ (null);
let [ready, waits, failures] = [false, 0, 0];

// Keys that belong to a composition (Chinese, Japanese, Korean …) mean something to the input method alone: no script
// of ours hears them, so no Enter that ends one saves, and no Escape that gives one up closes anything.
addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === TO_THE_INPUT_METHOD) event.stopImmediatePropagation();
}, true);

/** @param {string} name */
const addressOf = (name) => new URL(name, ROOT).href;

/** Load them all, once; what failed is begun anew by the next call. Rejects where the server cannot be reached. */
function loadAll() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load() {
  // Which script imports which, as the server read it (artworks/web/assets.py).
  // eslint-disable-next-line no-restricted-syntax -- written by the server
  await Promise.all([import(addressOf("imports.js")).then((named) => preload(named.default)), drawParts()]);
  // eslint-disable-next-line no-restricted-syntax -- named by the template, which the server reads
  for (const name of NAMES) await import(addressOf(name));
}

/** Put in what scripts find on the page and people do not see yet. */
async function drawParts() {
  if (document.querySelector("[data-parts]")) return;
  const answer = await fetch(PARTS, { headers: { Accept: "text/html" } });
  // Scripts that do not find their parts would fail for good: they are not begun without.
  if (answer.redirected || answer.status === 401) throw new Error(SIGNED_OUT);
  if (!answer.ok) throw new Error(`${PARTS}: ${answer.status}`);
  const holder = Object.assign(document.createElement("template"), { innerHTML: await answer.text() });
  const mark = Object.assign(document.createElement("meta"), { name: "parts" });
  mark.dataset.parts = "";
  // Some have their place on pages of one kind.
  for (const part of holder.content.querySelectorAll("[data-into]")) (document.querySelector(part.dataset.into) ?? part.parentNode).append(part);
  for (const part of holder.content.querySelectorAll("[data-into]")) part.remove();
  document.body.append(holder.content, mark);
}

/** Ask for everything that they import, and that may be loaded by name later, at once: none waits until another was read. @param {Record<string, [string[], string[]]>} imports */
function preload(imports) {
  const needed = new Set(NAMES);
  for (const name of needed) for (const other of imports[name]?.[0] ?? []) needed.add(other);
  // What may be needed only perhaps comes after what the page runs.
  for (const name of needed) for (const other of imports[name]?.flat() ?? []) needed.add(other);
  for (const link of document.querySelectorAll("link[rel=modulepreload]")) needed.delete(link.href.slice(ROOT.href.length));
  const links = [...needed].map((name) => Object.assign(document.createElement("link"), { rel: "modulepreload", href: addressOf(name) }));
  document.head.append(...links);
}

/** Wait until the page is to be seen and nothing else is to be done; its pictures may still be on their way. */
async function whenIdle() {
  const painted = new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  // A page that nobody looks at is not painted.
  await Promise.race([painted, new Promise((resolve) => setTimeout(resolve, SOON_MS))]);
  await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve, { timeout: SOON_MS }));
}

/** @param {Event} event */
function hear(event) {
  if (!ready && take(event)) hurry();
}

/** Load what is missing, and do what was held; whoever waits for long is told. */
function hurry() {
  waits ||= setTimeout(() => say(WAITING), PATIENCE_MS);
  run().catch((error) => {
    console.warn("Scripts of this page could not be loaded.", error);
    if (error.message === SIGNED_OUT) return say(SIGNED_OUT, hurry);
    failures += 1;
    return failures === 1 ? say(UNLOADED, hurry) : say(STILL_UNLOADED, reload, "Load again");
  });
}

/** Begin anew, if the server is there: Firefox never asks again for a module that once did not come, Safari not even on the next page. */
function reload() {
  const modules = [...document.querySelectorAll("link[rel=modulepreload]")].map(({ href }) => href);
  const asked = [addressOf("imports.js"), ...NAMES.map(addressOf), ...modules].map((address) => fetch(address, { cache: "reload" }));
  Promise.all(asked).then(() => leaveFreely() ?? location.reload(), () => say(UNLOADED, reload));
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
  // Not by performance.mark, as below: a test whose clock stands still could not read that.
  document.documentElement.dataset.loaded = "";
}

/** Say something without the scripts that say everything else. @param {string} text @param {() => unknown} [tryAgain] */
function say(text, tryAgain, label = "Try again") {
  document.querySelector("[data-unloaded]")?.remove();
  const note = Object.assign(document.createElement("div"), { className: "toast-note" });
  note.dataset.unloaded = "";
  note.append(Object.assign(document.createElement("span"), { className: "toast-text", textContent: text }));
  document.querySelector("[data-toasts]")?.append(note);
  if (!tryAgain) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-line", textContent: label });
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
// And some pages are nothing without theirs, which they name themselves.
const isAtOnce = comesBack || document.querySelector("meta[name=later][data-at-once]");
(isAtOnce ? run() : whenIdle().then(run)).catch((error) => console.warn("Scripts of this page wait for the first click.", error));
