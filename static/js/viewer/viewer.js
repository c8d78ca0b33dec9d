// The viewer: one picture over the whole screen, with the others of its list beside it. Loaded when it is first opened.

import { fragment } from "../core/http.js";
import { failureOf } from "../core/toast.js";
import { linkStyles } from "../keys/style_sheet.js";
import { enterFullscreen, leaveFullscreen, shell } from "./shell.js";
import { List } from "./list.js";
import { Picture } from "./picture.js";
import { Zoom } from "./zoom.js";
import { Controls } from "./controls.js";
import { watchKeys } from "./keys.js";
import { watchPointers } from "./pointers.js";
import { watchWheel } from "./wheel.js";
import { comeBack } from "./come_back.js";

/** @type {object | null} */
let opened = null;

/**
 * Open the viewer at a picture of the library. `ids` is a list of its own, else it is the one that the address of the page
 * names by its filters, or the query `list`. The focus goes back to `from`.
 * @param {{ id: string | number, ids?: (string | number)[], from?: Element | null, list?: string, back?: (id: string) => unknown }} options
 */
export const openViewer = ({ id, ...more }) => openAt(`/images/${id}/neighbours`, more);

/** Open the viewer at the picture whose neighbours an address has. @param {string} address @param {ViewerOptions} [options] */
export async function openAt(address, { ids, from = document.activeElement, list = location.search, back } = {}) {
  if (opened) return;
  const mine = (opened = {});
  const place = new URL(address, location.href);
  for (const [name, value] of new URLSearchParams(list)) place.searchParams.set(name, value);
  if (ids) place.searchParams.set("ids", near(ids, idOf(address)).join(","));
  const [full] = await Promise.all([enterFullscreen(), linkStyles("viewer")]);
  const dialog = shell();
  const stage = dialog.querySelector("[data-viewer-stage]");
  const picture = new Picture(stage.firstElementChild, (why) => dialog.dispatchEvent(new CustomEvent("viewer:failed", { detail: why })));
  const zoom = new Zoom(stage, (px) => picture.sharpen(px));
  const leave = entry(dialog);
  let left = idOf(address);
  dialog.addEventListener("close", () => {
    zoom.stop();
    picture.stop();
    dialog.remove();
    opened = null;
    if (full) leaveFullscreen();
    leave().then(() => comeBack(left, { first: idOf(address), from, back, page: viewer.list?.item?.page }));
  });
  const viewer = { dialog, stage, picture, zoom, list: /** @type {List | null} */ (null), close: () => dialog.close() };
  picture.measured = (size) => zoom.show(size);
  // What the page shows is there at once.
  zoom.show(picture.begin(from));
  watchKeys(viewer);
  watchPointers(viewer);
  watchWheel(viewer);
  const doHeld = holdActs(dialog);
  dialog.focus({ preventScroll: true });
  for (;;) {
    try {
      const content = await fragment(place.pathname + place.search);
      if (opened !== mine) return;
      dialog.append(content);
      break;
    } catch (error) {
      if (opened !== mine) return;
      await told(dialog, failureOf(error).message);
    }
  }
  const controls = new Controls(viewer);
  viewer.list = new List(dialog.querySelector("[data-viewer-strip]"), place, (item) => {
    left = item.id;
    controls.about(item);
    zoom.show(picture.show(item, viewer.list?.beside() ?? []));
  });
  controls.follow(viewer.list);
  viewer.list.goTo(viewer.list.links[viewer.list.at]);
  doHeld();
}

/** Keep what is wanted before the list is there; returns what does it then. @param {HTMLDialogElement} dialog */
function holdActs(dialog) {
  /** @type {string[]} */
  const acts = [];
  const hold = (/** @type {any} */ { detail }) => acts.push(detail);
  dialog.addEventListener("viewer:do", hold);
  return () => {
    dialog.removeEventListener("viewer:do", hold);
    for (const detail of acts) dialog.dispatchEvent(new CustomEvent("viewer:do", { detail }));
  };
}

/** @param {string} address */
const idOf = (address) => String(/(\d+)\/neighbours$/.exec(address)?.[1]);

/** Some of the ids around one: an address holds so many. @param {(string | number)[]} ids @param {string} id */
function near(ids, id) {
  const at = ids.findIndex((one) => String(one) === id);
  return ids.slice(Math.max(at - 99, 0), at + 100);
}

/** Say over the picture what went wrong, until somebody wants it tried again. @param {HTMLDialogElement} dialog @param {string} sentence */
function told(dialog, sentence) {
  const note = dialog.querySelector("[data-viewer-failed]");
  note.hidden = false;
  note.querySelector("span").textContent = sentence;
  return new Promise((resolve) => {
    const again = () => {
      note.hidden = true;
      document.removeEventListener("connection:back", again);
      resolve(undefined);
    };
    note.querySelector("button").onclick = again;
    document.addEventListener("connection:back", again);
  });
}

/** Give the viewer an entry in the history, so that Back closes it; returns what takes that away again. @param {HTMLDialogElement} dialog */
function entry(dialog) {
  const restoration = history.scrollRestoration;
  const top = scrollY;
  history.scrollRestoration = "manual";
  history.pushState({ viewer: true }, "");
  let gone = false;
  const pop = () => {
    gone = true;
    dialog.close();
  };
  addEventListener("popstate", pop);
  return async () => {
    removeEventListener("popstate", pop);
    if (!gone && history.state?.viewer) {
      const done = new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
      history.back();
      await done;
    }
    history.scrollRestoration = restoration;
    if (scrollY !== top) scrollTo({ top, behavior: "instant" });
  };
}
