// What the palette does on a page: it presses what the page has for it, so that both do the same.

import { toast } from "../core/toast.js";

/** @param {string} selector */
function press(selector) {
  const button = document.querySelector(selector);
  if (button) button.click();
  else toast("That cannot be done on this page.");
}

/** Say how much is ticked, "3" or "all 1,240"; nothing where nothing can be. */
export function ticked() {
  const said = document.querySelector("[data-selection]:not([hidden]) [data-selection-count]")?.textContent ?? "";
  return /^((?:All )?[\d,]+\+?) selected/.exec(said)?.[1].replace("All", "all") ?? "";
}

/** @type {Record<string, () => unknown>} */
const ACTS = {
  add: () => press("[data-pick-files], #add-files"),
  theme: () => press("[data-theme-toggle]"),
  undo: async () => (await import("../undo/take_back.js")).takeBack(),
  keys: async () => (await import("../keys/sheet.js")).openKeys(),
};

/** Do an act; `value` and `name` say into what pictures are put. @param {string} act @param {string} value @param {string} name */
export async function actOn(act, value, name) {
  if (act in ACTS) return void (await ACTS[act]());
  if (!act.startsWith("into-")) return press(`[data-selection] [data-do="${act}"]`);
  const { putInto } = await import("../pointer/put_into.js");
  const { chosen } = await import("../library/selection.js");
  return putInto({ kind: act.slice("into-".length), value, name }, chosen());
}
