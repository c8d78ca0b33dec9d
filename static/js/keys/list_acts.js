// What keys do with pictures: with the ticked ones, or with the one that has the focus. Who only looks gets no more scripts for
// it than that needs.

import { rowWith } from "../library/rows.js";
import { tickedAnywhere } from "../selection/ticks.js";

/** Whether this person may change anything; the server asks all the same. */
const mayEdit = () => "fields" in document.body.dataset;

/** @param {string} id */
async function view(id) {
  const { openViewer } = await import("../viewer/viewer.js");
  await openViewer({ id, from: rowWith(id) });
}

/** Edit the title where it stands, else on the picture's own page. @param {string} id */
async function editWords(id) {
  const title = rowWith(id).querySelector('[data-edit="post_title"]');
  const { href } = rowWith(id).querySelector("a[href]");
  if (!title?.getClientRects().length) return location.assign(`${href.split("#")[0]}#word-post_title`);
  const { edit } = await import("../images/inline_edit.js");
  return edit(title);
}

/** @param {string} name @param {string} id */
async function change(name, id) {
  const { act } = await import("../library/selection_actions.js");
  await act(name, { ids: [id], filter: null, query: "" }, "1 picture");
}

/**
 * Do an act with what is ticked, else with one picture. Words are edited, and pictures looked at, one at a time.
 * @param {string} name @param {string | undefined} id
 */
export async function doAct(name, id) {
  if (name === "view") return id && view(id);
  if (!mayEdit()) return undefined;
  if (name === "edit") return id && editWords(id);
  // The bar knows whether everything that matches is meant.
  if (tickedAnywhere()) return document.querySelector(`[data-selection] [data-do="${name}"]`).click();
  return id && change(name, id);
}
