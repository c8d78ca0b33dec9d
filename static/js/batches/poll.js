// Asks which batches are at work, for everything on the page that shows it. Hidden tabs do not ask, and while nothing
// runs the server is asked once a minute at most.

import { api } from "../core/http.js";
import { HttpError } from "../core/http_error.js";

const RUNNING_MS = 2000;
const IDLE_MS = 60_000;
const TROUBLE_MS = 10_000;
let timer = 0;
/** @type {Promise<void> | null} */
let asking = null;
let again = false;

/**
 * Ask now; also called after something was started in this tab. Dispatches "batches:polled" on the document, with
 * the batches that run or are paused and the time on the server.
 */
export async function askNow() {
  again = Boolean(asking);
  asking ??= ask().finally(() => {
    asking = null;
    if (again) askNow();
  });
  return asking;
}

async function ask() {
  clearTimeout(timer);
  if (document.hidden) return;
  let pause = TROUBLE_MS;
  try {
    const detail = await api("GET", "/api/batches/active");
    pause = detail.batches.some((/** @type {BatchJson} */ batch) => batch.state === "running") ? RUNNING_MS : IDLE_MS;
    document.dispatchEvent(new CustomEvent("batches:polled", { detail }));
  } catch (error) {
    // The line is down or the server starts anew: nobody asked for this, so nobody is told.
    if (!(error instanceof HttpError)) throw error;
  } finally {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(askNow, pause);
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else askNow();
});
window.addEventListener("focus", askNow);
window.addEventListener("pageshow", (event) => event.persisted && askNow());

// After every module of the page has begun to listen.
setTimeout(askNow);
