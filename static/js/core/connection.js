// Whether the server can be reached. What does not reach it says so here; then the page knocks until it answers, tells
// so in one message, and lets everybody know ("connection:back" on the document), so that things heal by themselves.

import { toast } from "./toast.js";

const LEAVING_MS = 150;
const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
const SILENT_MS = 10_000; // who has not answered by then is not there
const SAID = "There is no connection to the server. What you typed stays here, and it is tried again by itself.";

let leaving = false;
let lost = false;
let knocking = false;
let pause = 0;
let reached = 0; // when the server answered after it had been looked for
let timer = 0;
/** @type {HTMLElement | null} */
let note = null;

/**
 * Note that a call did not reach the server. Resolves to false when the page is being left: browsers end its calls then,
 * and some tell that as a failure.
 */
export async function tellLost() {
  await new Promise((resolve) => setTimeout(resolve, LEAVING_MS));
  if (leaving) return false;
  lost = true;
  suspect();
  return true;
}

/** Look whether the server is there, unless that is being done. */
export function suspect() {
  if (knocking) return;
  knocking = true;
  // Where some calls fail while others reach the server, what heals is not to begin at once again and again.
  if (Date.now() - reached > LONGEST_MS) pause = 0;
  timer = setTimeout(knock, pause);
  pause = longer(pause);
}

const longer = (/** @type {number} */ before) => Math.min(Math.max(before * 2, FIRST_MS), LONGEST_MS);

/** Note that the server answered. */
export function tellReached() {
  if (!knocking) return;
  clearTimeout(timer);
  [knocking, reached] = [false, Date.now()];
  if (!lost) return;
  lost = false;
  for (const told of document.querySelectorAll("[data-unreached]")) told.remove();
  if (note) toast("The server is there again.");
  note?.remove();
  note = null;
  document.dispatchEvent(new CustomEvent("connection:back"));
}

async function knock() {
  clearTimeout(timer);
  if (!knocking) return;
  const there = await answers();
  if (there) return tellReached();
  if (leaving) return;
  lost = true;
  note ??= toast(SAID, { kind: "error" });
  clearTimeout(timer);
  timer = setTimeout(knock, pause);
  pause = longer(pause);
}

async function answers() {
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), SILENT_MS);
  try {
    const { ok } = await fetch("/healthz", { cache: "no-store", signal: stop.signal });
    return ok;
  } catch {
    return false;
  } finally {
    clearTimeout(limit);
  }
}

addEventListener("online", knock);
addEventListener("pagehide", () => (leaving = true));
// A page that comes back from the browser's memory goes on where it stopped.
addEventListener("pageshow", () => {
  leaving = false;
  knock();
});
document.addEventListener("visibilitychange", () => document.hidden || knock());
