// What hangs on pictures that are about to go to the trash. Asks first where others notice: who looks at a shared gallery,
// and a batch under way.

import { showDialog } from "../core/dialog.js";
import { api } from "../core/http.js";

/**
 * Give the sentences that say what goes with pictures, or null when the person keeps them. Raises HttpError.
 * @param {object} select
 */
export async function askTrash(select) {
  const { told, galleries, batches } = await api("POST", "/api/images/uses", { select });
  const noticed = batches > 0 || galleries.some((/** @type {{ open: boolean }} */ { open }) => open);
  return noticed && !(await ask(told)) ? null : told;
}

/** @param {string[]} told */
function ask(told) {
  const content = document.querySelector("[data-trash-question]").content.cloneNode(true);
  content.querySelector("[data-trash-goes]").append(...told.map(paragraph));
  const dialog = showDialog(content, "trash-question-title");
  dialog.querySelector("[data-trash-sure]").addEventListener("click", () => dialog.close("sure"));
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "sure")));
}

/** Say what was done, and what went with it. @param {string} text @param {string[]} goes */
export const withGoes = (text, goes) => (goes.length ? `${text}. ${goes.join(" ")}` : text);

/** Make a paragraph of a sentence. @param {string} sentence */
export const paragraph = (sentence) => Object.assign(document.createElement("p"), { textContent: sentence });
