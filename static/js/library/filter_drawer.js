// The filters as a drawer on narrow screens: opened by a link that also works without JavaScript (:target).

const side = document.querySelector("[data-side]");
const opener = document.querySelector("[data-side-open]");

/** @param {boolean} open */
function set(open) {
  side.classList.toggle("is-shown", open);
  opener.setAttribute("aria-expanded", String(open));
  if (open) side.querySelector("a").focus();
  else if (side.contains(document.activeElement)) opener.focus();
}

opener.setAttribute("role", "button");
opener.setAttribute("aria-expanded", "false");
opener.addEventListener("click", (/** @type {Event} */ event) => {
  event.preventDefault();
  set(!side.classList.contains("is-shown"));
});
document.querySelector("[data-side-close]").addEventListener("click", (/** @type {Event} */ event) => {
  event.preventDefault();
  set(false);
});
document.addEventListener("click", (event) => {
  if (side.classList.contains("is-shown") && !side.contains(event.target) && !opener.contains(event.target)) set(false);
});
side.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  if (event.key === "Escape") set(false);
});
