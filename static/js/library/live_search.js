// Results while one types: asked for when the typing pauses, and only the latest answer is shown.

import { fragment } from "../core/http.js";
import { toastError } from "../core/toast.js";
import { watchLink } from "./load_more.js";
import { rows, showList } from "./rows.js";

const PAUSE_MS = 200;
const box = document.querySelector("[data-search]");
let pause = 0;
let asked = new AbortController();

/** The address of what is in the box, with the filters that stay. */
function address() {
  const url = new URL(box.form.action);
  const kept = [...new FormData(box.form)].filter(([, value]) => String(value).trim());
  url.search = String(new URLSearchParams(/** @type {string[][]} */ (kept)));
  const shown = new URLSearchParams(location.search);
  for (const name of ["view", "tz"]) if (shown.has(name)) url.searchParams.set(name, shown.get(name) ?? "");
  return url;
}

const isEditing = () => [...document.querySelectorAll(".editor")].some((control) => control.unsaved?.());

async function search(anew = false) {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const url = address();
  if (url.search === location.search && !anew) return;
  // What is being typed into a row, or saved, stays: the results come after it.
  if (isEditing()) return soon(anew);
  const page = await fragment(url, signal);
  if (signal.aborted) return;
  if (isEditing()) return soon(anew);
  history.replaceState(null, "", url);
  show(page);
}

function show(/** @type {DocumentFragment} */ page) {
  document.dispatchEvent(new CustomEvent("list:replaced"));
  document.title = page.querySelector("title")?.textContent ?? document.title;
  for (const name of ["[data-library]", "[data-selection]", "[data-total]"]) {
    Object.assign(document.querySelector(name).dataset, page.querySelector(name).dataset);
  }
  document.querySelector("[data-total]").textContent = page.querySelector("[data-total]").textContent;
  for (const part of page.querySelectorAll("[data-live]")) {
    document.querySelector(`[data-live="${part.dataset.live}"]`).replaceChildren(...part.childNodes);
  }
  rows().replaceChildren(...page.querySelector("[data-rows]").childNodes);
  showList();
  watchLink(true);
  scrollTo({ top: 0, behavior: "instant" });
}

function soon(anew = false) {
  clearTimeout(pause);
  pause = setTimeout(() => search(anew).catch(toastError), PAUSE_MS);
}

box.addEventListener("input", (/** @type {InputEvent} */ event) => event.isComposing || soon());
box.addEventListener("compositionend", () => soon());
// Rows came back whose place is not on the page any more.
document.addEventListener("list:stale", () => soon(true));
box.form.addEventListener("submit", () => {
  clearTimeout(pause);
  asked.abort();
});
