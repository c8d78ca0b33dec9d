// A picture whose file is gone shows a sign in its box, instead of what browsers draw for it or nothing.

/** @param {HTMLImageElement} image @param {boolean} missing */
const mark = (image, missing) => image.classList.toggle("is-missing", missing);

// These events do not bubble, so they are caught on their way down; what came before this module is looked for.
for (const name of ["error", "load"]) {
  /** @param {Event} event */
  const look = (event) => event.target instanceof HTMLImageElement && mark(event.target, name === "error");
  document.addEventListener(name, look, true);
}
for (const image of document.images) if (image.complete && image.src && !image.naturalWidth) mark(image, true);
