// One field of the ticked pictures in a dialog: category, hashtags, collection, key points.

import { change, sentences } from "./bulk_edit.js";
import { showDialog } from "../core/dialog.js";
import { api, fragment } from "../core/http.js";
import { failureOf, toastError } from "../core/toast.js";
import { undoOf } from "../undo/links.js";
import { remember } from "../undo/offer.js";
import { sending } from "../words/form_words.js";

const COMPLETE_AFTER_MS = 150;
const CONFLICT = 409;

/** @type {Record<string, (form: HTMLFormElement, how: string) => BulkChange | Promise<BulkChange>>} */
const bodies = {
  category(form, how) {
    if (how !== "none") return { set: { category: filled(form, "category", "Type a category, or choose one.") } };
    if (form.elements.category.value.trim()) refuse("category", "You typed a category and want it taken away. Empty the field for that.");
    return { set: { category: "" } };
  },
  tags(form) {
    const [add_hashtags, remove_hashtags] = ["add_hashtags", "remove_hashtags"].map((name) => form.elements[name].value.trim());
    if (!add_hashtags && !remove_hashtags) filled(form, "add_hashtags", "Type a hashtag to add or to remove.");
    return { add_hashtags, remove_hashtags };
  },
  async collection(form, how) {
    const name = filled(form, "collection", "Type the name of a collection, or choose one.");
    const there = collectionNamed(form, name);
    if (how === "out") return { remove_from_collection_id: there ?? refuse("collection", `There is no collection called “${name}”.`) };
    return { collection_id: there ?? (await made(name)) };
  },
  key_points(form) {
    const text = filled(form, "key_points", "Type what is true of all of them.");
    return form.elements.how.value === "replace" ? { set: { key_points: text } } : { append_key_points: text };
  },
};

/** @param {HTMLFormElement} form @param {string} name @param {string} sentence */
function filled(form, name, sentence) {
  return form.elements[name].value.trim() || refuse(name, sentence);
}

/** @param {string} field @param {string} message */
function refuse(field, message) {
  throw Object.assign(new Error(message), { field });
}

/** @param {HTMLFormElement} form @param {string} name */
function collectionNamed(form, name) {
  // Nearly as names are compared by the server, which has the last word.
  /** @param {string} text */
  const key = (text) => text.normalize("NFKC").toLowerCase().trim().replace(/\s+/g, " ");
  /** @param {HTMLOptionElement} option */
  const same = (option) => key(option.value) === key(name);
  const id = [...form.querySelectorAll("datalist option[data-id]")].find(same)?.dataset.id;
  return id && Number(id);
}

/** @param {string} name */
async function made(name) {
  try {
    const collection = await api("POST", "/api/collections", { name });
    remember({ text: `the new collection “${name}”`, undo: undoOf(collection) });
    return collection.id;
  } catch (error) {
    throw Object.assign(failureOf(error), { field: "collection" });
  }
}

/**
 * Open the dialog of one field; `count` says in words how many pictures it is about.
 * @param {string} what @param {Chosen} chosen @param {string} count
 */
export async function openBulk(what, chosen, count) {
  try {
    show(what, await fragment(`/bulk?fragment=${what}`), chosen, count);
  } catch (error) {
    toastError(error);
  }
}

/** @param {string} what @param {DocumentFragment} content @param {Chosen} chosen @param {string} count */
function show(what, content, chosen, count) {
  content.querySelector("[data-bulk-count]").textContent = count;
  const dialog = showDialog(content, "bulk-title", "bulk-dialog");
  dialog.addEventListener("click", (event) => {
    const how = event.target?.closest("[data-bulk-how]");
    if (how) send(dialog, how.form, what, how.dataset.bulkHow, chosen);
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    send(dialog, event.target?.closest("form"), what, "", chosen);
  });
  dialog.addEventListener("input", (event) => {
    for (const place of dialog.querySelectorAll("[data-error]")) place.hidden = true;
    event.target?.removeAttribute("aria-invalid");
    completeTags(dialog, event.target?.closest("[name]"));
  });
  dialog.querySelector("input, textarea").focus();
}

/** @param {HTMLDialogElement} dialog @param {HTMLFormElement} form @param {string} what @param {string} how @param {Chosen} chosen */
async function send(dialog, form, what, how, chosen) {
  if ("busy" in form.dataset) return;
  form.dataset.busy = "";
  const taken = sending(form);
  try {
    const body = await bodies[what](form, how);
    const { told, ...more } = sentences(what, form, how, body);
    await change(chosen, body, told, more);
    taken();
    dialog.close();
  } catch (error) {
    showMistake(form, failureOf(error));
  } finally {
    delete form.dataset.busy;
  }
}

/** @param {HTMLFormElement} form @param {Failure} error */
function showMistake(form, error) {
  const field = error.field ?? error.body?.error?.field ?? "";
  const known = form.querySelector(`[data-error="${CSS.escape(field)}"]`);
  const place = known ?? form.querySelector('[data-error=""]');
  place.textContent = error.status === CONFLICT && !known ? `${error.message} Try it once more.` : error.message;
  place.hidden = false;
  const control = form.querySelector(`[name="${CSS.escape(field)}"]`);
  control?.setAttribute("aria-invalid", "true");
  control?.focus();
}

let timer = 0;

/**
 * Offer hashtags that begin like the last word; what stands before it stays.
 * @param {HTMLDialogElement} dialog
 * @param {TextControl} input
 */
function completeTags(dialog, input) {
  const list = dialog.querySelector(`[data-tag-names="${input.name}"]`);
  if (!list) return;
  const [, head = "", last = ""] = /^(.*?)([^\s,;]*)$/s.exec(input.value) ?? [];
  clearTimeout(timer);
  if (!last.replace("#", "")) return list.replaceChildren();
  timer = setTimeout(async () => {
    // Without help one can still type.
    const { tags } = await api("GET", `/api/tags?prefix=${encodeURIComponent(last)}`).catch(() => ({ tags: [] }));
    list.replaceChildren(...tags.slice(0, 12).map((/** @type {{ name: string }} */ { name }) => new Option("", head + name)));
  }, COMPLETE_AFTER_MS);
}
