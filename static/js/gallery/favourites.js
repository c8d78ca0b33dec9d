// Hearts on the pictures of a shared gallery, and the bar that sends what was chosen.

import { areSame, choiceOf } from "./choice.js";

const THUMBNAILS = 3;
const RESET_MS = 50;
/** @type {HTMLFormElement} */
const form = document.querySelector("[data-favourites]");
const place = form ? new URL(form.action).pathname.replace(/\/favourites$/, "") : "";
const choice = choiceOf(place);
const works = form?.querySelector("[data-choice-works]");
const see = form?.querySelector("[data-choice-see]");
/** @type {HTMLInputElement} */
const nameField = form?.elements.namedItem("name");

let sent = idsOf(form?.dataset.favourites ?? "");
// What is chosen here and differs from what was sent; null while nothing does.
let draft = choice.read();
let isChanging = false;

function idsOf(/** @type {string} */ text) {
  return text.split(",").filter(Boolean).map(Number);
}

const chosen = () => draft?.ids ?? sent;

function show() {
  const ids = chosen();
  for (const box of hearts()) box.checked = ids.includes(Number(box.value));
  if (draft?.name && document.activeElement !== nameField) nameField.value = draft.name;
  const isSent = sent.length > 0 && !draft && !isChanging;
  form.classList.toggle("is-sent", isSent);
  form.classList.toggle("is-shown", ids.length > 0 || sent.length > 0);
  form.querySelector("[data-choice-count]").textContent = ids.length ? `${ids.length} chosen` : "Nothing chosen";
  const isOpen = see.getAttribute("aria-expanded") === "true";
  form.classList.toggle("is-open", isOpen);
  see.hidden = !ids.length || isSent;
  const shown = isOpen ? ids : ids.slice(0, THUMBNAILS);
  works.replaceChildren(...shown.map(workOf));
}

function workOf(/** @type {number} */ id) {
  const link = document.createElement("a");
  link.href = `${place}/${id}`;
  const image = document.createElement("img");
  image.src = `${place}/${id}/thumbnail`;
  image.alt = document.querySelector(`#picture-${id} img`)?.alt || "A picture that you chose";
  // Not in the gallery any more; it is left out when the choice is sent, too.
  image.addEventListener("error", () => link.remove());
  link.append(image);
  return link;
}

/** @returns {NodeListOf<HTMLInputElement>} */
const hearts = () => document.querySelectorAll(".gallery-heart input");

function keep(/** @type {number[]} */ ids) {
  const once = draft?.once ?? form.elements.namedItem("once")?.value ?? "";
  draft = areSame(ids, sent) ? null : { ids, name: nameField.value, once, sent };
  choice.write(draft ?? { sent });
  show();
}

function take(/** @type {number[]} */ ids) {
  sent = ids;
  draft = null;
  isChanging = false;
  // Other tabs learn from it what was sent.
  choice.write({ sent: ids });
}

/** Show what another page of this gallery kept or sent meanwhile. */
function readAgain() {
  sent = choice.sent() ?? sent;
  draft = choice.read();
  show();
}

async function send() {
  const { sendChoice } = await import("./send.js");
  // What this page does not know of stays as it was sent.
  const shown = [...new Set([...sent, ...chosen()])];
  const ids = await sendChoice(form, { ids: chosen(), shown, name: nameField.value, once: draft?.once ?? "" });
  if (ids) take(ids);
  show();
}

if (form) {
  form.noValidate = true;
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box?.matches(".gallery-heart input")) return;
    const id = Number(box.value);
    // Another tab may have chosen meanwhile.
    draft = choice.read() ?? draft;
    keep(box.checked ? [...chosen().filter((one) => one !== id), id] : chosen().filter((one) => one !== id));
  });
  nameField.addEventListener("input", () => {
    if (draft) choice.write((draft = { ...draft, name: nameField.value }));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  see.addEventListener("click", () => {
    see.setAttribute("aria-expanded", String(see.getAttribute("aria-expanded") !== "true"));
    show();
  });
  form.querySelector("[data-choice-change]").addEventListener("click", () => {
    isChanging = true;
    show();
    nameField.focus();
  });
  addEventListener("storage", (event) => {
    if (event.key === choice.key) readAgain();
  });
  addEventListener("pageshow", (event) => {
    // WebKit puts what is not completed by itself back to how it came, in a task after this one.
    if (event.persisted) setTimeout(readAgain, RESET_MS);
  });
  show();
}

// Once the first pictures are there the others come, too: a page that is printed has them all then.
addEventListener("load", () => {
  for (const image of document.querySelectorAll(".gallery-work img")) image.loading = "eager";
});
