// Copy one text, or all that belongs in a post.

import { storedText } from "../images/image_store.js";
import { toast } from "./toast.js";

const SHOWN_MS = 1600;
const POST = ["post_title", "description", "hashtags"];

document.addEventListener("click", async (event) => {
  const button = event.target?.closest("[data-copy], [data-copy-all]");
  if (!button) return;
  const text = button.dataset.copy ? textOf(button.dataset.copy) : postText();
  if (!text) toast("There are no words to copy yet.");
  else if (await put(text)) confirm(button);
  else toast("The browser did not allow copying. Select the text and copy it by hand.", { kind: "error" });
});

function postText() {
  return POST.map((field) => textOf(`word-${field}`)).filter(Boolean).join("\n\n");
}

// A form field, or the words as text where they cannot be changed; nothing where there are none.
/** @param {string} id */
function textOf(id) {
  const place = document.getElementById(id);
  return (place ? (place.value ?? storedText(place)) : "").trim();
}

/** @param {string} text */
async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    // Over plain http from another machine there is no clipboard object, and permission may be refused.
    console.debug("Copying the old way.", error);
    return putByHand(text);
  }
}

/** @param {string} text */
function putByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  const focused = document.activeElement;
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  return done;
}

/** @param {HTMLButtonElement} button */
function confirm(button) {
  const label = button.querySelector("[data-copy-label]");
  const state = button.closest("[data-panel]").querySelector("[data-copy-state]");
  button.dataset.copied = "";
  state.textContent = "Copied";
  if (label) label.textContent = "Copied";
  setTimeout(() => {
    delete button.dataset.copied;
    state.textContent = "";
    if (label) label.textContent = "Copy all";
  }, SHOWN_MS);
}
