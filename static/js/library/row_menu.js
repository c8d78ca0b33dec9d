// The "more" menu of a row. There is one menu on the page; it moves to the button that asked for it.

import { markReady } from "./selection_actions.js";
import { rowOf } from "./rows.js";
import { toastError } from "../core/toast.js";
import { trash } from "./trash_rows.js";

const menu = document.querySelector("[data-row-menu]");
/** @type {HTMLAnchorElement | null} */
let owner = null;

const choices = () => [...menu.querySelectorAll("[data-act]")];
/** @param {string} name */
const choice = (name) => menu.querySelector(`[data-act="${name}"]`);

/** @param {HTMLAnchorElement} button */
function open(button) {
  owner = button;
  choice("open").href = button.href;
  choice("refine").href = `${button.href.split("#")[0]}#refine`;
  menu.hidden = false;
  place(button.getBoundingClientRect());
  button.setAttribute("aria-expanded", "true");
  choices()[0].focus();
}

/** Below the button and inside the window. @param {DOMRect} box */
function place(box) {
  const top = Math.min(box.bottom + 4, window.innerHeight - menu.offsetHeight - 8);
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(8, Math.min(box.right - menu.offsetWidth, window.innerWidth - menu.offsetWidth - 8))}px`;
}

/** @param {boolean} refocus */
function close(refocus) {
  if (menu.hidden) return;
  menu.hidden = true;
  owner?.setAttribute("aria-expanded", "false");
  if (refocus) owner?.focus();
}

/** @param {number} step */
function move(step) {
  const every = choices();
  const at = every.indexOf(document.activeElement);
  every[(at + step + every.length) % every.length].focus();
}

document.addEventListener("click", (event) => {
  const button = event.target?.closest("[data-row-more]");
  const inside = menu.contains(event.target);
  if (button && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    return owner === button && !menu.hidden ? close(true) : open(button);
  }
  if (!inside) return close(false);
  return pick(event.target?.closest("[data-act]")?.dataset.act);
});

/** @param {string | undefined} what */
function pick(what) {
  const id = owner && rowOf(owner)?.dataset.imageId;
  close(true);
  if (what === "ready") markReady([id]);
  if (what === "trash") trash([id]).catch(toastError);
}

menu.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  /** @type {Record<string, () => void>} */
  const keys = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Escape: () => close(true), Tab: () => close(true) };
  if (!keys[event.key]) return;
  if (event.key !== "Tab") event.preventDefault();
  keys[event.key]();
});
window.addEventListener("scroll", () => close(false), { passive: true });
window.addEventListener("resize", () => close(false));
document.addEventListener("list:replaced", () => close(false));
