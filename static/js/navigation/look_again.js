// When the page comes to the front, or the server is there again: which pictures on it were changed elsewhere meanwhile. Those are
// told as "image:elsewhere" on the document, and whoever shows them draws them anew, without moving what one reads or touching
// what one types. Whatever else a page shows is seen to at "page:returned" (fresh_page.js).

import { api } from "../core/http.js";

// For so long nobody looks twice: a window gets the focus and comes to the front at once.
const PAUSE_MS = 5000;
// Whoever typed a moment ago goes on typing.
const TYPING_MS = 3000;
// As many ids as /api/images/versions takes at once.
const AT_ONCE = 300;
let last = Date.now();
let typed = 0;
let away = false;
let pressed = false;
let timer = 0;

/** Tell whether somebody types or drags just now. */
export const isBusy = () => pressed || Date.now() - typed < TYPING_MS;

/** Look as soon as that may be: not within five seconds of the last time, and not while somebody types. */
export function lookSoon() {
  clearTimeout(timer);
  if (document.hidden) return;
  const wait = Math.max(last + PAUSE_MS - Date.now(), isBusy() ? TYPING_MS : 0);
  // Nobody asked for it, so nobody is told when it fails.
  if (wait > 0) timer = setTimeout(lookSoon, wait);
  else look().catch((error) => console.debug("Could not look what was changed elsewhere.", error));
}

async function look() {
  [last, away] = [Date.now(), false];
  const roots = [...document.querySelectorAll("[data-image-id][data-version]")];
  for (let start = 0; start < roots.length; start += AT_ONCE) await compare(roots.slice(start, start + AT_ONCE));
  document.dispatchEvent(new CustomEvent("page:returned"));
}

/** @param {HTMLElement[]} roots */
async function compare(roots) {
  const ids = roots.map((root) => root.dataset.imageId).join(",");
  const { versions } = await api("GET", `/api/images/versions?ids=${ids}`);
  for (const { dataset } of roots) {
    const version = versions[dataset.imageId ?? ""] ?? 0;
    // What this page saved meanwhile is newer than what was asked for.
    if (version && version <= Number(dataset.version)) continue;
    document.dispatchEvent(new CustomEvent("image:elsewhere", { detail: { id: dataset.imageId, gone: !version } }));
  }
}

function leave() {
  [away, pressed] = [true, false];
}

// A page that was loaded just now gets the focus, too.
const comeBack = () => (away || Date.now() - last > PAUSE_MS) && lookSoon();

document.addEventListener("visibilitychange", () => {
  if (document.hidden) leave();
  else comeBack();
});
addEventListener("blur", leave);
addEventListener("focus", comeBack);
addEventListener("pageshow", (event) => event.persisted && lookSoon());
document.addEventListener("connection:back", lookSoon);
addEventListener("input", () => (typed = Date.now()), true);
addEventListener("pointerdown", () => (pressed = true), true);
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => (pressed = false), true);
