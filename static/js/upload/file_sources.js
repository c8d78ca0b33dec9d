// The ways in for files: the pickers, a drop anywhere on the page (folders too) and paste.

/** Call `take(files)` with a list of files whenever some are chosen, dropped or pasted. @param {(files: File[]) => void} take */
export function watch(take) {
  document.addEventListener("change", (event) => {
    if (!event.target?.matches("[data-add-files]") || !event.target?.files.length) return;
    const files = [...event.target.files];
    event.target.value = "";
    const menu = event.target?.closest("details");
    if (menu) menu.open = false;
    take(files);
  });
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    take([...event.clipboardData.files]);
  });
  watchDrop(take);
}

/** @param {(files: File[]) => void} take */
function watchDrop(take) {
  const veil = document.querySelector("[data-drop-veil]");
  let depth = 0;
  /** @param {DragEvent} event */
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  /** @param {number} change */
  const show = (change) => {
    depth = Math.max(0, depth + change);
    veil.hidden = depth === 0;
  };
  window.addEventListener("dragenter", (event) => carriesFiles(event) && show(1));
  window.addEventListener("dragleave", (event) => carriesFiles(event) && show(-1));
  window.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  window.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    show(-depth);
    if (event.dataTransfer) take(await filesOf(event.dataTransfer));
  });
}

/**
 * Entries must be asked for before the first await: the browser empties the list after the event.
 * @param {DataTransfer} transfer
 */
async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null && entry !== undefined);
  if (!entries.length) return [...transfer.files];
  const lists = await Promise.all(entries.map(filesBelow));
  return lists.flat();
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
    for (const below of await Promise.all(piece.map(filesBelow))) files.push(...below);
  }
}

document.addEventListener("click", (event) => {
  if (event.target?.closest("[data-pick-files]")) document.getElementById("add-files").click();
});
