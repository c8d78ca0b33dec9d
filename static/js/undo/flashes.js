// What the last page had to say, as a message that goes by itself; a mistake stays where it stands.

import { toast } from "../core/toast.js";
import { offerUndo } from "./offer.js";
import { takeSaidLater } from "./take_back.js";

const holder = document.querySelector("[data-toasts]");
const later = holder && takeSaidLater();
if (later) toast(later);

/** The address of the API for that of a plain form that undoes. @param {HTMLFormElement} form */
function undoBy(form) {
  const { pathname } = new URL(form.action);
  const bulk = /^\/bulk\/(\d+)\/undo$/.exec(pathname)?.[1];
  return bulk ? `/api/bulk-edits/${bulk}/undo` : `/api${pathname}`;
}

for (const note of holder ? document.querySelectorAll(".flashes > :is(.note-success, .note-message, .note-info)") : []) {
  // What was pressed already is done by the page itself.
  if (note.querySelector("[aria-busy]")) continue;
  const form = note.querySelector("form.undo-line");
  const called = note.querySelector("[data-undo]");
  const text = (form?.querySelector("span") ?? note).textContent.trim();
  note.remove();
  if (form || called) offerUndo({ text, undo: form ? undoBy(form) : called.dataset.undo, page: location.pathname });
  else toast(text);
}
