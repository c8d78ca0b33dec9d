// Short messages at the foot of the page, with at most one thing to do, or an act to be taken back ("Undo").

const STAY_MS = 6000;
const STAY_WITH_UNDO_MS = 8000;
const STAY_WITH_ACTION_MS = 12000;

/**
 * Show a message. `action` is {label, run}, or {label, href} for a page in a new tab; `open` is a link to where it
 * happened, `undo` takes it back. Errors stay until closed, everything else goes by itself unless the pointer or the
 * focus rests on it.
 * @param {string} text
 * @param {{ kind?: string, action?: ToastAction | null, open?: ToastLink, undo?: () => unknown }} [options]
 * @returns {HTMLElement}
 */
export function toast(text, { kind = "info", action = null, open, undo } = {}) {
  const holder = document.querySelector("[data-toasts]");
  // A shared gallery has no place for messages.
  if (!holder) return document.createElement("div");
  const same = [...holder.children].filter((other) => other.querySelector(".toast-text").textContent === text);
  // Whoever tells an error on must not take away the way out of it.
  const helpful = same.find((other) => other.querySelector("a"));
  if (helpful && !action) return helpful;
  const node = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  node.dataset.kind = kind;
  putText(node.querySelector(".toast-text"), text);
  if (open) node.querySelector(".toast-text").after(linkTo(open));
  if (action) offer(node, action);
  if (undo) offerUndo(node, undo);
  node.querySelector("[data-toast-close]").addEventListener("click", () => node.remove());
  for (const other of same) other.remove();
  // Errors stay until they are closed.
  while (holder.children.length >= 3) (holder.querySelector(':scope > :not([data-kind="error"])') ?? holder.firstElementChild).remove();
  holder.append(node);
  if (kind !== "error") leaveLater(node, undo ? STAY_WITH_UNDO_MS : action ? STAY_WITH_ACTION_MS : STAY_MS);
  return node;
}

/** Names stand in quotation marks, and look like the titles that they are. @param {HTMLElement} place @param {string} text */
function putText(place, text) {
  const parts = text.split(/(“[^”]*”)/).map((part) => {
    if (!part.startsWith("“")) return part;
    return Object.assign(document.createElement("span"), { className: "toast-name", textContent: part });
  });
  place.replaceChildren(...parts);
}

/** @param {ToastLink} link */
const linkTo = ({ label, href }) => Object.assign(document.createElement("a"), { className: "toast-open", href, textContent: label });

/** @param {HTMLElement} node @param {() => unknown} run */
function offerUndo(node, run) {
  node.dataset.kind = "done";
  offer(node, { label: "Undo", run });
  const button = node.querySelector("[data-toast-action]");
  button.classList.add("toast-undo");
  for (const key of [/Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘" : "Ctrl", "Z"]) {
    const cap = Object.assign(document.createElement("kbd"), { textContent: key });
    cap.setAttribute("aria-hidden", "true");
    button.append(cap);
  }
}

/** Give what was thrown as something that has a message. @param {unknown} error @returns {Failure} */
export const failureOf = (error) => (error instanceof Error ? error : new Error(String(error)));

/**
 * What went wrong; owners are also told what the AI service said.
 * @param {{ message?: string, details?: string } | null | undefined} error
 */
export function sentenceOf(error) {
  return error?.details ? `${error.message} The service said: “${error.details}”` : error?.message;
}

/** Show what went wrong, in the words of the error. @param {unknown} error */
export function toastError(error) {
  const { name, message, status } = failureOf(error);
  if (name === "AbortError") return;
  const node = toast(message, { kind: "error" });
  // It goes when the server is there again (core/connection.js).
  if (status === 0) node.dataset.unreached = "";
}

/** @param {HTMLElement} node @param {ToastAction} action */
function offer(node, action) {
  const button = node.querySelector("[data-toast-action]");
  if (action.href) {
    const { className } = button;
    const link = Object.assign(document.createElement("a"), { className, href: action.href, target: "_blank" });
    link.textContent = action.label;
    return button.replaceWith(link);
  }
  button.hidden = false;
  button.textContent = action.label;
  button.addEventListener("click", () => {
    node.remove();
    action.run?.();
  });
  return undefined;
}

/** @param {HTMLElement} node @param {number} milliseconds */
function leaveLater(node, milliseconds) {
  let timer = setTimeout(() => node.remove(), milliseconds);
  const stay = () => clearTimeout(timer);
  const go = () => {
    clearTimeout(timer);
    timer = setTimeout(() => node.remove(), milliseconds / 2);
  };
  for (const name of ["pointerenter", "focusin"]) node.addEventListener(name, stay);
  for (const name of ["pointerleave", "focusout"]) node.addEventListener(name, go);
}
