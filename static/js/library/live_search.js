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
  const view = new URLSearchParams(location.search).get("view");
  if (view) url.searchParams.set("view", view);
  return url;
}

const isEditing = () => [...document.querySelectorAll(".editor")].some((control) => control.unsaved?.());

async function search() {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const url = address();
  // What is being typed into a row stays; Enter still leads to the results.
  if (url.search === location.search || isEditing()) return;
  const page = await fragment(url, signal);
  if (signal.aborted || isEditing()) return;
  history.replaceState(null, "", url);
  show(page);
}

function show(/** @type {DocumentFragment} */ page) {
  document.title = page.querySelector("title")?.textContent ?? document.title;
  for (const name of ["[data-library]", "[data-selection]"]) {
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

function soon(/** @type {InputEvent | CompositionEvent} */ event) {
  if ("isComposing" in event && event.isComposing) return;
  clearTimeout(pause);
  pause = setTimeout(() => search().catch(toastError), PAUSE_MS);
}

box.addEventListener("input", soon);
box.addEventListener("compositionend", soon);
box.form.addEventListener("submit", () => {
  clearTimeout(pause);
  asked.abort();
});
