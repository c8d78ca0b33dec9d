// Why a picture of another format cannot be turned, as far as its headers tell. The server says the same, and knows more.

import { firstDirectory, HEAD_BYTES } from "./formats.js";

const MOST_PIXELS = 100_000_000;
// What a decoder may hold, and what it does hold a pixel (artworks/imaging/converting).
const MOST_BYTES = 265_000_000;
const OF_WEBP = { lossy: [4, 7.5], lossless: [8.5, 10] };
const OF_AV1 = 15.5;
const OF_FINE_AV1 = 19;
const OF_TILES = 4.5;
const OF_HEVC = 6;
// Where the boxes of a photo end, that of its tiles' sizes too.
const BOXES_BYTES = 65_536;
const TAG = { width: 256, height: 257, packing: 259 };
/** @type {Record<number, string>} */
const UNKNOWN_PACKINGS = {
  6: "an old kind of JPEG", 34661: "JBIG", 34712: "JPEG 2000", 33003: "JPEG 2000", 33005: "JPEG 2000", 34887: "LERC",
  34925: "LZMA", 50000: "Zstandard", 50002: "JPEG XL", 52546: "JPEG XL",
};

/**
 * What the headers say: the size, how many bytes a pixel a decoder holds, and how it is packed where that matters.
 * @typedef {{ width: number, height: number, held: number, packing?: number }} Facts
 */

/** @type {Facts} */
const NOTHING = { width: 0, height: 0, held: 0 };
/** @type {Record<string, (file: File, head: Uint8Array) => Facts | Promise<Facts>>} */
const READERS = { WebP: readWebp, AVIF: readBoxes, HEIC: readBoxes, TIFF: readDirectory, BMP: readBmp };

/**
 * Say what stands in the way of turning a picture, and the step to take; "" for nothing that is seen here.
 * @param {string} format @param {File} file @param {Uint8Array} head
 */
export async function obstacleTo(format, file, head) {
  // A file may be shorter than what is read of it.
  const padded = new Uint8Array(HEAD_BYTES);
  padded.set(head);
  const { width, height, held, packing } = (await READERS[format]?.(file, padded)) ?? NOTHING;
  const packed = UNKNOWN_PACKINGS[packing ?? 0];
  if (packed) return `This TIFF is packed with ${packed}, which cannot be opened here. Please save it with LZW or ZIP, and retry.`;
  const pixels = width * height;
  if (pixels > MOST_PIXELS) {
    const limit = `The limit is ${MOST_PIXELS / 1e6} million pixels in all`;
    return `This picture is ${said([width, height])} pixels. ${limit}: please save it smaller, for example ${said(fitting(width, height))}.`;
  }
  if (pixels * held <= MOST_BYTES) return "";
  const most = Math.floor(MOST_BYTES / held / 1e6);
  const has = `This ${format} has ${Math.ceil(pixels / 1e6)} million pixels. Up to ${most} million of its kind can be turned here`;
  return `${has}: please export it as JPEG, then add that.`;
}

/** A round size of the same proportions that is let through. @param {number} width @param {number} height */
function fitting(width, height) {
  const sides = [width, height].map((side) => Math.max(1, Math.floor(side * Math.sqrt(MOST_PIXELS / (width * height)))));
  const step = Math.min(...sides) >= 1000 ? 100 : 1;
  return sides.map((side) => Math.floor(side / step) * step);
}

/** @param {number[]} sides */
function said(sides) {
  return sides.map((side) => side.toLocaleString("en-GB")).join(" x ");
}

/** Read the first chunk, and of which kinds others are (RFC 9649). @param {File} _file @param {Uint8Array} head @returns {Facts} */
function readWebp(_file, head) {
  const text = latin1(head);
  const chunk = text.slice(12, 16);
  const packed = numberAt(head, 21, 4);
  const held = text.includes("VP8L") ? OF_WEBP.lossless : OF_WEBP.lossy;
  if (chunk === "VP8X") return { width: numberAt(head, 24, 3) + 1, height: numberAt(head, 27, 3) + 1, held: held[(head[20] >> 4) & 1] };
  if (chunk === "VP8L") return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1, held: held[(packed >>> 28) & 1] };
  return { width: numberAt(head, 26, 2) & 0x3fff, height: numberAt(head, 28, 2) & 0x3fff, held: held[0] };
}

/** Take the largest of the sizes that the boxes tell (ISO/IEC 23008-12): tiles are smaller. @param {File} file @returns {Promise<Facts>} */
async function readBoxes(file) {
  const bytes = new Uint8Array(await file.slice(0, BOXES_BYTES).arrayBuffer());
  const text = latin1(bytes);
  const view = new DataView(bytes.buffer);
  const sizes = [...text.matchAll(/ispe\0{4}[^]{8}/g)].map(({ index }) => ({ width: view.getUint32(index + 8), height: view.getUint32(index + 12) }));
  const [largest] = sizes.sort((one, other) => other.width * other.height - one.width * one.height);
  const layers = text.includes("auxiliary:alpha") || text.includes("auxid:1") ? 2 : 1;
  // Two bits say that colours are halved across and down, the one before them that there are none.
  const isFine = [...text.matchAll(/av1C[^]{2}([^])/g)].some(([, flags]) => (flags.charCodeAt(0) & 0b11100) === 0);
  const whole = text.includes("av01") ? (isFine ? OF_FINE_AV1 : OF_AV1) * layers : OF_HEVC;
  return { ...(largest ?? NOTHING), held: text.includes("grid") ? OF_TILES : whole };
}

/** Read a TIFF's first directory, wherever it is. @param {File} file @param {Uint8Array} head @returns {Promise<Facts>} */
async function readDirectory(file, head) {
  const little = head[0] === 0x49;
  const view = new DataView(head.buffer, head.byteOffset);
  // One of more than 4 GB may be called so, too, and is left to the server.
  if (view.getUint16(2, little) !== 42) return NOTHING;
  const start = view.getUint32(4, little);
  const bytes = new Uint8Array(await file.slice(start, start + HEAD_BYTES).arrayBuffer());
  const tags = firstDirectory(bytes, 0, little);
  const [width, height, packing] = [TAG.width, TAG.height, TAG.packing].map((tag) => tags.get(tag) ?? 0);
  return { width, height, held: 0, packing };
}

/** @param {File} _file @param {Uint8Array} head @returns {Facts} */
function readBmp(_file, head) {
  const view = new DataView(head.buffer, head.byteOffset);
  const isOld = head[14] === 12;
  if (isOld) return { width: view.getUint16(18, true), height: view.getUint16(20, true), held: 0 };
  return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)), held: 0 };
}

/** One character a byte. @param {Uint8Array} bytes */
function latin1(bytes) {
  return new TextDecoder("latin1").decode(bytes);
}

/** @param {Uint8Array} bytes @param {number} at @param {number} size */
function numberAt(bytes, at, size) {
  return [...bytes.slice(at, at + size)].reduceRight((number, byte) => number * 256 + byte, 0);
}
