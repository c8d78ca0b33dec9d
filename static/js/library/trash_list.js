// The trash: put pictures back, load more, empty it after asking.

import { api, fragment } from "../core/http.js";
import { toastError } from "../core/toast.js";
import { offerUndo } from "../undo/offer.js";

const page = document.querySelector("[data-trash-page]");
const rows = page.querySelector("[data-trash-rows]");
// It comes with the first picture that somebody throws away.
const dialog = () => page.querySelector("[data-empty-dialog]");

/** @type {Record<string, (form: HTMLFormElement) => Promise<void>>} */
const actions = {
  /** @param {HTMLFormElement} form */
  async restoreTrashed(form) {
    const card = form.closest("[data-trashed-image]");
    const image = await api("POST", form.dataset.restoreTrashed ?? "");
    const next = (card.nextElementSibling ?? card.previousElementSibling)?.querySelector("button, a");
    card.remove();
    countDown(1);
    (next ?? page.querySelector("[data-trash-empty] a")).focus();
    const undo = { method: "DELETE", url: `/api/images/${image.id}` };
    const text = `“${image.post_title || image.original_filename}” is back in the library.`;
    offerUndo({ text, undo, open: { label: "Show it", href: image.urls.page }, page: location.pathname, images: [image.id], list: true });
  },
  /** @param {HTMLFormElement} form */
  async empty(form) {
    const button = form.querySelector("button:not([type=button])");
    button.disabled = true;
    try {
      await api("POST", form.dataset.empty ?? "");
    } finally {
      button.disabled = false;
      dialog()?.close();
    }
    countDown(Number.POSITIVE_INFINITY);
    page.querySelector("[data-trash-empty] a").focus();
    say("The trash is empty.");
  },
};

/** @param {number} by */
function countDown(by) {
  const place = page.querySelector("[data-trash-count]");
  const left = Math.max(0, Number(place.dataset.count) - by);
  place.dataset.count = left;
  place.parentElement.lastChild.textContent = left === 1 ? " picture" : " pictures";
  place.textContent = left.toLocaleString("en");
  if (left) return;
  rows.hidden = true;
  for (const part of page.querySelectorAll(".trash-head > :not(h1), .trash-lead")) part.hidden = true;
  page.querySelector("[data-trash-empty]").hidden = false;
}

/** @param {string} text */
function say(text) {
  page.querySelector("[data-trash-state]").textContent = text;
}

/** @param {HTMLAnchorElement} link */
async function loadMore(link) {
  const address = new URL(link.href);
  address.searchParams.set("fragment", "rows");
  const item = link.closest("[data-more]");
  const fresh = await fragment(address.pathname + address.search);
  const first = fresh.querySelector("button, a");
  item.replaceWith(fresh);
  first?.focus();
}

page.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
  const form = event.target?.closest("form");
  const name = Object.keys(actions).find((key) => key in form.dataset);
  if (!name) return;
  event.preventDefault();
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  await actions[name](form).catch(toastError);
  delete form.dataset.busy;
});
page.addEventListener("click", (/** @type {MouseEvent} */ event) => {
  const link = event.target?.closest("[data-trash-more]");
  if (link) {
    event.preventDefault();
    loadMore(link).catch(toastError);
  }
  if (event.target?.closest("[data-empty-open]")) dialog().showModal();
  if (event.target?.closest("[data-empty-close]") || event.target === dialog()) dialog()?.close();
});
