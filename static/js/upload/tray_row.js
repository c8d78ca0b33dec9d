// One row of the tray: a file on its way, or what became of it.

const template = document.getElementById("tray-item");
/** @type {Record<string, string>} */
const ICONS = { done: "check-lg", known: "files", failed: "x-lg" };

/** @type {Record<string, number>} */
const RANKS = { failed: 0, sending: 1, done: 2, known: 2 };
const rankOf = (/** @type {UploadItem} */ { state }) => RANKS[state] ?? 3;

/** Give the files that have a row, in their order: what failed, what is being sent, what came in with the newest first, what waits. */
export function inOrder(/** @type {UploadItem[]} */ items) {
  return items.filter((item) => item.state !== "refused").sort((a, b) => rankOf(a) - rankOf(b) || b.ended - a.ended);
}

/** Show how a file is in its row, in a new one where there is none. */
export function drawRow(/** @type {TrayRow | undefined} */ old, /** @type {UploadItem} */ item) {
  const row = old ?? newRow(item);
  if (row.dataset.state !== item.state) fillState(row, item);
  if (item.state !== "sending") return row;
  row.querySelector("progress").value = item.share * 100;
  row.querySelector(".upload-tray-item-percent").textContent = progressOf(item);
  return row;
}

/** Give the address of a row's own picture back. */
export function release(/** @type {TrayRow} */ row) {
  if (row.blob) URL.revokeObjectURL(row.blob);
  row.blob = null;
}

/** What has been sent whole and is to be turned takes some seconds more. */
function progressOf(/** @type {UploadItem} */ item) {
  return item.convert && item.share === 1 ? "Turning…" : `${Math.round(item.share * 100)} %`;
}

function newRow(/** @type {UploadItem} */ item) {
  /** @type {TrayRow} */
  const row = template.content.firstElementChild.cloneNode(true);
  row.querySelector(".upload-tray-item-name").textContent = item.name;
  // Few browsers show a HEIC or TIFF; there is no picture then until it has been turned.
  const picture = row.querySelector("img");
  picture.addEventListener("error", () => picture.removeAttribute("src"));
  return row;
}

function fillState(/** @type {TrayRow} */ row, /** @type {UploadItem} */ item) {
  row.dataset.state = item.state;
  row.querySelector("[data-tray-note]").textContent = item.note;
  const link = row.querySelector("[data-tray-link]");
  link.hidden = item.state !== "known";
  if (item.imageId) link.href = `/images/${item.imageId}`;
  row.querySelector(".upload-tray-item-percent").textContent = "";
  drawMark(row, item);
  drawPicture(row, item);
}

function drawMark(/** @type {TrayRow} */ row, /** @type {UploadItem} */ item) {
  const mark = row.querySelector("[data-tray-mark]");
  mark.toggleAttribute("hidden", !ICONS[item.state]);
  if (ICONS[item.state]) mark.querySelector("use").setAttribute("href", `${document.body.dataset.icons}#${ICONS[item.state]}`);
}

function drawPicture(/** @type {TrayRow} */ row, /** @type {UploadItem} */ item) {
  const picture = row.querySelector("img");
  release(row);
  if (item.imageId) picture.src = `/images/${item.imageId}/thumbnail`;
  else if (item.state === "sending" || item.state === "failed") picture.src = row.blob = URL.createObjectURL(item.file);
  else picture.removeAttribute("src");
}
