// The same rows and the same place again after Back or a reload.

import { loadNext, pagesShown } from "./load_more.js";
import { rows, rowWith } from "./rows.js";

const KEY = `list:${location.pathname}${location.search}`;
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
  sessionStorage.setItem(KEY, JSON.stringify({ pages: pagesShown(), place, top: window.scrollY }));
});

async function restore() {
  const kind = performance.getEntriesByType("navigation")[0]?.type;
  const saved = JSON.parse(sessionStorage.getItem(KEY) || "null");
  if (!saved?.place || (kind !== "back_forward" && kind !== "reload")) return;
  history.scrollRestoration = "manual";
  while (pagesShown() < saved.pages && (await loadNext()));
  // The row may be gone, in the trash or under another filter.
  if (rowWith(saved.place.id)) await goTo(saved.place);
  else window.scrollTo({ top: saved.top, behavior: "instant" });
  history.scrollRestoration = "auto";
}

/** Rows get their true height as they come into sight, so the place is corrected over some frames. */
async function goTo(/** @type {{ id: string, top: number }} */ { id, top }) {
  for (let frame = 0; frame < SETTLING_FRAMES; frame += 1) {
    window.scrollBy({ top: rowWith(id).getBoundingClientRect().top - top, behavior: "instant" });
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

restore();
