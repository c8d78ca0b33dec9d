// Short messages at the foot of the page, with at most one thing to do ("Undo").

const STAY_MS = 6000;
const STAY_WITH_ACTION_MS = 12000;

/**
 * Show a message. `action` is {label, run}; errors stay until closed, everything else goes by itself unless the
 * pointer or the focus rests on it.
 */
export function toast(text, { kind = "info", action = null } = {}) {
  const holder = document.querySelector("[data-toasts]");
  const node = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  node.dataset.kind = kind;
  node.querySelector(".toast-text").textContent = text;
  if (action) offer(node, action);
  node.querySelector("[data-toast-close]").addEventListener("click", () => node.remove());
  for (const other of [...holder.children]) if (other.querySelector(".toast-text").textContent === text) other.remove();
  while (holder.children.length >= 3) holder.firstElementChild.remove();
  holder.append(node);
  if (kind !== "error") leaveLater(node, action ? STAY_WITH_ACTION_MS : STAY_MS);
  return node;
}

/** Show what went wrong, in the words of the error. */
export function toastError(error) {
  if (error.name === "AbortError") return;
  toast(error.message, { kind: "error" });
}

function offer(node, action) {
  const button = node.querySelector("[data-toast-action]");
  button.hidden = false;
  button.textContent = action.label;
  button.addEventListener("click", () => {
    node.remove();
    action.run();
  });
}

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
