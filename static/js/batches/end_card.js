// What came of a batch, in the corner of every page of this tab until somebody acted on it.

import { askNow } from "./poll.js";
import { setTitlePart } from "./tab_title.js";
import { api, fragment } from "../core/http.js";
import { failureOf, toast, toastError } from "../core/toast.js";
import { useStorage } from "../words/storage.js";

const card = document.querySelector("[data-end-card]");
const KEY = "ended-batches";
const GONE = 404;
// Ids of the batches that ended, the latest last.
/** @type {number[]} */
let waiting = JSON.parse(useStorage("sessionStorage", (storage) => storage.getItem(KEY)) || "[]");

/** Show what came of a batch that has just ended, or why it waits. @param {number} id */
export function tellOf(id) {
  // Whoever may only look cannot read what came of it.
  if (!card) return toast("A batch has ended.");
  keep([...waiting.filter((other) => other !== id), id]);
  return draw().catch(toastError);
}

/** Take back what was told of batches that go on. @param {number[]} ids */
export function untell(ids) {
  if (!waiting.some((id) => ids.includes(id))) return;
  keep(waiting.filter((id) => !ids.includes(id)));
  draw().catch(toastError);
}

/** @param {number[]} ids */
function keep(ids) {
  waiting = ids;
  useStorage("sessionStorage", (storage) => storage.setItem(KEY, JSON.stringify(ids)));
}

async function draw() {
  const id = waiting.at(-1);
  if (id === undefined) return clear();
  try {
    const content = await fragment(`/batches/${id}?fragment=end`);
    if (waiting.at(-1) !== id) return undefined;
    card.replaceChildren(content);
    card.hidden = false;
    setTitlePart("ended", card.querySelector("[data-ended]").dataset.title);
    // Pictures became drafts, and the counts at the side say so.
    document.dispatchEvent(new CustomEvent("batches:ended"));
  } catch (error) {
    if (failureOf(error).status !== GONE) throw error;
    await leave();
  }
  return undefined;
}

function clear() {
  card.hidden = true;
  card.replaceChildren();
  setTitlePart("ended", "");
}

/** Somebody acted on the one that is shown: the one before it comes, if there is one. */
async function leave() {
  keep(waiting.slice(0, -1));
  await draw();
}

card?.addEventListener("click", (/** @type {Event} */ event) => {
  if (event.target?.closest("[data-end-later]")) leave().catch(toastError);
  if (event.target?.closest("[data-end-done]")) keep(waiting.slice(0, -1));
});
card?.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
  const form = event.target?.closest("[data-end-retry]");
  if (!form) return;
  event.preventDefault();
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  try {
    const batch = await api("POST", `/api${form.getAttribute("action")}`);
    document.dispatchEvent(new CustomEvent("batches:started", { detail: { batch } }));
    await leave();
    askNow();
  } catch (error) {
    delete form.dataset.busy;
    toastError(error);
  }
});

if (card) {
  // Who is on the page of a batch, or reviews it, looks at it already.
  const here = new URL(location.href);
  keep(waiting.filter((id) => here.pathname !== `/batches/${id}` && here.searchParams.get("batch") !== String(id)));
  if (waiting.length) draw().catch((error) => console.warn("What came of a batch could not be shown.", error));
}
