// What keys do with pictures: with the ticked ones, or with the one that has the focus.

import { edit } from "../images/inline_edit.js";
import { rowWith } from "../library/rows.js";
import { act } from "../library/selection_actions.js";
import { tickedAnywhere } from "../selection/ticks.js";
import { openViewer } from "../viewer/viewer.js";

/** Whether this person may change anything; the server asks all the same. */
const mayEdit = () => "fields" in document.body.dataset;

/** Open the page of a picture. @param {string} id @param {string} part */
function openPage(id, part = "") {
  const { href } = rowWith(id).querySelector("a[href]");
  location.assign(`${href.split("#")[0]}${part}`);
}

/** @param {string} id */
async function editWords(id) {
  const title = rowWith(id).querySelector('[data-edit="post_title"]');
  if (title?.getClientRects().length) await edit(title);
  else openPage(id, "#word-post_title");
}

/**
 * Do an act with what is ticked, else with one picture. Words are edited, and pictures looked at, one at a time.
 * @param {string} name @param {string | undefined} id
 */
export async function doAct(name, id) {
  if (name === "view") return id && openViewer({ id, from: rowWith(id) });
  if (!mayEdit()) return undefined;
  if (name === "edit") return id && editWords(id);
  // The bar knows whether everything that matches is meant.
  if (tickedAnywhere()) return document.querySelector(`[data-selection] [data-do="${name}"]`).click();
  return id && act(name, { ids: [id], filter: null, query: "" }, "1 picture");
}
