// The files that were not taken, at the top of the tray: one card for all that can be turned, one for each other reason.

import { sizeOf } from "./file_check.js";
import { adviceForMany, adviceForTurning, headingFor } from "./format_words.js";

const list = document.querySelector("[data-tray-refused]");
const template = document.getElementById("tray-refused");
const nameTemplate = document.getElementById("tray-refused-name");
const TURNED = "turned";
/** @type {Map<string, RefusedCard>} */
const cards = new Map(); // why -> its card

/** Show the refused ones of these files; a card stays where it is, and a new one comes below. @param {UploadItem[]} items */
export function drawRefused(items) {
  /** @type {Map<string, UploadItem[]>} */
  const groups = new Map();
  for (const item of items) {
    if (item.state !== "refused") continue;
    const why = item.convertible ? TURNED : item.why;
    groups.set(why, [...(groups.get(why) ?? []), item]);
  }
  for (const [why, card] of cards) {
    if (groups.has(why)) continue;
    card.remove();
    cards.delete(why);
  }
  for (const [why, members] of groups) drawCard(why, members);
}

/** @param {string} why @param {UploadItem[]} members */
function drawCard(why, members) {
  const card = cards.get(why) ?? newCard(why);
  const same = card.items?.length === members.length && card.items.every((item, place) => item === members[place]);
  if (same) return;
  card.items = members;
  const several = members.length > 1;
  const [first] = members;
  card.querySelector("[data-refused-title]").textContent = several ? headingOf(why, members) : first.name;
  card.querySelector("[data-refused-size]").textContent = several ? "" : sizeOf(first.file.size);
  card.querySelector("[data-refused-advice]").textContent = several ? adviceOf(why, members) : first.note;
  const turn = card.querySelector("[data-tray-convert]");
  turn.hidden = why !== TURNED;
  turn.textContent = several ? `Turn ${members.length} into JPEG and add` : "Turn into JPEG and add";
  card.querySelector("[data-tray-leave]").textContent = several ? "Leave them out" : "Leave it out";
  const names = card.querySelector("details");
  names.hidden = !several;
  names.querySelector("summary").textContent = `Show the ${members.length} names`;
  if (names.open) drawNames(card);
}

/** @param {string} why */
function newCard(why) {
  /** @type {RefusedCard} */
  const card = template.content.firstElementChild.cloneNode(true);
  // Hundreds of names are put in only when somebody wants to read them.
  card.querySelector("details").addEventListener("toggle", () => drawNames(card));
  cards.set(why, card);
  if (why === TURNED) list.prepend(card);
  else list.append(card);
  return card;
}

/** @param {RefusedCard} card */
function drawNames(card) {
  const names = card.querySelector("ul");
  /** @type {Map<UploadItem, RefusedCard>} */
  const old = new Map([...names.children].map((name) => [name.items[0], name]));
  const wanted = card.querySelector("details").open ? (card.items ?? []) : [];
  for (const [item, name] of old) if (!wanted.includes(item)) name.remove();
  names.append(...wanted.filter((item) => !old.has(item)).map(newName));
}

/** @param {UploadItem} item */
function newName(item) {
  /** @type {RefusedCard} */
  const name = nameTemplate.content.firstElementChild.cloneNode(true);
  name.items = [item];
  name.querySelector("[data-refused-title]").textContent = item.name;
  name.querySelector("[data-refused-size]").textContent = sizeOf(item.file.size);
  const turn = name.querySelector("[data-tray-convert]");
  turn.hidden = !item.convertible;
  turn.setAttribute("aria-label", `Turn into JPEG: ${item.name}`);
  return name;
}

/** @param {string} why @param {UploadItem[]} members */
function headingOf(why, members) {
  if (why === "large") return `${members.length} files that are too large`;
  return headingFor(members.map((item) => item.format));
}

/** @param {string} why @param {UploadItem[]} members */
function adviceOf(why, members) {
  const formats = members.map((item) => item.format);
  if (why === TURNED) return adviceForTurning(formats);
  if (why === "large") return `The limit is ${document.body.dataset.maxUploadMb} MB. Save them smaller, then add them again.`;
  // What the server says of one file.
  return adviceForMany(why) || `The same for each: ${why}`;
}

list.addEventListener("click", (/** @type {Event} */ event) => {
  const button = event.target?.closest("[data-tray-convert], [data-tray-leave]");
  if (!button) return;
  const kind = button.matches("[data-tray-leave]") ? "tray:leave" : "tray:convert";
  const pressed = button.closest("li");
  const card = [...cards.values()].find((other) => other.contains(pressed));
  document.dispatchEvent(new CustomEvent(kind, { detail: { items: pressed.items } }));
  // The button goes with what it was for; where names of others stay, they are next.
  if (pressed !== card && (card?.items?.length ?? 0) > 2) card?.querySelector("summary").focus();
});
