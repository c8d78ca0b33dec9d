// Menus made of <details>: one open at a time, closed by Escape or by a click elsewhere. What a menu opens stands in it, or
// else beside it in a [data-menu-area].

const OPEN = "details[data-menu-details][open]";

/** @param {HTMLDetailsElement} menu @param {EventTarget | null} node */
const holds = (menu, node) => node instanceof Node && (menu.closest("[data-menu-area]") ?? menu).contains(node);

/** @param {HTMLDetailsElement} menu @param {boolean} refocus */
function close(menu, refocus) {
  menu.open = false;
  if (refocus) menu.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(OPEN)) if (!holds(menu, event.target)) close(menu, false);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(OPEN)) close(menu, holds(menu, event.target));
});
document.addEventListener("focusout", (event) => {
  const next = event.relatedTarget;
  if (!next) return;
  for (const menu of document.querySelectorAll(OPEN)) if (holds(menu, event.target) && !holds(menu, next)) close(menu, false);
});
