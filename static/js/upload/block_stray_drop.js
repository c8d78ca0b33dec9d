// Where nothing can be added a file that is dropped stays outside; the browser would leave the page to show it.

if (!document.querySelector("[data-drop-veil]")) {
  for (const kind of /** @type {const} */ (["dragenter", "dragover", "drop"])) window.addEventListener(kind, refuse);
}

/** @param {DragEvent} event */
function refuse(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
}
