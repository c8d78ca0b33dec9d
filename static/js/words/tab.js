// Which tab this is, by a random name; the numbers of the texts that are typed in it; which other tabs are alive.

import { openTypings } from "./open_typings.js";
import { useStorage } from "./storage.js";

const TAB = "words-tab";
const BROWSER = "words-browser";

/** Who types, by the id of the account; empty where there are no accounts. */
export const person = document.body.dataset.person ?? "";

// Only pages under https have randomUUID.
const random = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const browser = useStorage("localStorage", (storage) => {
  const known = storage.getItem(BROWSER) || random();
  storage.setItem(BROWSER, known);
  return known;
}) ?? random();

let last = 0; // the greatest number of a text so far

// The name is in the storage only between two pages of the tab: a tab that is duplicated finds none and takes its own.
// The last number goes with it: were the clock set back meanwhile, what is typed next would count as older and be dropped.
const take = () => useStorage("sessionStorage", (storage) => {
  const [name, number] = (storage.getItem(TAB) ?? "").split(" ");
  storage.removeItem(TAB);
  last = Math.max(last, Number(number) || 0);
  return name;
});

export const tab = take() || `${browser}-${random()}`;
addEventListener("pagehide", () => useStorage("sessionStorage", (storage) => storage.setItem(TAB, `${tab} ${last}`)));
addEventListener("pageshow", (event) => event.persisted && take());

/** Tell whether a tab is one of this browser. @param {string} name */
export const isOfThisBrowser = (name) => name.startsWith(`${browser}-`);

/** Give a number that is greater than all before it in this tab, and than `least`. */
export function nextNumber(least = 0) {
  last = Math.max(last + 1, least + 1, Date.now());
  return last;
}

// Whether another tab of this browser is alive: words are taken over from dead ones only.
//
// A channel and not a lock, because Web Locks need https, and a lock keeps a page from coming back from memory. Of other
// browsers nothing is heard: their tabs count as alive until nothing was typed there for two minutes, as one that is
// alive would have published by then.

// A page that is busy drawing takes its time; one that lives answers at once, as a rule.
const ANSWERS_MS = 1000;
/** @type {((name: string) => boolean)[]} */
const holders = [];
/** @type {BroadcastChannel | null} */
let channel = null;

function listen() {
  if (!("BroadcastChannel" in window)) return;
  channel = new BroadcastChannel("words");
  channel.addEventListener("message", ({ data }) => {
    const isMine = data.ask === tab || openTypings().some((typing) => typing.tab === data.ask) || holders.some((holds) => holds(data.ask));
    if (isMine) channel?.postMessage({ alive: data.ask });
  });
}

listen();
// A page that waits for its return is no tab, and an open channel may keep it from that.
addEventListener("pagehide", () => channel?.close());
addEventListener("pageshow", (event) => event.persisted && listen());

/** Have this page answer for other names, too: those that a function knows. @param {(name: string) => boolean} holds */
export const answerFor = (holds) => holders.push(holds);

/** Tell whether a page of a tab answers; null where nobody can be asked. @param {string} name @returns {Promise<boolean | null>} */
export async function isAlive(name) {
  if (!channel) return null;
  const asking = new BroadcastChannel("words");
  const answer = new Promise((resolve) => {
    asking.addEventListener("message", ({ data }) => data.alive === name && resolve(true));
    setTimeout(() => resolve(false), ANSWERS_MS);
  });
  asking.postMessage({ ask: name });
  return answer.finally(() => asking.close());
}
