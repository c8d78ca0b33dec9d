// The picture of the viewer: what is there is shown at once, and replaced by what is sharper when that has come.

import { statusOf } from "../core/http.js";

// Pixels of one picture that a browser is asked to hold: a phone ends pages that want more.
const HELD = matchMedia("(pointer: coarse)").matches ? 27e6 : 120e6;
const [FIRST_MS, LONGEST_MS] = [5000, 60_000];
const SMALLEST_PX = 320;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @type {Record<string, string>} */
const SENTENCES = {
  gone: "The picture cannot be shown. It is not here any more, or its file is missing.",
  lost: "There is no connection to the server just now. The picture comes by itself when there is.",
  out: "You were signed out. Sign in in a new tab, then try again.",
  broken: "This browser cannot read the picture.",
  busy: "The server could not send the picture just now. It is asked for again by itself.",
};

export class Picture {
  /** @param {HTMLElement} box @param {(sentence: string) => void} failed is told why; "" when all is well */
  constructor(box, failed) {
    this.box = box;
    this.failed = failed;
    /** @type {ViewerItem | null} */
    this.item = null;
    this.shown = -1; // the place among the levels of what is on the page
    this.coming = -1; // of what is on its way
    this.px = 0;
    this.pause = FIRST_MS;
    this.timer = 0;
    /** @type {ViewerItem[]} what is worth fetching when this one is there */
    this.beside = [];
    /** @type {(size: { width: number, height: number }) => void} */
    this.measured = () => {};
    this.again = () => this.item && this.sharpen(this.px);
    document.addEventListener("connection:back", this.again);
  }

  stop() {
    clearTimeout(this.timer);
    this.item = null;
    document.removeEventListener("connection:back", this.again);
  }

  /** Show what the page has of the picture; gives its size. @param {Element | null | undefined} from */
  begin(from) {
    const image = from?.querySelector("img") ?? from?.closest("[data-image-id], [data-stage]")?.querySelector("img");
    if (!image?.naturalWidth) return { width: 1, height: 1 };
    this.put(image.currentSrc, "");
    const [width, height] = ["width", "height"].map((name) => Number(image.getAttribute(name)));
    // A list may give all its boxes one size.
    const told = width && Math.abs(width / height / (image.naturalWidth / image.naturalHeight) - 1) < 0.05;
    if (told) return { width, height };
    // The smallest copy is as large as all but the smallest pictures let it be.
    const larger = Math.max(image.naturalWidth, image.naturalHeight) >= SMALLEST_PX ? 16 : 1;
    return { width: image.naturalWidth * larger, height: image.naturalHeight * larger };
  }

  /** Show a picture of the list; gives its size. @param {ViewerItem} item @param {ViewerItem[]} beside */
  show(item, beside) {
    const same = this.item?.id === item.id;
    if (same) return { ...item, same };
    const first = !this.item;
    clearTimeout(this.timer);
    Object.assign(this, { item, beside, shown: -1, coming: -1, pause: FIRST_MS });
    this.failed("");
    const held = this.box.querySelector("img");
    // What the page showed is of the same picture, and sharper than the small one.
    if (!first || !held) this.put(item.small, item.alt);
    else held.alt = item.alt;
    return item;
  }

  /** Have the picture as sharp as so many pixels of the screen want it. @param {number} px */
  sharpen(px) {
    this.px = px;
    const { item } = this;
    if (!item) return;
    const level = levelFor(item, item.moves && !calm.matches ? Infinity : px);
    // Not by its width: the preview of a small picture is as wide as its original, and not the same.
    const place = Math.max(item.levels.indexOf(level), 0);
    if (place > Math.max(this.shown, this.coming)) this.fetch(item, level, place);
  }

  /** @param {ViewerItem} item @param {{ url: string, width: number }} level @param {number} place */
  async fetch(item, level, place) {
    this.coming = place;
    const image = Object.assign(new Image(), { alt: item.alt, decoding: "async", src: level.url, className: "viewer-image", draggable: false });
    const why = await image.decode().then(() => "", () => reasonOf(level.url));
    if (this.item !== item || this.coming !== place) return;
    this.coming = -1;
    if (why) return this.fail(why);
    [this.shown, this.pause] = [place, FIRST_MS];
    this.failed("");
    this.box.append(image);
    while (this.box.children.length > 1) this.box.firstElementChild?.remove();
    if (!item.width) this.measure(image, item);
    for (const one of this.beside) new Image().src = levelFor(one, this.px).url;
    this.beside = [];
    // It was zoomed meanwhile.
    return this.sharpen(this.px);
  }

  /** @param {string} why */
  fail(why) {
    this.failed(SENTENCES[why]);
    if (why !== "busy") return;
    this.timer = setTimeout(this.again, this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_MS);
  }

  /** An older library did not know its size. @param {HTMLImageElement} image @param {ViewerItem} item */
  measure({ naturalWidth: width, naturalHeight: height }, item) {
    Object.assign(item, { width, height });
    this.measured({ width, height });
  }

  /** @param {string} src @param {string} alt */
  put(src, alt) {
    this.box.replaceChildren(Object.assign(new Image(), { src, alt, className: "viewer-image", draggable: false }));
  }
}

/**
 * The smallest that is wide enough, of those that the browser can hold.
 * @param {ViewerItem} item @param {number} px
 */
function levelFor({ levels, width, height, preview }, px) {
  const held = levels.filter((level, at) => !at || level.width * level.width * (height / width) <= HELD);
  const last = held[held.length - 1] ?? { url: preview, width: 1 };
  return px >= last.width ? last : (held.find((level) => level.width >= px * 0.98) ?? last);
}

/** Say why a picture did not come. @param {string} url */
async function reasonOf(url) {
  const status = await statusOf(url);
  if (status === 0) return "lost";
  if (status === 401) return "out";
  if (status < 400) return "broken";
  return status === 429 || status >= 500 ? "busy" : "gone";
}
