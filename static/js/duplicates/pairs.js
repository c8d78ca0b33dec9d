// Look-alikes: keep one or both without leaving the page, with Undo.

import { api, fragment } from "../core/http.js";
import { toastError } from "../core/toast.js";
import { offerUndo } from "../undo/offer.js";

const page = document.querySelector("[data-look-alikes]");
const list = page.querySelector("[data-pairs]");

/** @param {HTMLFormElement} form */
async function keep(form) {
  const pair = form.closest("[data-pair]");
  const address = `/api${pair.dataset.pair}`;
  const answer = await api("POST", `${address}/keep`, {
    keep: form.dataset.keep,
    take_words: form.elements.take_words?.checked ?? false,
  });
  // A picture in the trash is in no pair any more.
  const gone = answer.trashed ? pairsWith(String(answer.trashed.id)) : [pair];
  const next = neighbour(gone);
  const marks = gone.map(takeOut);
  await settle();
  (next?.isConnected ? next : page.querySelector("[data-pairs]:not([hidden]) button, [data-alike-empty] a"))?.focus();
  const text = answer.trashed ? `${nameOf(answer.trashed)} is in the trash. ${answer.told}`.trim() : "Both are kept.";
  offerUndo({ text, undo: `${address}/undo`, page: location.pathname }, { done: () => putBack(marks) });
}

/** @param {Taken[]} marks */
async function putBack(marks) {
  for (const { node, mark } of marks) mark.isConnected ? mark.replaceWith(node) : list.prepend(node);
  count(marks.length);
  await settle();
  marks[0].node.querySelector("button").focus();
}

/** @param {ImageJson} image */
function nameOf(image) {
  return image.post_title || image.original_filename;
}

/** @param {string} id */
function pairsWith(id) {
  return [...list.querySelectorAll("[data-pair]")].filter((pair) => pair.dataset.ids.split(" ").includes(id));
}

/** @param {HTMLElement[]} gone */
function neighbour(gone) {
  const rest = [...list.querySelectorAll("[data-pair]")];
  const from = rest.indexOf(gone[0]);
  /** @param {HTMLElement} pair */
  const stays = (pair) => !gone.includes(pair);
  return (rest.slice(from).find(stays) ?? rest.slice(0, from).findLast(stays))?.querySelector("button");
}

/** @param {HTMLElement} node */
function takeOut(node) {
  const mark = document.createComment("");
  node.replaceWith(mark);
  count(-1);
  return { node, mark };
}

// What is "1,000+" stays so: how many more there are is not known.
/** @param {number} change */
function count(change) {
  const place = page.querySelector("[aria-current] [data-kind-count]");
  if (place.textContent.endsWith("+")) return;
  place.dataset.count = Math.max(0, Number(place.dataset.count) + change);
  place.textContent = Number(place.dataset.count).toLocaleString("en");
}

async function settle() {
  const more = list.querySelector("[data-pairs-more]");
  if (more && !list.querySelector("[data-pair]")) await loadMore(more);
  const empty = !list.querySelector("[data-pair]");
  list.hidden = empty;
  page.querySelector("[data-alike-lead]").hidden = empty;
  page.querySelector("[data-alike-empty]").hidden = !empty;
}

/** @param {HTMLAnchorElement} link */
async function loadMore(link) {
  const address = new URL(link.href);
  address.searchParams.set("fragment", "pairs");
  const fresh = await fragment(address.pathname + address.search);
  const first = fresh.querySelector("button, a[data-pairs-more]");
  link.closest("[data-more]").replaceWith(fresh);
  first?.focus();
}

page.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
  const form = event.target?.closest("[data-keep]");
  if (!form) return;
  event.preventDefault();
  const pair = form.closest("[data-pair]");
  if ("busy" in pair.dataset) return;
  pair.dataset.busy = "";
  await keep(form).catch(toastError);
  delete pair.dataset.busy;
});
page.addEventListener("click", (/** @type {MouseEvent} */ event) => {
  const link = event.target?.closest("[data-pairs-more]");
  if (!link) return;
  event.preventDefault();
  loadMore(link).catch(toastError);
});
