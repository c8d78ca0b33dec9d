// The ways in for files: the pickers, a drop anywhere on the page (folders too) and paste.

import { destination, entryAt } from "./destination.js";
import { isSystemFile } from "./file_check.js";
import { toast } from "../core/toast.js";

const TYPING = "input, textarea, select, [contenteditable]";
const ADDRESS = /^https?:\/\/\S+$/i;
const NO_ADDRESS = "Addresses are not fetched. Save the picture on your computer first, then drop the file here.";
const NO_PICTURES = "There are no pictures in this folder.";

/**
 * Call `take` with a list of files whenever some are chosen, dropped or pasted, and with the entry of the side that they
 * were dropped on.
 * @param {Take} take
 */
export function watch(take) {
  document.addEventListener("change", (event) => {
    if (!event.target?.matches("[data-add-files]") || !event.target?.files.length) return;
    const files = [...event.target.files];
    event.target.value = "";
    const menu = event.target?.closest("details");
    if (menu) menu.open = false;
    takeAll(take, event.target.matches("[webkitdirectory]") ? withoutSystemFiles(files) : files);
  });
  document.addEventListener("paste", (event) => paste(event, take));
  watchDrop(take);
}

/** @param {Take} take @param {File[]} files @param {HTMLAnchorElement | null} [entry] */
function takeAll(take, files, entry) {
  if (files.length) take(files, entry);
  else toast(NO_PICTURES);
}

/** @param {File[]} files */
const withoutSystemFiles = (files) => files.filter((file) => !isSystemFile(file.webkitRelativePath || file.name));

// Spreadsheets and word processors put a picture of the text beside the text: where somebody types, the text is meant.
/** @param {ClipboardEvent} event @param {Take} take */
function paste(event, take) {
  const text = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (event.target?.closest?.(TYPING) && text) return;
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length && !ADDRESS.test(text)) return;
  event.preventDefault();
  if (files.length) take(files);
  else toast(NO_ADDRESS);
}

/** @param {Take} take */
function watchDrop(take) {
  const veil = document.querySelector("[data-drop-veil]");
  let depth = 0;
  /** @param {DragEvent} event */
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  // A link or picture from another page; the browser would leave this page to show it.
  let ours = false;
  /** @param {DragEvent} event */
  const carriesAddress = (event) =>
    !ours && event.dataTransfer?.types.includes("text/uri-list") && !event.target?.closest?.(TYPING);
  window.addEventListener("dragstart", () => (ours = true));
  window.addEventListener("dragend", () => (ours = false));
  /** @param {number} change */
  const show = (change) => {
    depth = Math.max(0, depth + change);
    veil.hidden = depth === 0;
    if (!depth) aim(null);
  };
  window.addEventListener("dragenter", (event) => carriesFiles(event) && show(1));
  window.addEventListener("dragleave", (event) => carriesFiles(event) && show(-1));
  window.addEventListener("dragover", (event) => {
    if (carriesFiles(event) || carriesAddress(event)) event.preventDefault();
    if (carriesFiles(event)) aim(entryAt(event.target));
  });
  window.addEventListener("drop", async (event) => {
    if (carriesFiles(event)) {
      event.preventDefault();
      const entry = entryAt(event.target);
      show(-depth);
      if (event.dataTransfer) takeAll(take, await filesOf(event.dataTransfer, event.entries), entry);
    } else if (carriesAddress(event)) {
      event.preventDefault();
      toast(NO_ADDRESS);
    }
  });
}

/** Say where a drop would go: the entry of the side that the pointer is over, else where one looks. @param {HTMLAnchorElement | null} entry */
function aim(entry) {
  const old = document.querySelector(".is-drop-target");
  if (old !== entry) old?.classList.remove("is-drop-target");
  entry?.classList.add("is-drop-target");
  const { name } = destination(entry);
  const text = name ? `Drop to add to ${name}` : "Drop your pictures here";
  const said = document.querySelector("[data-drop-veil] p");
  if (said.textContent !== text) said.textContent = text;
}

/**
 * Entries must be asked for before the first await: the browser empties the list after the event. A drop that was held
 * (start/held.js) brings its own.
 * @param {DataTransfer} transfer @param {FileSystemEntry[]} [held]
 */
async function filesOf(transfer, held) {
  const entries = held ?? [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null && entry !== undefined);
  if (!entries.length) return [...transfer.files];
  const lists = await Promise.all(entries.map(filesBelow));
  return lists.flat();
}

/** @param {FileSystemEntry} entry */
async function filesInside(entry) {
  return isSystemFile(entry.name) ? [] : filesBelow(entry);
}

/** @param {FileSystemEntry} entry @returns {entry is FileSystemFileEntry} */
const isFile = (entry) => entry.isFile;
/** @param {FileSystemEntry} entry @returns {entry is FileSystemDirectoryEntry} */
const isFolder = (entry) => entry.isDirectory;

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function filesBelow(entry) {
  // An unreadable file keeps its name and has no content, so that the tray can say so.
  if (isFile(entry)) return [await new Promise((resolve) => entry.file(resolve, () => resolve(new File([], entry.name))))];
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  /** @type {File[]} */
  const files = [];
  // A folder is read in pieces of about a hundred until an empty one comes.
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const piece = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!piece.length) return files;
    for (const below of await Promise.all(piece.map(filesInside))) files.push(...below);
  }
}

// Some telephones know no folders and would open the picker of pictures.
const folder = document.getElementById("add-folder");
if (folder && !("webkitdirectory" in folder)) for (const part of [folder, document.querySelector("[for=add-folder]")]) part?.setAttribute("hidden", "");

document.addEventListener("click", (event) => {
  if (event.target?.closest("[data-pick-files]")) document.getElementById("add-files").click();
});
