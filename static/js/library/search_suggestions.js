// What one can search by, offered under the search box while it is typed: filters, their values, tags and categories.

import { api } from "../core/http.js";

const box = document.querySelector("[data-search]");
const list = document.querySelector("[data-search-hints]");
const [MOST, FAR] = [8, 3];
// Asked of the server: the address for what was typed so far, and the names in its answer.
/** @type {Record<string, [(typed: string) => string, (body: Record<string, Named[]>) => Named[]]>} */
const ASKED = {
  tag: [(typed) => `/api/tags?prefix=${encodeURIComponent(typed)}`, (body) => body.tags],
  category: [() => "/api/categories", (body) => body.categories],
  collection: [() => "/api/collections", (body) => body.collections],
};
let [chosen, asking] = [-1, 0];
/** @type {Promise<SearchFilter[]> | null} */
let asked = null;

/**
 * Each filter with its other names, what it is about and the values that can follow (artworks/search/filters.py). The
 * server is asked once, when the box is first used; what failed is asked for again.
 */
function loadFilters() {
  asked ??= api("GET", list.dataset.searchHints).catch(() => {
    asked = null;
    return [];
  });
  return asked;
}

// The word that the cursor stands in, as far as it is typed.
function typedWord() {
  const before = box.value.slice(0, box.selectionStart);
  return before.match(/-?(?:[a-z]+:)?(?:"(?:[^"\\]|\\.)*|[^\s"]*)$/i)[0];
}

async function offers(/** @type {string} */ word) {
  const [, minus = "", name = "", typed = ""] = word.match(/^(-?)(?:([a-z]+):)?"?(.*)$/i) ?? [];
  const beginning = plain(typed.replace(/\\(["\\])/g, "$1"));
  const filters = await loadFilters();
  if (!name) {
    const fitting = filters.filter((filter) => beginning && `${filter.name}:`.startsWith(beginning));
    return fitting.map((filter) => ({ text: `${minus}${filter.name}:`, note: filter.note }));
  }
  const filter = name.toLowerCase();
  const known = filters.find((one) => one.name === filter || one.aliases.includes(filter));
  const found = known?.values.length ? known.values : await names(filter, typed);
  const far = (/** @type {string} */ value) => distance(plain(value), beginning);
  const fitting = found.filter((value) => far(value) < FAR).sort((one, other) => far(one) - far(other));
  return fitting.map((value) => ({ text: `${minus}${name}:${written(value)}`, note: "" }));
}

// Nearly as the server compares names.
function plain(/** @type {string} */ text) {
  return text.normalize("NFKC").toLowerCase().replace(/^#/, "");
}

// A value as the search reads it: in straight marks where it has spaces or marks of its own (artworks/search/query.py).
function written(/** @type {string} */ value) {
  return /[\s"“”„\\]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value;
}

// What begins like this comes first, then what has a word that does; the order is kept otherwise.
function distance(/** @type {string} */ value, /** @type {string} */ beginning) {
  if (value.startsWith(beginning)) return 0;
  const words = value.split(/[\s/]+/);
  if (words.some((word) => word.startsWith(beginning))) return 1;
  return value.includes(beginning) ? 2 : FAR;
}

async function names(/** @type {string} */ name, /** @type {string} */ typed) {
  if (!Object.hasOwn(ASKED, name)) return [];
  const [address, taken] = ASKED[name];
  const body = await api("GET", address(typed)).catch(() => null);
  return body ? taken(body).map((one) => one.name) : [];
}

async function offer() {
  const word = typedWord();
  const mine = ++asking;
  const found = (word ? await offers(word) : []).filter((one) => one.text !== word).slice(0, MOST);
  if (mine !== asking) return;
  chosen = -1;
  list.replaceChildren(...found.map(option));
  open(found.length > 0);
}

function option(/** @type {SearchOffer} */ { text, note }, /** @type {number} */ index) {
  const item = Object.assign(document.createElement("li"), { id: `search-hint-${index}`, className: "search-suggestion" });
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.text = text;
  item.append(Object.assign(document.createElement("span"), { textContent: text, dir: "auto" }));
  if (note) item.append(Object.assign(document.createElement("span"), { textContent: note, className: "faint small" }));
  return item;
}

function open(/** @type {boolean} */ shown) {
  list.hidden = !shown;
  box.setAttribute("aria-expanded", String(shown));
  if (!shown) box.removeAttribute("aria-activedescendant");
}

function move(/** @type {number} */ step) {
  const items = [...list.children];
  chosen = (chosen + step + items.length + (chosen < 0 && step < 0 ? 1 : 0)) % items.length;
  for (const [index, item] of items.entries()) item.setAttribute("aria-selected", String(index === chosen));
  box.setAttribute("aria-activedescendant", items[chosen].id);
  items[chosen].scrollIntoView({ block: "nearest" });
}

function take(/** @type {HTMLElement} */ item) {
  const end = box.selectionStart;
  const begin = end - typedWord().length;
  const { text: taken = "" } = item.dataset;
  const text = taken.endsWith(":") ? taken : `${taken} `;
  box.setRangeText(text, begin, end, "end");
  box.focus();
  offer();
}

if (box && list) {
  const ways = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": list.id };
  for (const [name, value] of Object.entries(ways)) box.setAttribute(name, value);
  box.addEventListener("focus", loadFilters);
  box.addEventListener("input", offer);
  box.addEventListener("blur", () => open(false));
  box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Escape") open(false);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) take(list.children[chosen]);
    else return;
    event.preventDefault();
  });
  /** @type {HTMLElement | null} */
  let pressed = null;
  list.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    // Pressing must not take the cursor out of the box.
    event.preventDefault();
    pressed = event.target?.closest("[data-text]") ?? null;
  });
  // Drawn anew under the finger, an offer that was pressed gets no click.
  list.addEventListener("pointerup", () => pressed && !pressed.isConnected && take(pressed));
  list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const item = event.target?.closest("[data-text]");
    if (item) take(item);
  });
}
