// Left and right arrow go to the previous and next picture, except where they already mean something.

const OWN_ARROWS = "input, textarea, select, [contenteditable], dialog, [role=menu]";

document.addEventListener("keydown", (event) => {
  const name = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
  if (!name || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target?.closest?.(OWN_ARROWS)) return;
  document.querySelector(`[data-go="${name}"]`)?.click();
});
