// The foot of the tray: Cancel while files are on their way, then the next step, "Write words for these 50".

import { startBatch } from "../batches/order.js";
import { setTitlePart } from "../batches/tab_title.js";
import { fragment } from "../core/http.js";
import { failureOf, toastError } from "../core/toast.js";
import { askWhoWrites } from "../settings/first_visit.js";

const foot = document.querySelector("[data-tray-foot]");
const cancel = foot.querySelector("[data-tray-cancel]");
const retry = foot.querySelector("[data-tray-retry]");
const next = foot.querySelector("[data-tray-place]");
// The pictures that the next step is about; of those for whom words are being written already, none.
let offered = "";
/** @type {Set<number>} */
const ordered = new Set();

/** Show what can be done now. @param {UploadItem[]} items @param {number} busy @param {number} failed */
export function drawFoot(items, busy, failed) {
  const taken = items.filter((item) => item.state !== "refused").length;
  setTitlePart("uploads", busy ? `${taken - busy} of ${taken} added` : "");
  cancel.hidden = busy === 0;
  retry.hidden = failed === 0;
  const ids = busy || failed ? [] : items.filter((item) => item.state === "done").map((item) => Number(item.imageId));
  offer(ids.filter((id) => !ordered.has(id)));
  foot.hidden = !busy && !failed && !next.childElementCount;
}

/** @param {number[]} ids */
function offer(ids) {
  const wanted = ids.join(",");
  if (wanted === offered) return;
  offered = wanted;
  next.replaceChildren();
  if (wanted) fetchNext().catch(toastError);
}

/** Fetch the next step with its price and time; gives its form, if there is anything to write. */
async function fetchNext() {
  const asked = offered;
  const content = await fragment("/batches/new", undefined, new URLSearchParams({ fragment: "tray", ids: asked }));
  if (asked !== offered) return null;
  next.replaceChildren(content);
  foot.hidden = foot.hidden && !next.childElementCount;
  return next.querySelector("form");
}

/** Who writes is asked before the first words. Gives the form to start with, null where its price is to be seen first. */
async function afterQuestion() {
  if (!(await askWhoWrites())) return null;
  const fresh = await fetchNext();
  if (fresh && "free" in fresh.dataset) return fresh;
  fresh?.querySelector("button").focus();
  return null;
}

/** @param {HTMLFormElement} form */
async function start(form) {
  const chosen = "askFirst" in form.dataset ? await afterQuestion() : form;
  if (!chosen) return;
  const ids = offered.split(",").map(Number);
  await startBatch(chosen);
  for (const id of ids) ordered.add(id);
  document.dispatchEvent(new CustomEvent("tray:done"));
}

next.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const form = event.target?.closest("form");
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  await start(form).catch((error) => {
    const place = form.querySelector("[data-error]");
    place.textContent = failureOf(error).message;
    place.hidden = false;
  });
  delete form.dataset.busy;
});
cancel.addEventListener("click", () => document.dispatchEvent(new CustomEvent("tray:cancel")));
