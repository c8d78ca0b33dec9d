// The tray that shows every file being added. Only the rows in sight exist, so 300 files cost no more than ten.

const tray = document.querySelector("[data-tray]");
const list = tray.querySelector("[data-tray-list]");
const rows = tray.querySelector("[data-tray-items]");
const template = document.getElementById("tray-item");
/** @type {Map<number, TrayRow>} */
const drawn = new Map(); // place in the list -> its row
/** @type {Record<string, string>} */
const ICONS = { done: "check-lg", known: "files", refused: "x-lg", failed: "x-lg" };
const OVER = 2; // rows kept above and below what is in sight
/** @type {UploadItem[]} */
let items = [];
let waiting = false;

/** Show the list; calls within one frame are drawn once. */
export function draw(/** @type {UploadItem[]} */ list_) {
  items = list_;
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    tray.hidden = items.length === 0;
    drawHead();
    drawRows();
  });
}

function count(/** @type {...string} */ ...states) {
  return items.filter((item) => states.includes(item.state)).length;
}

function drawHead() {
  const busy = count("waiting", "sending");
  setText("title", busy ? `Adding ${pictures(items.length)}` : summary());
  setText("count", busy ? `${items.length - busy} done` : "");
  const failed = count("failed");
  setText("failed", failed ? `${failed} could not be sent` : "");
  tray.querySelector("[data-tray-foot]").hidden = !failed;
  tray.querySelector("[data-tray-close]").hidden = busy > 0;
}

const pictures = (/** @type {number} */ n) => `${n} picture${n === 1 ? "" : "s"}`;

function summary() {
  const [added, known, bad] = [count("done"), count("known"), count("refused", "failed")];
  const parts = [added && `${pictures(added)} added`, known && `${known} already here`, bad && `${bad} not added`];
  return parts.filter(Boolean).join(", ");
}

/** Leave the text alone when it is the same: a live region would say it again. */
function setText(/** @type {string} */ name, /** @type {string} */ text) {
  const node = tray.querySelector(`[data-tray-${name}]`);
  if (node.textContent !== text) node.textContent = text;
}

function drawRows() {
  const height = rowHeight();
  rows.style.height = `${items.length * height}px`;
  list.style.height = `${items.length * height}px`;
  const first = Math.max(0, Math.floor(list.scrollTop / height) - OVER);
  const last = Math.min(items.length, Math.ceil((list.scrollTop + list.clientHeight) / height) + OVER);
  for (const [place, row] of drawn) if (place < first || place >= last) drop(place, row);
  for (let place = first; place < last; place += 1) drawRow(place, height);
}

function rowHeight() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) * 4.25;
}

function drop(/** @type {number} */ place, /** @type {TrayRow} */ row) {
  release(row);
  row.remove();
  drawn.delete(place);
}

function drawRow(/** @type {number} */ place, /** @type {number} */ height) {
  const item = items[place];
  const old = drawn.get(place);
  if (old && old.item !== item) drop(place, old);
  const row = drawn.get(place) ?? newRow(item, place, height);
  row.setAttribute("aria-setsize", String(items.length));
  fill(row, item);
}

function newRow(/** @type {UploadItem} */ item, /** @type {number} */ place, /** @type {number} */ height) {
  /** @type {TrayRow} */
  const row = template.content.firstElementChild.cloneNode(true);
  row.item = item;
  row.style.transform = `translateY(${place * height}px)`;
  row.querySelector(".upload-tray-item-name").textContent = item.name;
  row.setAttribute("aria-posinset", String(place + 1));
  drawn.set(place, row);
  rows.append(row);
  return row;
}

function fill(/** @type {TrayRow} */ row, /** @type {UploadItem} */ item) {
  if (row.dataset.state !== item.state) fillState(row, item);
  if (item.state !== "sending") return;
  row.querySelector("progress").value = item.share * 100;
  row.querySelector(".upload-tray-item-percent").textContent = `${Math.round(item.share * 100)} %`;
}

function fillState(/** @type {TrayRow} */ row, /** @type {UploadItem} */ item) {
  row.dataset.state = item.state;
  row.title = item.note;
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

function release(/** @type {TrayRow} */ row) {
  if (row.blob) URL.revokeObjectURL(row.blob);
  row.blob = null;
}

list.addEventListener("scroll", () => draw(items), { passive: true });
tray.addEventListener("click", (/** @type {Event} */ event) => {
  if (event.target?.closest("[data-tray-retry]")) document.dispatchEvent(new CustomEvent("tray:retry"));
  if (event.target?.closest("[data-tray-close]")) document.dispatchEvent(new CustomEvent("tray:close"));
  const fold = event.target?.closest("[data-tray-fold]");
  if (!fold) return;
  list.hidden = !list.hidden;
  fold.setAttribute("aria-expanded", String(!list.hidden));
  draw(items);
});
