// Short messages at the foot of the page, with at most one thing to do ("Undo").

const STAY_MS = 6000;
const STAY_WITH_ACTION_MS = 12000;

/**
 * Show a message. `action` is {label, run}, or {label, href} for a page in a new tab; errors stay until closed,
 * everything else goes by itself unless the pointer or the focus rests on it.
 * @param {string} text
 * @param {{ kind?: string, action?: ToastAction | null }} [options]
 * @returns {HTMLElement}
 */
export function toast(text, { kind = "info", action = null } = {}) {
  const holder = document.querySelector("[data-toasts]");
  const same = [...holder.children].filter((other) => other.querySelector(".toast-text").textContent === text);
  // Whoever tells an error on must not take away the way out of it.
  const helpful = same.find((other) => other.querySelector("a"));
  if (helpful && !action) return helpful;
  const node = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  node.dataset.kind = kind;
  node.querySelector(".toast-text").textContent = text;
  if (action) offer(node, action);
  node.querySelector("[data-toast-close]").addEventListener("click", () => node.remove());
  for (const other of same) other.remove();
  while (holder.children.length >= 3) holder.firstElementChild.remove();
  holder.append(node);
  if (kind !== "error") leaveLater(node, action ? STAY_WITH_ACTION_MS : STAY_MS);
  return node;
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
