// The list of keys as a dialog, with the switch for single letters. The server leaves out what a page does not have.

import { linkStyles } from "./style_sheet.js";
import { showDialog } from "../core/dialog.js";
import { api, fragment } from "../core/http.js";
import { toastError } from "../core/toast.js";

const PAGES = { library: "[data-library]", review: "[data-review]", image: "[data-panel]" };

/** Which keys there are here. */
export function pageOfKeys() {
  return Object.entries(PAGES).find(([, marks]) => document.querySelector(marks))?.[0] ?? "other";
}

/** Open the list of keys. */
export async function openKeys() {
  if (document.querySelector("dialog:modal")) return;
  const [content] = await Promise.all([fragment(`/keys?of=${pageOfKeys()}`), linkStyles("keys")]);
  const dialog = showDialog(content, "keys-title", "keys-dialog");
  dialog.addEventListener("change", (event) => setLetters(event.target?.checked));
  dialog.addEventListener("keydown", (event) => event.key === "?" && dialog.close());
}

/** @param {boolean} on */
function setLetters(on) {
  document.body.dataset.keys = on ? "on" : "off";
  api("POST", "/preferences", { keys: document.body.dataset.keys }).catch(toastError);
}
