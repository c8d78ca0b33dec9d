// The same rows and the same place again after Back, a reload, or the way back from a picture.

import { loadNext, pagesShown } from "./load_more.js";
import { rows, rowWith } from "./rows.js";
import { useStorage } from "../words/storage.js";

const key = () => `list:${location.pathname}${location.search}`;
const SETTLING_FRAMES = 6;

/** The row at the top of what is in sight, and where it stands. Row heights are guesses until a row is drawn, so a
 * distance from the top of the page would lead somewhere else. */
function placeNow() {
  const bar = document.querySelector(".topbar").offsetHeight;
  for (const row of rows().querySelectorAll(":scope > [data-image-id]")) {
    const { bottom, top } = row.getBoundingClientRect();
    if (bottom > bar) return { id: row.dataset.imageId, top };
  }
  return null;
}

window.addEventListener("pagehide", () => {
  const place = window.scrollY > 0 ? placeNow() : null;
  const saved = JSON.stringify({ pages: pagesShown(), place, top: window.scrollY });
  useStorage("sessionStorage", (storage) => storage.setItem(key(), saved));
});

async function restore() {
  const kind = performance.getEntriesByType("navigation")[0]?.type;
  const saved = JSON.parse(useStorage("sessionStorage", (storage) => storage.getItem(key())) || "null");
  const from = kind === "navigate" ? pictureOf(document.referrer) : null;
  if (from) return comeBack(from, saved);
  if (!saved?.place || (kind !== "back_forward" && kind !== "reload")) return undefined;
  history.scrollRestoration = "manual";
  while (pagesShown() < saved.pages && (await loadNext()));
  // The row may be gone, in the trash or under another filter.
  if (rowWith(saved.place.id)) await goTo(saved.place);
  else window.scrollTo({ top: saved.top, behavior: "instant" });
  history.scrollRestoration = "auto";
  return undefined;
}

/** Give the id of the picture whose page an address is, seen as a part of this list; else null. @param {string} address */
function pictureOf(address) {
  if (!address) return null;
  const { origin, pathname, search } = new URL(address);
  return origin === location.origin && search === location.search ? (/^\/images\/(\d+)$/.exec(pathname)?.[1] ?? null) : null;
}

/**
 * Show the row of the picture one comes from where one left the list, with the focus on it. Whoever went on to other
 * pictures finds the last one.
 * @param {string} id @param {{ pages: number, place: { id: string, top: number } | null } | null} saved
 */
async function comeBack(id, saved) {
  while (pagesShown() < (saved?.pages ?? 0) && (await loadNext()));
  if (saved?.place && rowWith(saved.place.id)) await goTo(saved.place);
  const row = rowWith(id);
  const { bottom = 0, top = 0 } = row?.getBoundingClientRect() ?? {};
  if (bottom > innerHeight || top < document.querySelector(".topbar").offsetHeight) row?.scrollIntoView({ block: "center", behavior: "instant" });
  row?.querySelector("a[href]").focus({ preventScroll: true });
}

/** Rows get their true height as they come into sight, so the place is corrected over some frames. */
async function goTo(/** @type {{ id: string, top: number }} */ { id, top }) {
  for (let frame = 0; frame < SETTLING_FRAMES; frame += 1) {
    window.scrollBy({ top: rowWith(id).getBoundingClientRect().top - top, behavior: "instant" });
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

restore();
