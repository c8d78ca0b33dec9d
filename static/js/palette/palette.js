// The command palette: what is typed is asked of the server, and the latest answer alone is shown. The focus stays in the
// text; arrows say which offer Enter takes.

import { actOn, ticked } from "./acts.js";
import { note, recent } from "./recent.js";
import { showDialog } from "../core/dialog.js";
import { fragment } from "../core/http.js";
import { failureOf, toastError } from "../core/toast.js";
import { isCommand, letterOf } from "../keys/letters.js";
import { linkStyles } from "../keys/style_sheet.js";

const PAUSE_MS = 120;
let isOpening = false;

/** Open the palette; over another dialog there is none. */
export async function openPalette() {
  if (isOpening || document.querySelector("dialog:modal")) return;
  isOpening = true;
  try {
    const [content] = await Promise.all([ask("", "dialog"), linkStyles("palette")]);
    if (!document.querySelector("dialog:modal")) new Palette(showDialog(content, "palette-title", "palette"));
  } finally {
    isOpening = false;
  }
}

/** @param {string} text @param {string} part @param {AbortSignal} [signal] */
function ask(text, part, signal) {
  const query = new URLSearchParams({ q: text, ticked: ticked(), recent: recent(), fragment: part });
  return fragment(`/palette?${query}`, signal);
}

class Palette {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    this.box = dialog.querySelector("[data-palette-text]");
    this.found = dialog.querySelector("[data-palette-found]");
    this.asked = new AbortController();
    this.pause = 0;
    // Whether what was typed is not answered yet, is being asked for, and Enter was pressed already.
    [this.waits, this.isAsking, this.entered] = [false, false, false];
    this.choose(0);
    this.box.focus();
    this.box.addEventListener("input", () => this.soon());
    dialog.addEventListener("keydown", (event) => this.press(event));
    dialog.addEventListener("click", (event) => this.clicked(event));
    this.found.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      const offer = event.target?.closest("[role=option]");
      if (offer && (event.movementX || event.movementY)) this.choose(this.offers().indexOf(offer), false);
    });
  }

  /** @returns {HTMLElement[]} */
  offers() {
    return [...this.found.querySelectorAll("[role=option]:not([aria-disabled])")];
  }

  soon() {
    [this.waits, this.isAsking, this.entered] = [true, true, false];
    clearTimeout(this.pause);
    this.asked.abort();
    this.pause = setTimeout(() => this.search(), PAUSE_MS);
  }

  async search() {
    const { signal } = (this.asked = new AbortController());
    try {
      const content = await ask(this.box.value, "found", signal);
      if (signal.aborted || !this.dialog.open) return;
      this.found.replaceChildren(content);
      this.found.scrollTop = 0;
      this.waits = false;
      this.choose(0);
      this.say(`${this.offers().length} found`);
      if (this.entered) this.take(this.chosen());
    } catch (error) {
      const { name, message } = failureOf(error);
      if (name === "AbortError") return;
      this.say(message, true);
      this.isAsking = false;
    }
    this.entered = false;
  }

  /** @param {string} text */
  say(text, failed = false) {
    const place = this.dialog.querySelector("[data-palette-said]");
    place.textContent = text;
    place.classList.toggle("visually-hidden", !failed);
  }

  chosen() {
    return this.offers().find((offer) => offer.ariaSelected === "true");
  }

  /** @param {number} index */
  choose(index, intoSight = true) {
    const offers = this.offers();
    for (const [at, offer] of offers.entries()) offer.setAttribute("aria-selected", String(at === index));
    const offer = offers[index];
    if (offer) this.box.setAttribute("aria-activedescendant", offer.id);
    else this.box.removeAttribute("aria-activedescendant");
    // With the heading of its group, when it is the first one.
    if (intoSight) (index === 0 ? this.found.firstElementChild : offer)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { length } = this.offers();
    const at = this.offers().findIndex((offer) => offer.ariaSelected === "true");
    if (letterOf(event) === "k" && isCommand(event)) this.dialog.close();
    else if (event.key === "ArrowDown") this.choose((at + 1) % length);
    else if (event.key === "ArrowUp") this.choose((at - 1 + length) % length);
    else if (event.key === "Enter" && event.target === this.box) this.enter(event);
    else return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  enter(event) {
    // Where the server could not be reached Enter asks again.
    if (this.waits && !this.isAsking) this.soon();
    if (this.waits) this.entered = true;
    else this.take(this.chosen(), event.ctrlKey || event.metaKey);
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    if (event.target?.closest("[data-open-keys]")) this.dialog.close();
    const offer = event.target?.closest("[role=option]:not([aria-disabled])");
    if (!offer) return;
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (offer.dataset.key) note(offer.dataset.key);
    // A link leads there by itself.
    if (!("act" in offer.dataset)) return void (elsewhere || this.dialog.close());
    this.take(offer);
  }

  /** @param {HTMLElement | undefined} offer */
  take(offer, elsewhere = false) {
    if (!offer) return;
    const { act, value = "", name = "", key } = offer.dataset;
    if (key) note(key);
    if (elsewhere && offer instanceof HTMLAnchorElement) return void open(offer.href);
    this.dialog.close();
    if (act) actOn(act, value, name).catch(toastError);
    else if (offer instanceof HTMLAnchorElement) location.assign(offer.href);
  }
}
