// When the page comes to the front: which pictures on it were changed elsewhere meanwhile. Those are told as "image:elsewhere"
// on the document, and whoever shows them draws them anew, without moving what one reads or touching what one types.

import { api } from "../core/http.js";

// For so long nobody looks twice: a window gets the focus and comes to the front at once.
const PAUSE_MS = 3000;
// As many ids as /api/images/versions takes at once.
const AT_ONCE = 300;
let last = Date.now();

async function look() {
  const now = Date.now();
  if (document.hidden || now - last < PAUSE_MS) return;
  last = now;
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

// Nobody asked for it, so nobody is told when it fails.
const lookQuietly = () => look().catch((error) => console.debug("Could not look what was changed elsewhere.", error));

document.addEventListener("visibilitychange", lookQuietly);
addEventListener("focus", lookQuietly);
addEventListener("pageshow", (event) => event.persisted && lookQuietly());
