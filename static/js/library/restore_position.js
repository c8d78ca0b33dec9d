// The same rows and the same place again after Back, a reload, or the way back from a picture. Of a long list what was
// between is not loaded: its room is kept, and is filled when one scrolls there.

import { cut, makeRoom, roomOf } from "../endless/blocks.js";
import { bringBack, watchRoom } from "../endless/let_go.js";
import { countOf, idsOf, listIds, standsFor } from "../endless/list_ids.js";
import { goTo, placeNow } from "../endless/place.js";
import { rows, rowWith } from "./rows.js";
import { useStorage } from "../words/storage.js";

const key = () => `list:${location.pathname}${location.search}`;
const link = () => document.querySelector("[data-load-more]");
// Pictures that come settle where they are.
const SETTLING_FRAMES = 6;

/**
 * @typedef {{ id: string, top: number }} Place
 * @typedef {{ blocks: [number, string][], next: string | null, place: Place | null, top: number }} Saved
 */

window.addEventListener("pagehide", () => {
  const place = window.scrollY > 0 ? placeNow() : null;
  const saved = JSON.stringify({ blocks: blocksNow(), next: link()?.href ?? null, place, top: window.scrollY });
  useStorage("sessionStorage", (storage) => storage.setItem(key(), saved));
});

/** Give the list as blocks, each with its height and its ids. */
function blocksNow() {
  /** @type {Element[][]} */
  const runs = [[]];
  for (const row of rows().children) {
    if (row.dataset.imageId) runs.at(-1)?.push(row);
    else if (countOf(row)) runs.push([row], []);
  }
  return runs.flatMap(cut).map((block) => [Math.round(roomOf(block)), block.flatMap(idsOf).join(" ")]);
}

async function restore() {
  const kind = performance.getEntriesByType("navigation")[0]?.type;
  /** @type {Saved | null} */
  const saved = JSON.parse(useStorage("sessionStorage", (storage) => storage.getItem(key())) || "null");
  const from = kind === "navigate" ? pictureOf(document.referrer) : null;
  if (from) return comeBack(from, saved);
  if (!saved?.place || (kind !== "back_forward" && kind !== "reload")) return undefined;
  history.scrollRestoration = "manual";
  makeRooms(saved);
  // The row may be gone, in the trash or under another filter.
  if (!(await goBackTo(saved.place))) window.scrollTo({ top: saved.top, behavior: "instant" });
  history.scrollRestoration = "auto";
  return undefined;
}

/** Give the id of the picture whose page an address is, seen as a part of this list; else null. @param {string} address */
function pictureOf(address) {
  if (!address) return null;
  const { origin, pathname, search } = new URL(address);
  return origin === location.origin && search === location.search ? (/^\/images\/(\d+)$/.exec(pathname)?.[1] ?? null) : null;
}

/** Keep the room of what was loaded before, behind the rows the page came with. @param {Saved | null} saved */
function makeRooms(saved) {
  const end = link()?.closest("[data-more]");
  if (!saved?.blocks || !end) return;
  const here = new Set(listIds());
  for (const [height, ids] of saved.blocks) {
    const every = ids.split(" ");
    const left = every.filter((id) => !here.has(id));
    if (!left.length) continue;
    const room = makeRoom(rows(), left, (height * left.length) / every.length);
    end.before(room);
    watchRoom(room, true);
  }
  if (saved.next) link().href = saved.next;
  else end.remove();
}

/**
 * Show the row of the picture one comes from where one left the list, with the focus on it. Whoever went on to other
 * pictures finds the last one.
 * @param {string} id @param {Saved | null} saved
 */
async function comeBack(id, saved) {
  makeRooms(saved);
  if (saved?.place) await goBackTo(saved.place);
  await draw(id);
  const row = rowWith(id);
  const { bottom = 0, top = 0 } = row?.getBoundingClientRect() ?? {};
  if (bottom > innerHeight || top < document.querySelector(".topbar").offsetHeight) row?.scrollIntoView({ block: "center", behavior: "instant" });
  row?.querySelector("a[href]").focus({ preventScroll: true });
}

/** Bring back the row of a picture; gives false where the list does not hold it. @param {string} id */
async function draw(id) {
  const element = standsFor(id);
  if (!element || element.dataset.imageId) return Boolean(element);
  element.scrollIntoView({ block: "start", behavior: "instant" });
  await bringBack(element, id).catch((error) => console.warn("Rows could not be brought back.", error));
  return Boolean(rowWith(id));
}

/** @param {Place} place */
async function goBackTo(place) {
  if (!(await draw(place.id))) return false;
  for (let frame = 0; frame < SETTLING_FRAMES; frame += 1) {
    goTo(place);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return true;
}

// Nor is the viewer open any more, which Back would have to close first.
if (history.state?.viewer) history.back();
restore();
