// Menus made of <details>: one open at a time, closed by Escape or by a click elsewhere.

const OPEN = "details[data-menu-details][open]";

/** @param {HTMLDetailsElement} menu @param {boolean} refocus */
function close(menu, refocus) {
  menu.open = false;
  if (refocus) menu.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(OPEN)) if (!menu.contains(event.target)) close(menu, false);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(OPEN)) close(menu, menu.contains(event.target));
});
document.addEventListener("focusout", (event) => {
  const menu = event.target?.closest?.(OPEN);
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) close(menu, false);
});
