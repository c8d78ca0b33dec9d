// The sheet of what can be done with a category or some tags: opened as a dialog, its forms sent to the API, and the
// list drawn anew by the server. Without this module the same links and forms lead to pages.

import { api, fragment } from "../core/http.js";
import { failureOf, toast, toastError } from "../core/toast.js";
import { undoOf } from "../undo/links.js";
import { offerUndo } from "../undo/offer.js";
import { pictures } from "../undo/plural.js";
import { sending } from "../words/form_words.js";

const dialog = document.querySelector("[data-sheet]");
const list = document.querySelector("[data-organise-list]");
/** @type {string | null} */ let opener = null;
let turn = 0;

/** Open the sheet at an address; `form` (URLSearchParams) is sent along by POST. */
export async function openSheet(/** @type {string | URL} */ address, /** @type {URLSearchParams | undefined} */ form = undefined) {
  const url = new URL(address, location.href);
  url.searchParams.set("fragment", "sheet");
  const content = await fragment(url.pathname + url.search, undefined, form);
  if (!dialog.open) opener = keyOf(document.activeElement);
  document.dispatchEvent(new CustomEvent("sheet:drawn", { detail: { address: form ? "" : url.pathname + url.search, content } }));
  dialog.replaceChildren(content);
  if (!dialog.open) dialog.showModal();
  const first = dialog.querySelector("[aria-invalid], input:not([type=hidden]), button");
  first?.focus();
  if (first?.matches("input:not([type=radio])")) first.select();
}

/** Draw the list anew as the server has it now; `fresh` begins with the first page. */
export async function redraw({ fresh = false } = {}) {
  const mine = (turn += 1);
  const url = new URL(list.dataset.organiseList || location.href, location.href);
  url.searchParams.set("fragment", "rows");
  // As many as were shown, so that nobody loses their place.
  const shown = list.querySelectorAll("[data-tag]").length;
  if (shown > 100 && !fresh) url.searchParams.set("limit", shown);
  if ("tags" in list.dataset) url.searchParams.delete("after");
  const content = await fragment(url.pathname + url.search);
  if (mine !== turn) return;
  list.replaceChildren(content);
  document.dispatchEvent(new CustomEvent("organise:drawn"));
}

/** What to look for to find an element again after the list was drawn anew. */
function keyOf(/** @type {Element | null} */ element) {
  const row = element?.closest("[data-category]");
  if (row) return `#${row.id} [data-sheet-open]`;
  const label = element?.getAttribute("aria-label");
  return label ? `[aria-label="${CSS.escape(label)}"]` : null;
}

const close = () => dialog.open && dialog.close();

function giveFocusBack() {
  const place = (opener && document.querySelector(opener)) ?? list.querySelector("a, button, input");
  place?.focus();
}

function bodyOf(/** @type {HTMLFormElement} */ form) {
  const data = new FormData(form);
  const [lists, numbers] = ["lists", "numbers"].map((name) => (form.dataset[name] ?? "").split(" "));
  /** @type {Record<string, any>} */
  const body = {};
  for (const name of new Set(data.keys())) {
    if (name === "back" || name === "sure") continue;
    const value = data.get(name);
    if (lists.includes(name)) body[name] = data.getAll(name);
    else if (numbers.includes(name)) body[name] = value ? Number(value) : null;
    else body[name] = value;
  }
  if ("careful" in form.dataset) body.merge = false;
  return body;
}

async function send(/** @type {HTMLFormElement} */ form) {
  const [method, address] = (form.dataset.call ?? "").split(" ");
  const body = bodyOf(form);
  const taken = sending(form.closest("dialog") ?? form);
  const query = form.dataset.inQuery ? `?${new URLSearchParams(body)}` : "";
  const answer = await api(method, address + query, form.dataset.inQuery ? undefined : body);
  taken();
  close();
  // It is done: a list that cannot be drawn is told as well, and takes nobody's way back.
  await redraw().catch(toastError);
  giveFocusBack();
  const text = [form.dataset.said, answer?.changed && `${pictures(answer.changed)} changed.`].filter(Boolean).join(" ");
  const undo = answer?.bulk_edit_id ? `/api/bulk-edits/${answer.bulk_edit_id}/undo` : answer && undoOf(answer);
  if (undo) offerUndo({ text, undo, page: location.pathname }, { done: drawnBack });
  else toast(text);
}

/** Draw the list as it is after an undo. */
export async function drawnBack() {
  await redraw();
  giveFocusBack();
}

/** A name that is taken opens the sheet with the offer to merge; anything else is said where the person looks. */
async function refused(/** @type {HTMLFormElement} */ form, /** @type {Failure} */ error) {
  if (error.status === 409 && form.dataset.taken) {
    const url = new URL(form.dataset.taken, location.href);
    url.searchParams.set("name", form.elements.name.value);
    if (!error.body?.current) return openSheet(url);
    // Changed elsewhere: the sheet as it is now, with what was typed and a word about it.
    await openSheet(url);
    return sayIn(dialog.querySelector(`form[data-taken]`), error.message);
  }
  const inDialog = form.closest("dialog");
  // Behind an open dialog nobody can press what a message offers.
  if (!inDialog || (error.temporary && error.status !== 401)) return toastError(error);
  if (error.body?.current) form.elements.version.value = error.body.current.version;
  return sayIn(form, error.message);
}

/** Say something at the foot of a sheet's form: behind an open sheet nobody would see it well. */
export function sayIn(/** @type {HTMLFormElement} */ form, /** @type {string} */ text) {
  form.closest("dialog").querySelector("[data-refused]")?.remove();
  const said = document.createElement("p");
  Object.assign(said, { className: "taxonomy-error", role: "alert", textContent: text });
  said.dataset.refused = "";
  form.append(said);
}

document.addEventListener("submit", async (event) => {
  const form = event.target?.closest("form");
  if (!form.dataset.call) return;
  event.preventDefault();
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  const button = event.submitter;
  button?.setAttribute("aria-busy", "true");
  try {
    await send(form);
  } catch (error) {
    await refused(form, failureOf(error)).catch(toastError);
  } finally {
    delete form.dataset.busy;
    button?.removeAttribute("aria-busy");
  }
});
document.addEventListener("click", (event) => {
  const link = event.target?.closest("[data-sheet-open]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    openSheet(link.href).catch(toastError);
  }
  if (event.target?.closest("[data-sheet-close]") || event.target === dialog) close();
});
dialog.addEventListener("close", giveFocusBack);
