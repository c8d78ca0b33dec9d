// The ring in the top bar: appears while a batch runs or waits, shows how far it is, and opens it.

import "./poll.js";
import { tellOf, untell } from "./end_card.js";
import { setTitlePart } from "./tab_title.js";
import { api } from "../core/http.js";
import { remember } from "../undo/offer.js";
import { useStorage } from "../words/storage.js";

const ring = document.querySelector("[data-batch-ring]");
const said = document.querySelector("[data-batch-said]");
const KEY = "batches";
const MOST_SHOWN = 999;
// id -> batch, as this tab was told last, on this page or the one before.
let last = byId(JSON.parse(useStorage("sessionStorage", (storage) => storage.getItem(KEY)) || "[]"));

/** @param {BatchJson[]} batches */
function byId(batches) {
  return new Map(batches.map((batch) => [batch.id, batch]));
}

/** What is at work, all batches together; a batch that runs wins over one that waits. @param {BatchJson[]} batches */
function summary(batches) {
  const running = batches.filter((batch) => batch.state === "running");
  const shown = running.length ? running : batches;
  /** @param {"left" | "total"} name */
  const sum = (name) => shown.reduce((total, batch) => total + batch[name], 0);
  return { shown, running: running.length > 0, left: sum("left"), total: sum("total") };
}

/** @param {BatchJson[]} batches */
function draw(batches) {
  ring.hidden = batches.length === 0;
  const { shown, running, left, total } = summary(batches);
  const through = total - left;
  setTitlePart("batch", running ? `${through.toLocaleString("en")} of ${total.toLocaleString("en")}` : "");
  if (!batches.length) return;
  ring.href = shown.length === 1 ? `/batches/${shown[0].id}` : "/batches";
  ring.classList.toggle("is-waiting", !running);
  ring.querySelector("[data-ring-part]").setAttribute("stroke-dasharray", `${total ? (through / total) * 100 : 0} 100`);
  ring.querySelector("[data-ring-left]").textContent = left > MOST_SHOWN ? "1k+" : left;
  const words = running ? "Writing words" : "A batch waits";
  const label = `${words}: ${through} of ${total} through. Open ${shown.length === 1 ? "the batch" : "the batches"}`;
  ring.setAttribute("aria-label", label);
  ring.title = `${words}: ${through} of ${total}`;
}

/** @param {BatchJson} batch */
const quarter = (batch) => Math.floor(((batch.total - batch.left) / batch.total) * 4);

/** Say aloud what matters: a start, each quarter, a pause. @param {BatchJson} batch @param {BatchJson | undefined} before */
function tell(batch, before) {
  if (before && before.state === batch.state && quarter(before) === quarter(batch)) return;
  if (batch.state === "paused" && batch.paused.code !== "person" && before?.state === "running" && !isHere(batch)) tellOf(batch.id);
  else if (batch.state === "paused") said.textContent = `The batch waits. ${batch.paused.message}`;
  else said.textContent = `Writing words: ${batch.total - batch.left} of ${batch.total} through.`;
}

/** True on the page of a batch itself, which says all there is. @param {BatchJson} batch */
const isHere = ({ id }) => location.pathname === `/batches/${id}`;

/** A batch that was at work a moment ago and is so no longer. @param {BatchJson} batch */
function tellEnd(batch) {
  if (isHere(batch)) said.textContent = "The batch has ended.";
  else tellOf(batch.id);
  rememberUndo(batch).catch((error) => console.debug("The batch is not among what Ctrl+Z takes back.", error));
}

/** Have Ctrl+Z take back what a batch wrote. @param {BatchJson} batch */
async function rememberUndo({ id }) {
  const { bulk_edit_id: edit, done } = await api("GET", `/api/batches/${id}`);
  const text = `${done.toLocaleString("en")} ${done === 1 ? "draft" : "drafts"}`;
  if (edit) remember({ text, undo: `/api/bulk-edits/${edit}/undo`, list: true, images: [] });
}

document.addEventListener("batches:polled", ({ detail: { batches } }) => {
  draw(batches);
  for (const batch of batches) tell(batch, last.get(batch.id));
  untell(batches.filter(({ state }) => state === "running").map(({ id }) => id));
  const now = byId(batches);
  for (const batch of last.values()) if (!now.has(batch.id)) tellEnd(batch);
  last = now;
  useStorage("sessionStorage", (storage) => storage.setItem(KEY, JSON.stringify(batches)));
});

// A small batch may be over before it is asked for the first time.
document.addEventListener("batches:started", ({ detail: { batch } }) => last.set(batch.id, batch));

// The next page of this tab draws it at once, before the server has answered.
draw([...last.values()]);
