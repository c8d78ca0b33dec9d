// Text areas as high as their words, for browsers without `field-sizing` (base.css has it for all the others).
// Whatever shows a text area or changes its width is noticed; each is measured when it can be seen, never before.

const MARGINS = 100; // more than the margins below a text area, with which one of its own collapses
const widths = new WeakMap(); // at which width a text area was measured; 0 while it cannot be seen
const heights = new WeakMap(); // the height it was given; any other is a person's, who dragged its handle

const sizes = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    if (!(target instanceof HTMLTextAreaElement) || widths.get(target) === contentRect.width) continue;
    widths.set(target, contentRect.width);
    // A height that changes while it, or a list around it, is watched is reported as a loop: the next frame measures, and
    // the one after has the width that came of it.
    sizes.unobserve(target);
    requestAnimationFrame(() => {
      fit(target);
      requestAnimationFrame(() => sizes.observe(target));
    });
  }
});

/** @param {HTMLTextAreaElement} area */
function fit(area) {
  const { style } = area;
  if (!area.scrollHeight || style.height !== (heights.get(area) ?? "")) return;
  // A scroll bar would take room from the words; a page that was shorter for a moment would scroll.
  Object.assign(style, { marginBottom: `${area.offsetHeight + MARGINS}px`, overflow: "hidden", height: "0" });
  const height = area.scrollHeight + area.offsetHeight - area.clientHeight;
  Object.assign(style, { marginBottom: "", overflow: "", height: `${height}px` });
  heights.set(area, style.height);
}

/** @param {Node} node */
function watch(node) {
  if (node instanceof HTMLTextAreaElement) sizes.observe(node);
  if (!(node instanceof Element || node instanceof Document)) return;
  for (const area of node.querySelectorAll("textarea")) sizes.observe(area);
}

// No event tells of words that a script puts in.
function fitAfterScripts() {
  const value = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
  /** @this {HTMLTextAreaElement} @param {string} text */
  const set = function (text) {
    value?.set?.call(this, text);
    fit(this);
  };
  Object.defineProperty(HTMLTextAreaElement.prototype, "value", { ...value, set });
}

if (!CSS.supports("field-sizing", "content")) {
  watch(document);
  fitAfterScripts();
  document.addEventListener("input", ({ target }) => target?.matches("textarea") && fit(target.closest("textarea")), { capture: true });
  new MutationObserver((records) => {
    for (const record of records) record.addedNodes.forEach(watch);
  }).observe(document.body, { childList: true, subtree: true });
}
