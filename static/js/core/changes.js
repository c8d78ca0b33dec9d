// What this tab changed on the server: told on the page at once, and remembered for the page that Back leads to.

const TOUCHED = "touched";

/** Tell ("server:changed" on the document) that a call changed something, and remember the picture it was about. @param {string | URL} url */
export function tellChanged(url) {
  document.dispatchEvent(new CustomEvent("server:changed"));
  const id = /\/api\/images\/(\d+)/.exec(String(url))?.[1];
  if (!id) return;
  const ids = new Set(JSON.parse(sessionStorage.getItem(TOUCHED) || "[]"));
  sessionStorage.setItem(TOUCHED, JSON.stringify([...ids.add(id)].slice(-200)));
}

/** Give the ids of pictures changed since the last call, and forget them. */
export function takeTouched() {
  const ids = JSON.parse(sessionStorage.getItem(TOUCHED) || "[]");
  sessionStorage.removeItem(TOUCHED);
  return ids;
}
