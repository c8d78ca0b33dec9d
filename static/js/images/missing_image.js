// A picture that does not come shows a sign in its box, instead of what browsers draw for it or nothing. It is asked for
// again when the server was away and is back.

import { suspect } from "../core/connection.js";

/** @param {HTMLImageElement} image @param {boolean} missing */
function mark(image, missing) {
  image.classList.toggle("is-missing", missing);
  if (missing) suspect();
}

// These events do not bubble, so they are caught on their way down; what came before this module is looked for.
for (const name of ["error", "load"]) {
  /** @param {Event} event */
  const look = (event) => event.target instanceof HTMLImageElement && mark(event.target, name === "error");
  document.addEventListener(name, look, true);
}
for (const image of document.images) if (image.complete && image.src && !image.naturalWidth) mark(image, true);

document.addEventListener("connection:back", () => {
  /** @type {NodeListOf<HTMLImageElement>} */
  const missing = document.querySelectorAll("img.is-missing");
  for (const image of missing) image.src = String(image.src);
});
