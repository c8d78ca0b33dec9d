// Whether another tab of this browser is alive: words are taken over from dead ones only.
//
// A channel and not a lock, because Web Locks need https, and a lock keeps a page from coming back from memory. Of other
// browsers nothing is heard: their tabs count as alive until nothing was typed there for two minutes, as one that is
// alive would have published by then.

import { openTypings } from "./open_typings.js";
import { tab } from "./tab.js";

const ANSWERS_MS = 300;
/** @type {BroadcastChannel | null} */
let channel = null;

function listen() {
  if (!("BroadcastChannel" in window)) return;
  channel = new BroadcastChannel("words");
  channel.addEventListener("message", ({ data }) => {
    const isMine = data.ask === tab || openTypings().some((typing) => typing.tab === data.ask);
    if (isMine) channel?.postMessage({ alive: data.ask });
  });
}

listen();
// A page that waits for its return is no tab, and an open channel may keep it from that.
addEventListener("pagehide", () => channel?.close());
addEventListener("pageshow", (event) => event.persisted && listen());

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
