// Adding pictures: a list of files, three on their way at a time, each with its own end.

import { watch } from "./file_sources.js";
import { refusal } from "./file_check.js";
import { upload } from "../core/http.js";
import { draw } from "./upload_tray.js";
import { failureOf } from "../core/toast.js";

const AT_A_TIME = 3;
/** @type {UploadItem[]} */
const items = []; // {file, name, state, share, note, imageId}; state: waiting, sending, done, known, refused, failed
let sending = 0;

/** @param {File[]} files */
function take(files) {
  for (const file of files) {
    items.push({ file, name: file.name, extra: formFields(), state: "waiting", share: 0, note: "", imageId: null });
  }
  pump();
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
  const reason = await refusal(item.file, Number(document.body.dataset.maxUploadMb));
  if (reason) return end(item, "refused", reason);
  const form = new FormData();
  form.append("files", item.file, item.name);
  for (const [name, value] of Object.entries(item.extra)) if (value) form.append(name, value);
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
  if (rejected) return end(item, "refused", rejected.error.message);
  item.imageId = image?.id ?? duplicate.image_id;
  if (duplicate) return end(item, "known", "Already in your library.");
  end(item, "done", "");
  document.dispatchEvent(new CustomEvent("image:added", { detail: { id: image.id } }));
}

/** @param {UploadItem} item @param {Failure} error */
function settleError(item, error) {
  const reason = error.body?.rejected?.[0]?.error.message ?? error.message;
  end(item, error.temporary ? "failed" : "refused", reason);
}

/** @param {UploadItem} item @param {string} state @param {string} note */
function end(item, state, note) {
  Object.assign(item, { state, note });
}

document.addEventListener("tray:retry", () => {
  for (const item of items) if (item.state === "failed") Object.assign(item, { state: "waiting", share: 0, note: "" });
  pump();
});
document.addEventListener("tray:close", () => {
  items.length = 0;
  draw(items);
});
window.addEventListener("beforeunload", (event) => {
  if (items.some((item) => item.state === "waiting" || item.state === "sending")) event.preventDefault();
});
watch(take);
