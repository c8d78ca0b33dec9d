// A picture whose file is gone shows a sign in its box, instead of what browsers draw for it or nothing.

const mark = (image) => image.classList.add("is-missing");

// The event does not bubble, so it is caught on its way down; what came before this module is looked for.
document.addEventListener("error", (event) => event.target instanceof HTMLImageElement && mark(event.target), true);
for (const image of document.images) if (image.complete && image.src && !image.naturalWidth) mark(image);
