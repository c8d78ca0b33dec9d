// The list of tags: found while typing, more as one asks, ticked ones in a bar, and those nearly the same fetched last.

import { fragment } from "../core/http.js";
import { openSheet, redraw } from "./dialogs.js";
import { toastError } from "../core/toast.js";

const PAUSE_MS = 200;
const form = document.querySelector("[data-ticked-form]");
const list = form.querySelector("[data-tags]");
const bar = form.querySelector("[data-tags-bar]");
const panel = document.querySelector("[data-alike]");
const prefix = document.querySelector("[data-tags-prefix]");
let timer = 0;

function drawBar() {
  const count = form.querySelectorAll("[data-tag]:checked").length;
  bar.hidden = count === 0;
  bar.querySelector("[data-tags-count]").textContent = count ? `${count} ticked` : "";
}

/** @param {Record<string, string>} changes */
function place(changes) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries({ ...changes, after: "", alike: "" })) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  history.replaceState(null, "", url);
  for (const link of document.querySelectorAll("[data-tags-order]")) {
    const address = new URL(link.href);
    if (prefix.value.trim()) address.searchParams.set("prefix", prefix.value.trim());
    else address.searchParams.delete("prefix");
    link.href = address;
  }
}

async function find() {
  place({ prefix: prefix.value.trim() });
  await redraw({ fresh: true });
}

/** @param {HTMLAnchorElement} link */
async function more(link) {
  const url = new URL(link.href);
  url.searchParams.set("fragment", "rows");
  link.setAttribute("aria-busy", "true");
  const content = await fragment(url.pathname + url.search);
  const rows = [...content.querySelectorAll(".tag-row")];
  list.querySelector(".tag-list").append(...rows);
  const next = content.querySelector("[data-tags-more]")?.closest("p");
  if (next) link.closest("p").replaceWith(next);
  else link.closest("p").remove();
  rows[0]?.querySelector("input").focus({ preventScroll: true });
}

async function lookForAlike() {
  const open = panel.querySelector("[data-alike-panel]")?.open;
  panel.replaceChildren(await fragment("/tags?fragment=alike"));
  const fresh = panel.querySelector("[data-alike-panel]");
  if (fresh && open) fresh.open = true;
}

form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  openSheet(event.submitter?.formAction ?? form.action, new URLSearchParams(new FormData(form))).catch(toastError);
});
form.addEventListener("change", drawBar);
form.querySelector("[data-tags-clear]").addEventListener("click", () => {
  for (const box of form.querySelectorAll("[data-tag]:checked")) box.checked = false;
  drawBar();
  list.querySelector("input[data-tag]")?.focus();
});
prefix.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => find().catch(toastError), PAUSE_MS);
});
prefix.form.addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  clearTimeout(timer);
  find().catch(toastError);
});
list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
  const link = event.target?.closest("[data-tags-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  more(link).catch((error) => {
    link.removeAttribute("aria-busy");
    toastError(error);
  });
});
document.addEventListener("organise:drawn", () => {
  drawBar();
  // Typing changes only what is shown; everything else may have changed the tags.
  if (document.activeElement !== prefix) lookForAlike().catch(toastError);
});

document.addEventListener("page:fresh", drawBar);

drawBar();
if (panel.querySelector("[data-alike-wait]")) lookForAlike().catch(toastError);
