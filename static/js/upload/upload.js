// Adding pictures: a list of files, looked at first, then three on their way at a time, each with its own end.

import { destination, fieldsFor, sendingForm } from "./destination.js";
import { watch } from "./file_sources.js";
import { refusal, refusalBy, sentenceOn } from "./file_check.js";
import { upload } from "../core/http.js";
import { draw } from "./upload_tray.js";
import { failureOf } from "../core/toast.js";

const AT_A_TIME = 3;
// While one of these is what a file is in, leaving the page would lose it.
const ON_ITS_WAY = ["checking", "waiting", "sending"];
/** @type {UploadItem[]} */
let items = []; // state: checking, waiting, sending, done, known, refused, failed
let sending = 0;
let ended = 0;

/** @param {File[]} files @param {HTMLAnchorElement | null} [entry] what of the side they were dropped on */
function take(files, entry) {
  const to = destination(entry);
  const added = files.map((file) => newItem(file, to));
  items.push(...added);
  draw(items);
  check(added);
}

/** @param {File} file @param {Destination} to @returns {UploadItem} */
function newItem(file, to) {
  const said = { state: "checking", note: "", why: "", format: "", convertible: false, convert: false };
  return { file, name: file.name, to, extra: fieldsFor(to), taken: sendingForm(), stop: new AbortController(), share: 0, ended: 0, imageId: null, height: 0, ...said };
}

/** Look at all of a drop before the sending is far, so that what is refused is told at once. @param {UploadItem[]} added */
async function check(added) {
  for (const item of added) {
    const reason = await refusal(item.file, Number(document.body.dataset.maxUploadMb));
    if (!items.includes(item)) continue;
    if (reason) refuse(item, reason);
    else item.state = "waiting";
    pump();
  }
}

function pump() {
  draw(items);
  while (sending < AT_A_TIME) {
    const next = items.find((item) => item.state === "waiting");
    if (!next) return;
    sending += 1;
    next.state = "sending";
    send(next).finally(() => {
      sending -= 1;
      pump();
    });
  }
}

/** @param {UploadItem} item */
async function send(item) {
  const form = new FormData();
  form.append("files", item.file, item.name);
  for (const [name, value] of Object.entries(item.extra)) if (value) form.append(name, value);
  if (item.convert) form.append("convert", "1");
  try {
    /** @param {number} share */
    const onProgress = (share) => {
      item.share = share;
      draw(items);
    };
    settle(item, await upload("/api/images", form, { onProgress, signal: item.stop.signal }));
  } catch (error) {
    if (item.stop.signal.aborted) items = items.filter((other) => other !== item);
    else settleError(item, failureOf(error));
  }
}

/** @param {UploadItem} item @param {UploadAnswer} answer */
function settle(item, answer) {
  const [image] = answer.images;
  const [duplicate] = answer.duplicates;
  const [rejected] = answer.rejected;
  if (rejected) return refuse(item, refusalBy(item.name, rejected));
  item.taken();
  item.imageId = image?.id ?? duplicate.image_id;
  if (item.to.collection) document.dispatchEvent(new CustomEvent("image:placed", { detail: item.to }));
  if (duplicate) return end(item, "known", `Already in your library${item.to.collection ? `, and now in ${item.to.name}` : ""}.`);
  end(item, "done", sentenceOn(answer.converted?.[0]));
  document.dispatchEvent(new CustomEvent("image:added", { detail: { id: image.id } }));
}

/** @param {UploadItem} item @param {Failure} error */
function settleError(item, error) {
  const rejected = error.body?.rejected?.[0] ?? { error: { message: error.message } };
  if (error.temporary) end(item, "failed", rejected.error.message);
  else refuse(item, refusalBy(item.name, rejected));
}

/** @param {UploadItem} item @param {Refusal} reason */
function refuse(item, reason) {
  Object.assign(item, { state: "refused", ...reason });
}

/** @param {UploadItem} item @param {string} state @param {string} note */
function end(item, state, note) {
  ended += 1;
  Object.assign(item, { state, note, ended });
}

/** @param {UploadItem} item */
function sendAgain(item) {
  Object.assign(item, { state: "waiting", share: 0, ended: 0, note: "" });
}

function retry() {
  for (const item of items) if (item.state === "failed") sendAgain(item);
  pump();
}

document.addEventListener("tray:retry", retry);
document.addEventListener("connection:back", retry);
// The file is the one that was chosen, so nothing has to be dropped twice. Its row comes to where its card was.
document.addEventListener("tray:convert", ({ detail }) => {
  const turned = detail.items.filter((item) => item.state === "refused");
  for (const item of turned) sendAgain(Object.assign(item, { convert: true }));
  items = [...turned, ...items.filter((item) => !turned.includes(item))];
  pump();
});
document.addEventListener("tray:leave", ({ detail }) => {
  items = items.filter((item) => !detail.items.includes(item));
  draw(items);
});
document.addEventListener("tray:cancel", () => {
  for (const item of items) if (item.state === "sending") item.stop.abort();
  items = items.filter((item) => !["checking", "waiting"].includes(item.state));
  draw(items);
});
// Words are being written for what was added; what was not added stays to be looked at.
document.addEventListener("tray:done", () => {
  if (!items.some((item) => ["refused", "failed"].includes(item.state))) items = [];
  draw(items);
});
document.addEventListener("tray:close", () => {
  items = [];
  draw(items);
});
window.addEventListener("beforeunload", (event) => {
  if (items.some((item) => ON_ITS_WAY.includes(item.state))) event.preventDefault();
});
watch(take);
