// The pictures of the review, which come after the words: small ones of the next cards first, then the shown one whole,
// then the next ones whole. One after the other: on a slow line several at once would keep each other, and the words, waiting.

import { watchStage } from "../images/image_stage.js";

/** @typedef {import("./card.js").Card} Card */
/** @typedef {{ src: string, srcset: string, sizes: string }} Source */

const SMALL_AHEAD = 8;
const WHOLE_AHEAD = 3;
/** Addresses of what has come, or never will. */
const tried = /** @type {Set<string>} */ (new Set());
/** What shows a card's picture whole. */
const sources = /** @type {WeakMap<Card, Source>} */ (new WeakMap());
const watched = /** @type {WeakSet<Card>} */ (new WeakSet());
let wanted = /** @type {{ card: Card, source: Source }[]} */ ([]);
/** @type {{ source: Source, loader: HTMLImageElement } | null} */
let loading = null;
/** @type {Card | null} */
let shown = null;

/** @param {Card} card @returns {HTMLImageElement} */
const pictureOf = (card) => card.node.querySelector("[data-stage-picture]");

/** Take the picture of the page's first card as it is: the browser has asked for it already. @param {Card} card */
export function startWith(card) {
  tried.add(wholeOf(card).src);
  watched.add(card);
  shown = card;
}

/** Have a card's picture ready to be shown, the small one while the whole one is not there. @param {Card} card @param {Card[]} next */
export function showPicture(card, next) {
  shown = card;
  if (!tried.has(wholeOf(card).src)) putSmall(card);
  watch(card);
  loadAhead(next);
}

/** Load the pictures that are wanted next; what was being loaded and is not wanted any more is let go. @param {Card[]} next */
export function loadAhead(next) {
  const here = shown ? [shown] : [];
  const small = [...here, ...next.slice(0, SMALL_AHEAD)].map((card) => ({ card, source: smallOf(card) }));
  const whole = [...here, ...next.slice(0, WHOLE_AHEAD)].map((card) => ({ card, source: wholeOf(card) }));
  wanted = [...small, ...whole];
  if (loading && !wanted.some(({ source }) => source.src === loading?.source.src)) {
    Object.assign(loading.loader, { onload: null, onerror: null, srcset: "", src: "" });
    loading = null;
  }
  loadOne();
}

function loadOne() {
  const next = loading ? undefined : wanted.find(({ source }) => !tried.has(source.src));
  if (!next) return;
  const { card, source } = next;
  const loader = new Image();
  loading = { source, loader };
  loader.onload = loader.onerror = () => {
    tried.add(source.src);
    loading = null;
    if (source === wholeOf(card)) putWhole(card);
    loadOne();
  };
  put(loader, source);
}

/** @param {Card} card */
function putWhole(card) {
  const picture = pictureOf(card);
  delete picture.dataset.small;
  // In this document and read now, it is there at once when it is shown.
  moveHere(card);
  put(picture, wholeOf(card));
  picture.decode().catch(() => watch(card));
}

/** As large as the whole one will be, where that fills its place. @param {Card} card */
function putSmall(card) {
  const picture = pictureOf(card);
  const { clientWidth, clientHeight } = document.documentElement;
  const fills = Number(picture.getAttribute("width")) >= clientWidth || Number(picture.getAttribute("height")) >= clientHeight;
  if (fills) picture.dataset.small = "";
  moveHere(card);
  put(picture, smallOf(card));
}

/** Move a card into this document, which would take the shown one off the page. @param {Card} card */
function moveHere({ node }) {
  if (node.ownerDocument !== document) document.adoptNode(node);
}

/** @param {HTMLImageElement} picture @param {Source} source */
function put(picture, { src, srcset, sizes }) {
  for (const [name, value] of Object.entries({ srcset, sizes })) {
    if (value) picture.setAttribute(name, value);
    else picture.removeAttribute(name);
  }
  picture.src = src;
}

/** @param {Card} card */
function watch(card) {
  if (watched.has(card)) return;
  watched.add(card);
  watchStage(card.node.querySelector("[data-stage]"));
}

/** @param {Card} card @returns {Source} */
function wholeOf(card) {
  const known = sources.get(card);
  if (known) return known;
  const { src, srcset, sizes } = pictureOf(card);
  sources.set(card, { src, srcset, sizes });
  return wholeOf(card);
}

/** @param {Card} card @returns {Source} */
function smallOf(card) {
  wholeOf(card);
  return { src: new URL(pictureOf(card).dataset.thumbnail ?? "", location.href).href, srcset: "", sizes: "" };
}
