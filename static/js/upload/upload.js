// Adding pictures: a list of files, looked at first, then three on their way at a time, each with its own end.

import { watch } from "./file_sources.js";
import { refusal, refusalBy } from "./file_check.js";
import { upload } from "../core/http.js";
import { draw } from "./upload_tray.js";
import { failureOf } from "../core/toast.js";

const AT_A_TIME = 3;
// While one of these is what a file is in, leaving the page would lose it.
const ON_ITS_WAY = ["checking", "waiting", "sending"];
/** @type {UploadItem[]} */
let items = []; // state: checking, waiting, sending, done, known, refused, failed
let sending = 0;

/** @param {File[]} files */
function take(files) {
  const added = files.map((file) => newItem(file));
  items.push(...added);
  draw(items);
  check(added);
}

/** @param {File} file @returns {UploadItem} */
function newItem(file) {
  const said = { state: "checking", note: "", why: "", format: "", convertible: false, convert: false };
  return { file, name: file.name, extra: formFields(), share: 0, imageId: null, height: 0, ...said };
}

/** Look at all of a drop before the sending is far, so that what is refused is told at once. @param {UploadItem[]} added */
async function check(added) {
  for (const item of added) {
    const reason = await refusal(item.file, Number(document.body.dataset.maxUploadMb));
    if (reason) refuse(item, reason);
    else item.state = "waiting";
    pump();
  }
}

/** What the form says of all the pictures: their category and what is true of them. */
function formFields() {
  const form = document.querySelector("[data-add-form]");
  return { category: form.elements.category.value.trim(), key_points: form.elements.key_points.value.trim() };
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
    settle(item, await upload("/api/images", form, { onProgress }));
  } catch (error) {
    settleError(item, failureOf(error));
  }
}

/** @param {UploadItem} item @param {UploadAnswer} answer */
function settle(item, answer) {
  const [image] = answer.images;
  const [duplicate] = answer.duplicates;
  const [rejected] = answer.rejected;
  if (rejected) return refuse(item, refusalBy(item.name, rejected));
  item.imageId = image?.id ?? duplicate.image_id;
  if (duplicate) return end(item, "known", "Already in your library.");
  end(item, "done", sentenceOn(answer.converted?.[0]));
  document.dispatchEvent(new CustomEvent("image:added", { detail: { id: image.id } }));
}

/** Say what a file was turned into; the server's note may begin with it. @param {Converted | undefined} converted */
function sentenceOn(converted) {
  if (!converted) return "";
  if (converted.note.startsWith("Saved as")) return converted.note;
  return `Saved as ${converted.media_type === "image/png" ? "PNG" : "JPEG"}. ${converted.note}`.trim();
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
  Object.assign(item, { state, note });
}

/** @param {UploadItem} item */
function sendAgain(item) {
  Object.assign(item, { state: "waiting", share: 0, note: "" });
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
document.addEventListener("tray:close", () => {
  items = [];
  draw(items);
});
window.addEventListener("beforeunload", (event) => {
  if (items.some((item) => ON_ITS_WAY.includes(item.state))) event.preventDefault();
});
watch(take);
