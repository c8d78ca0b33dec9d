// An open sheet takes up what others changed when the page comes to the front, but for a form with something typed; one of a
// category or tag that is gone says so.

import { fragment } from "../core/http.js";
import { failureOf } from "../core/toast.js";
import { merge } from "../navigation/merge.js";
import { sayIn } from "./dialogs.js";

const GONE = 404;
const SAID = "This was deleted somewhere else meanwhile.";
const dialog = document.querySelector("[data-sheet]");
/** @type {{ address: string, drawn: HTMLElement } | null} */
let sheet = null;

/** @param {Node} content */
function copyOf(content) {
  const copy = document.createElement("div");
  copy.append(content.cloneNode(true));
  return copy;
}

async function refresh() {
  const open = sheet;
  if (!dialog.open || !open?.address) return;
  const now = copyOf(await fragment(open.address));
  // Another one may have been opened meanwhile.
  if (open !== sheet || !dialog.open) return;
  merge(open.drawn, dialog, now, () => null);
  open.drawn = now;
}

document.addEventListener("sheet:drawn", ({ detail: { address, content } }) => (sheet = { address, drawn: copyOf(content) }));
document.addEventListener("page:returned", () =>
  refresh().catch((error) => {
    if (failureOf(error).status === GONE) sayIn(dialog.querySelector("form"), SAID);
    else console.debug("The sheet could not be asked for again.", error);
  }),
);
