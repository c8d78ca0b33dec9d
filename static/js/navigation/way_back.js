// Escape takes the way back from a picture to the list; library/restore_position.js finds the place there.

// Where Escape has a meaning of its own.
const OWN_ESCAPE = "input, textarea, select, [contenteditable], dialog, details[open]";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.target?.closest?.(OWN_ESCAPE)) return;
  if (document.querySelector("dialog[open], details[data-menu-details][open]")) return;
  document.querySelector("[data-way-back]")?.click();
});
