// Results while one types: asked for when the typing pauses, and only the latest answer is shown.

import { fragment } from "../core/http.js";
import { toastError } from "../core/toast.js";
import { watchLink } from "./load_more.js";
import { rows, showList } from "./rows.js";

const PAUSE_MS = 200;
// How long one may stop in the middle of a filter before a list without pictures is drawn: "status:dr" finds none.
const LONG_PAUSE_MS = 1000;
const box = document.querySelector("[data-search]");
let pause = 0;
let asked = new AbortController();
let writes = 0; // how often this page changed something

// A filter whose value is still to come; as it stands it would be looked for as a word.
const UNFINISHED = /(?:^|\s)-?\p{L}+:"?$/u;
// A filter at the end, whose value may go on.
const HALF_TYPED = /(?:^|\s)-?\p{L}+:(?:[^\s"]+|"[^"]*)$/u;

/** The address of what is in the box, with the filters that stay. */
function address() {
  const url = new URL(box.form.action);
  const kept = [...new FormData(box.form)].filter(([, value]) => String(value).trim());
  url.search = String(new URLSearchParams(/** @type {string[][]} */ (kept)));
  const shown = new URLSearchParams(location.search);
  for (const name of ["view", "tz"]) if (shown.has(name)) url.searchParams.set(name, shown.get(name) ?? "");
  return url;
}

const isEditing = () => rows().querySelector(".editor") !== null;

async function search(anew = false) {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  if (!anew && UNFINISHED.test(box.value)) return;
  const url = address();
  if (url.search === location.search && !anew) return;
  // What is being typed into a row, or saved, stays: the results come after it.
  if (isEditing()) return soon(anew);
  const known = writes;
  const page = await fragment(url, signal);
  if (signal.aborted) return;
  // What was saved meanwhile may be newer than these results.
  if (isEditing() || writes !== known) return soon(anew);
  if (!anew && HALF_TYPED.test(box.value) && !page.querySelector("[data-image-id]")) {
    await new Promise((after) => setTimeout(after, LONG_PAUSE_MS));
    if (signal.aborted || address().search !== url.search) return;
  }
  history.replaceState(null, "", url);
  show(page);
  if (!anew) scrollTo({ top: 0, behavior: "instant" });
}

function show(/** @type {DocumentFragment} */ page) {
  document.dispatchEvent(new CustomEvent("list:replaced"));
  document.title = page.querySelector("title")?.textContent ?? document.title;
  for (const name of ["[data-library]", "[data-selection]", "[data-total]"]) {
    Object.assign(document.querySelector(name).dataset, page.querySelector(name).dataset);
  }
  document.querySelector("[data-total]").textContent = page.querySelector("[data-total]").textContent;
  for (const part of page.querySelectorAll("[data-live]")) {
    draw(document.querySelector(`[data-live="${part.dataset.live}"]`), part);
  }
  rows().replaceChildren(...page.querySelector("[data-rows]").childNodes);
  showList();
  watchLink(true);
}

/** Draw a part anew; what somebody has unfolded or typed there stays. @param {HTMLElement} old @param {HTMLElement} fresh */
function draw(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement?.id : "";
  for (const { id } of old.querySelectorAll("details[open][id]")) fresh.querySelector(`#${id}`)?.setAttribute("open", "");
  for (const field of old.querySelectorAll("input[id]")) {
    const same = fresh.querySelector(`#${field.id}`);
    if (same && field.value !== field.defaultValue) same.value = field.value;
  }
  if (fresh.ariaSort) old.ariaSort = fresh.ariaSort;
  else old.removeAttribute("aria-sort");
  old.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus();
}

function soon(anew = false) {
  clearTimeout(pause);
  pause = setTimeout(() => search(anew).catch(toastError), PAUSE_MS);
}

box.addEventListener("input", (/** @type {InputEvent} */ event) => event.isComposing || soon());
box.addEventListener("compositionend", () => soon());
addEventListener("online", () => soon());
// Rows came, or came back, whose place the server knows.
document.addEventListener("server:changed", () => (writes += 1));
document.addEventListener("list:stale", () => soon(true));
box.form.addEventListener("submit", () => {
  clearTimeout(pause);
  asked.abort();
});
