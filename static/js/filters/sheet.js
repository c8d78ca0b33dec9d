// The sheet of filters: what is chosen in it is counted at once, and shown when one says so. Back closes it.

import { api, fragment } from "../core/http.js";
import { toastError } from "../core/toast.js";

const side = document.querySelector("[data-side]");
const list = side.querySelector("[data-sidebar]");
const show = side.querySelector("[data-side-close]");
const clear = side.querySelector("[data-clear]");
const behind = () => document.querySelectorAll(".topbar, .places, .shell-page");
// What says how the list is shown, not what it shows.
const NO_FILTERS = ["sort", "view", "tz", "after"];
/** @type {HTMLElement | null} */
let opener = null;
/** @type {URL | null} */
let chosen = null;
/** As it was when the sheet was opened. @type {Node[]} */
let before = [];
let asked = 0;

/** @param {HTMLElement} button */
export function openSheet(button) {
  if (side.classList.contains("is-shown")) return;
  opener = button;
  chosen = null;
  before = [...list.childNodes];
  history.pushState({ sheet: true }, "");
  side.classList.add("is-shown");
  side.setAttribute("role", "dialog");
  side.setAttribute("aria-modal", "true");
  button.setAttribute("aria-expanded", "true");
  for (const part of behind()) part.inert = true;
  say(document.querySelector("[data-total]").textContent.split(".")[0], new URL(location.href));
  list.querySelector("a, summary").focus();
}

/** The entry of the sheet goes from the history, and the sheet with it. */
function close() {
  if (history.state?.sheet) history.back();
  else hide();
}

function hide() {
  if (!side.classList.contains("is-shown")) return;
  asked += 1;
  if (chosen) list.replaceChildren(...before);
  side.classList.remove("is-shown");
  side.setAttribute("role", "complementary");
  side.removeAttribute("aria-modal");
  for (const part of behind()) part.inert = false;
  opener?.setAttribute("aria-expanded", "false");
  opener?.focus();
}

/** @param {string} pictures "19 pictures" @param {URL} url */
function say(pictures, url) {
  show.textContent = `Show ${pictures}`;
  const count = [...url.searchParams].filter(([name, value]) => value && !NO_FILTERS.includes(name)).length;
  clear.hidden = count === 0;
  clear.textContent = `Clear ${count}`;
}

/** Count what a filter would show, and draw the sheet as if it was chosen. @param {HTMLAnchorElement} link */
async function choose(link) {
  const [mine, url] = [(asked += 1), new URL(link.href)];
  const view = new URLSearchParams(location.search).get("view");
  if (view) url.searchParams.set("view", view);
  const filters = new URLSearchParams(url.search);
  filters.delete("view");
  filters.set("limit", "1");
  const part = new URL(url);
  part.searchParams.set("fragment", "sidebar");
  const name = nameOf(link);
  show.setAttribute("aria-busy", "true");
  const [fresh, { total }] = await Promise.all([fragment(part), api("GET", `/api/images?${filters}`)]);
  if (mine !== asked) return;
  show.removeAttribute("aria-busy");
  const unfolded = [...list.querySelectorAll("details[open]")].map(({ id }) => id);
  list.replaceChildren(fresh);
  for (const id of unfolded) list.querySelector(`#${id}`)?.setAttribute("open", "");
  chosen = url;
  say(`${total.count.toLocaleString("en")}${total.exact ? "" : "+"} picture${total.count === 1 ? "" : "s"}`, url);
  [...side.querySelectorAll("a")].find((other) => nameOf(other) === name)?.focus();
}

/** A filter is the same after it was chosen by where it stands and what it is called. @param {HTMLAnchorElement} link */
const nameOf = (link) =>
  `${link.closest("[aria-labelledby]")?.getAttribute("aria-labelledby")} ${link.getAttribute("aria-label") ?? link.firstElementChild?.textContent ?? link.textContent}`;

side.addEventListener("click", (/** @type {MouseEvent} */ event) => {
  const link = event.target?.closest("a[href]");
  if (!link || !side.classList.contains("is-shown") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link === show) {
    event.preventDefault();
    if (chosen && chosen.search !== location.search) location.replace(chosen);
    else close();
  } else if (link === clear || link.pathname === "/") {
    event.preventDefault();
    choose(link).catch((error) => {
      show.removeAttribute("aria-busy");
      toastError(error);
    });
  }
});
side.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  if (event.key === "Escape") close();
});
document.addEventListener("click", ({ target }) => {
  if (side.classList.contains("is-shown") && target instanceof Node && !side.contains(target) && !opener?.contains(target)) close();
});
addEventListener("popstate", hide);
