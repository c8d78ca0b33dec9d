// What a link of the strip says of its picture.

/** @param {HTMLAnchorElement} link @returns {ViewerItem} */
export function itemOf(link) {
  /** @type {Record<string, any>} */
  const { viewerItem: id, name, note, preview, levels, width, height, download, bytes } = link.dataset;
  const image = link.querySelector("img");
  return { id, name, note, preview, download, bytes, levels: levelsOf(levels), width: Number(width), height: Number(height), moves: "moves" in link.dataset, alt: image.alt, small: image.src, page: link.href };
}

/** Read what `srcset` would have: addresses with their widths. @param {string} levels */
const levelsOf = (levels) => levels.split(", ").filter(Boolean).map((part) => ({ url: part.split(" ")[0], width: parseInt(part.split(" ")[1], 10) }));
