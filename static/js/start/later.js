// The scripts that a page can do without while it is being opened. They are named by its template (_scripts.html), load once
// the page stands, or at once when somebody does something, and run in the order they are named.

const { dataset: of } = document.querySelector("script[data-later]");
const NAMES = (of.later ?? "").split(" ").filter(Boolean);
const ROOT = new URL("../../", import.meta.url);
const SOON_MS = 1500; // a browser that is never idle, and Safari, which does not tell
/** @type {Promise<void> | null} */
let loading = null;

/** @param {string} name */
const addressOf = (name) => new URL(name, ROOT).href;

/** Load them all, once; what failed is begun anew by the next call. Rejects where the server cannot be reached. */
export function loadAll() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load() {
  // Which script imports which, as the server read it (artworks/web/assets.py).
  // eslint-disable-next-line no-restricted-syntax -- written by the server
  const { default: imports } = await import(addressOf("imports.js"));
  preload(imports);
  // eslint-disable-next-line no-restricted-syntax -- named by the template, which the server reads
  for (const name of NAMES) await import(addressOf(name));
}

/** Ask for everything that they import, and that may be loaded by name later, at once: none waits until another was read. @param {Record<string, string[]>} imports */
function preload(imports) {
  const needed = new Set(NAMES);
  for (const name of needed) for (const other of imports[name] ?? []) needed.add(other);
  for (const link of document.querySelectorAll("link[rel=modulepreload]")) needed.delete(link.href.slice(ROOT.href.length));
  const links = [...needed].map((name) => Object.assign(document.createElement("link"), { rel: "modulepreload", href: addressOf(name) }));
  document.head.append(...links);
}

/** Wait until the page is there and nothing else is to be done. */
export async function whenIdle() {
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  await new Promise((resolve) => (window.requestIdleCallback ?? setTimeout)(resolve, { timeout: SOON_MS }));
}
