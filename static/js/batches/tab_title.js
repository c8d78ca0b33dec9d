// What goes on in the background, in the title of the tab: files on their way, a batch at work, drafts that wait to be
// looked at. The first of these that there is stands before the name of the program; the sign gets a dot for the last.

const PARTS = /** @type {const} */ (["uploads", "batch", "ended"]);
/** @type {Record<string, string>} */
const said = {};
const NAME = "Artwork Image Manager";
const icon = document.querySelector("link[rel=icon]");
const plain = icon?.getAttribute("href") ?? "";
let page = document.title;
let shown = page;

/** Say what one of the three is at, "" for nothing. @param {"uploads" | "batch" | "ended"} part @param {string} text */
export function setTitlePart(part, text) {
  said[part] = text;
  // Whoever gave the page another title meanwhile, such as a search, is right.
  if (document.title !== shown) page = document.title;
  const first = PARTS.map((name) => said[name]).find(Boolean);
  shown = first ? `${first} · ${NAME}` : page;
  if (document.title !== shown) document.title = shown;
  const href = said.ended ? plain.replace("favicon.svg", "icons/favicon-dot.svg") : plain;
  if (icon && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}
