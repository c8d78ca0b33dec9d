// Editing in place: a click or Enter on [data-edit] opens it, Escape brings the old text back, leaving it publishes.

import { makeControl, meansSave, stateOf, storedValue } from "./edit_control.js";
import { asText, knownText, load, refresh, showStored } from "./image_store.js";
import { say } from "../words/edit_state.js";
import { findFieldsBy, track } from "../words/open_typings.js";
import { Typing } from "../words/typing.js";

/** @param {unknown} error */
const toastError = async (error) => (await import("../core/toast.js")).toastError(error);
const elementOf = (/** @type {string} */ id, /** @type {string} */ field) => document.querySelector(`[data-image-id="${id}"] [data-edit="${field}"]`);

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
  if (element.isConnected) new Editor(element, id, field, was).show();
  else if (elementOf(id, field)) edit(elementOf(id, field)); // drawn anew meanwhile
}

class Editor {
  /** @param {HTMLElement} element @param {string} id @param {string} field @param {string} was */
  constructor(element, id, field, was) {
    this.element = element;
    this.field = field;
    this.open = true;
    this.control = makeControl(field, was);
    this.typing = typingAt(element, id, field, was, this.control);
    const { saved } = this.typing;
    // The new words stand there at once; the server's own drawing of them follows.
    this.typing.saved = (image, sent, merged) => {
      if (this.control.value === sent && !this.staying) this.close(this.refocus);
      return saved(image, sent, merged);
    };
    this.typing.theirs = () => {
      this.close(true);
      return refresh(id).catch(toastError);
    };
    this.refocus = false;
    this.staying = false; // a minute has passed, and the typing goes on
  }

  show() {
    const { control, element, field, typing } = this;
    element.after(control);
    element.hidden = true;
    say(typing.place(), "", "");
    control.focus();
    if (field === "status") control.addEventListener("change", () => this.leave(true));
    else control.addEventListener("input", () => this.typed());
    control.addEventListener("blur", () => this.leave(false));
    control.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        this.close(true);
        track(typing.takeBack());
      } else if (meansSave(event, field)) {
        event.preventDefault();
        this.leave(true);
      }
    });
  }

  typed() {
    this.staying = true;
    this.typing.typed();
  }

  /** @param {boolean} refocus */
  close(refocus) {
    if (!this.open) return;
    // Removing a focused control fires blur; the text must not be saved by that.
    this.open = false;
    this.element.hidden = false;
    this.control.remove();
    if (refocus) this.element.focus();
  }

  /** @param {boolean} refocus */
  async leave(refocus) {
    if (!this.open) return;
    this.refocus = refocus;
    this.staying = false;
    if ((await this.typing.leave()) && !this.staying) this.close(refocus);
  }
}

/**
 * Give what becomes of the words of an element [data-edit]; `control` holds them while they are typed.
 * @param {HTMLElement} element @param {string} id @param {string} field @param {string} was @param {any} control
 */
function typingAt(element, id, field, was, control) {
  const place = stateOf(element.parentElement ?? element);
  return new Typing({
    id,
    field,
    control,
    was,
    place: () => place,
    saved(_image, sent, merged) {
      if (sent) showStored(element, sent);
      return refresh(id, merged ? null : [field]).catch(toastError);
    },
    theirs: () => refresh(id).catch(toastError),
  });
}

findFieldsBy((id, field, text) => {
  const element = elementOf(id, field);
  if (!element) return null;
  const control = { value: text, focus: () => edit(element) };
  return { typing: typingAt(element, id, field, text, control), isFree: !element.hidden };
});

/** Make every [data-edit] below a node reachable by keyboard; without JavaScript they stay plain text. */
function enable(/** @type {Node} */ node) {
  if (!(node instanceof Element || node instanceof Document)) return;
  for (const element of node.querySelectorAll("[data-edit]:not(.is-editable)")) {
    element.classList.add("is-editable");
    // In the library the row has the one stop of the Tab key (keys/list_grid.js).
    element.tabIndex = element.closest("[data-rows]") ? -1 : 0;
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
