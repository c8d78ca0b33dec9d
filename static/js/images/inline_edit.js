// Editing in place: a click or Enter on [data-edit] opens it, Escape brings the old text back, leaving it saves.

import { chooseText } from "./conflict_dialog.js";
import { makeControl, meansSave, stateOf, storedValue } from "./edit_control.js";
import { asText, Clash, knownText, load, refresh, save } from "./image_store.js";
import { showStored } from "./stored_text.js";
import { failureOf, toastError } from "../core/toast.js";

const SAVED_STAYS_MS = 2500;

/** Open the editor of an element [data-edit]. */
export async function edit(/** @type {HTMLElement} */ element) {
  if (element.hidden || "opening" in element.dataset) return;
  const id = element.closest("[data-image-id]").dataset.imageId;
  const { edit: field = "" } = element.dataset;
  element.dataset.opening = "";
  let was = knownText(id, field) ?? storedValue(element);
  try {
    was ??= asText((await load(id))[field]);
  } catch (error) {
    return toastError(error);
  } finally {
    delete element.dataset.opening;
  }
  if (element.isConnected) new Editor(element, id, field, was).open();
}

class Editor {
  constructor(/** @type {HTMLElement} */ element, /** @type {string} */ id, /** @type {string} */ field, /** @type {string} */ was) {
    this.element = element;
    this.id = id;
    this.field = field;
    this.was = was;
    this.busy = false;
    this.control = makeControl(field, was);
    this.state = stateOf(element.parentElement ?? element);
  }

  open() {
    const { control, element, field } = this;
    element.after(control);
    element.hidden = true;
    this.say("", "");
    control.unsaved = () => control.value !== this.was;
    control.focus();
    if (field === "status") control.addEventListener("change", () => this.save(true));
    control.addEventListener("blur", () => this.save(false));
    control.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        this.close(true);
      } else if (meansSave(event, field)) {
        event.preventDefault();
        this.save(true);
      }
    });
  }

  close(/** @type {boolean} */ refocus) {
    // Removing a focused control fires blur; the text must not be saved by that.
    this.busy = true;
    this.element.hidden = false;
    this.control.remove();
    if (refocus) this.element.focus();
  }

  async save(/** @type {boolean} */ refocus, force = false) {
    if (this.busy) return;
    const value = this.control.value;
    if (value === this.was && !force) return this.close(refocus);
    this.busy = true;
    this.say("saving", "Saving…");
    try {
      const { image, merged } = await save(this.id, this.field, value, this.was, { force });
      const detail = { id: this.id, field: this.field, was: this.was, version: image.version };
      document.dispatchEvent(new CustomEvent("words:saved", { detail }));
      // The new words stand there at once; the server's own drawing of them follows.
      if (value) showStored(this.element, value);
      this.close(refocus);
      await this.show(merged);
    } catch (error) {
      this.busy = false;
      if (error instanceof Clash) this.clash(error.theirs);
      else this.say("failed", failure(failureOf(error)), "Try again", () => this.save(true));
    }
  }

  async show(/** @type {boolean} */ merged) {
    this.say("saved", "Saved");
    setTimeout(() => this.state.dataset.state === "saved" && this.say("", ""), SAVED_STAYS_MS);
    await refresh(this.id, merged ? null : [this.field]).catch(toastError);
  }

  clash(/** @type {string} */ theirs) {
    this.say("clash", "Changed elsewhere.", "See both", async () => {
      const choice = await chooseText(this.control.value, theirs);
      if (choice === "mine") return this.save(true, true);
      if (choice === "later") return this.control.focus();
      this.close(true);
      this.say("", "");
      await refresh(this.id).catch(toastError);
    });
  }

  say(/** @type {string} */ state, /** @type {string} */ text, label = "", run = () => {}) {
    this.state.dataset.state = state;
    this.state.textContent = text;
    if (!label) return;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "text-button", textContent: label });
    // Pressing the button takes the focus from the control, which would save a second time.
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", run);
    this.state.append(" ", button);
  }
}

function failure(/** @type {Failure} */ error) {
  return error.temporary ? "Could not save." : `Could not save. ${error.message}`;
}

/** Make every [data-edit] below a node reachable by keyboard; without JavaScript they stay plain text. */
function enable(/** @type {Node} */ node) {
  if (!(node instanceof Element || node instanceof Document)) return;
  for (const element of node.querySelectorAll("[data-edit]:not(.is-editable)")) {
    element.classList.add("is-editable");
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.setAttribute("aria-describedby", "edit-hint");
  }
}

enable(document);
new MutationObserver((records) => {
  for (const record of records) record.addedNodes.forEach(enable);
}).observe(document.body, { childList: true, subtree: true });

document.addEventListener("click", (event) => {
  const element = event.target?.closest(".is-editable");
  if (element && !event.target?.closest("a") && !String(getSelection())) edit(element);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target?.matches?.(".is-editable")) return;
  event.preventDefault();
  edit(event.target.closest(".is-editable"));
});
window.addEventListener("beforeunload", (event) => {
  if ([...document.querySelectorAll(".editor")].some((control) => control.unsaved?.())) event.preventDefault();
});
