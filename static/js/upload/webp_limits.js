// Why a WebP cannot be turned, by its chunks (RFC 9649); the rules are those of artworks/imaging/converting/webp.py.

import { INCOMPLETE, obstacleOfPixels, obstacleOfSize } from "./turning_sentences.js";

// What a decoder holds a pixel, without and with what is to be seen through.
const HELD = { lossy: [4, 7.5], lossless: [8.5, 10] };
const ANIMATED = 0x02;
const FRAME_HEADER = 16;
const ORIENTATION = 274;
const SHORT = 3;

/** @typedef {Map<string, DataView>} Chunks */

/** Say what stands in the way of turning a WebP; "" for nothing. @param {File} file */
export async function obstacleToWebp(file) {
  const view = new DataView(await file.arrayBuffer());
  const chunks = view.byteLength < 12 ? null : chunksOf(view, 12, Math.min(view.byteLength, 8 + view.getUint32(4, true)));
  const header = chunks?.get("VP8X");
  const frame = header && header.getUint8(0) & ANIMATED ? chunks?.get("ANMF") : undefined;
  const still = stillOf(frame ? chunksOf(frame, FRAME_HEADER, frame.byteLength) : chunks);
  if (!chunks || !still) return INCOMPLETE;
  const [width, height] = header ? [number24(header, 4) + 1, number24(header, 7) + 1] : [still.width, still.height];
  const [left, above] = frame ? [2 * number24(frame, 0), 2 * number24(frame, 3)] : [0, 0];
  const isInside = frame ? left + still.width <= width && above + still.height <= height : width === still.width && height === still.height;
  const held = still.width * still.height * still.each;
  const isTurned = orientationOf(chunks.get("EXIF")) > 2;
  return (
    obstacleOfSize(width, height) || (isInside ? "" : INCOMPLETE) || obstacleOfPixels("WebP", still.width * still.height, still.each) ||
    (isTurned ? obstacleOfPixels("WebP", width * height, 4 + held / (width * height)) : "")
  );
}

/** Take the first chunk of each name; null for one that ends outside. @param {DataView} view @param {number} start @param {number} end @returns {Chunks | null} */
function chunksOf(view, start, end) {
  /** @type {Chunks} */
  const found = new Map();
  for (let at = start; at + 8 <= end; ) {
    const size = view.getUint32(at + 4, true);
    if (at + 8 + size > end) return null;
    const name = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, 4));
    if (!found.has(name)) found.set(name, new DataView(view.buffer, view.byteOffset + at + 8, size));
    at += 8 + size + (size % 2);
  }
  return found;
}

/** Read the size of a still picture, and what a decoder holds of it. @param {Chunks | null} chunks */
function stillOf(chunks) {
  const [lossless, lossy] = [chunks?.get("VP8L"), chunks?.get("VP8 ")];
  if (lossless && lossless.byteLength > 5) {
    const packed = lossless.getUint32(1, true);
    return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1, each: HELD.lossless[(packed >>> 28) & 1] };
  }
  if (!lossy || lossy.byteLength < 11) return null;
  return { width: lossy.getUint16(6, true) & 0x3fff, height: lossy.getUint16(8, true) & 0x3fff, each: HELD.lossy[chunks?.get("ALPH") ? 1 : 0] };
}

/** Read how a picture is turned, 1 for upright (EXIF 2.32, 4.6.2). @param {DataView | undefined} chunk */
function orientationOf(chunk) {
  if (!chunk || chunk.byteLength < 14) return 1;
  const head = chunk.getUint32(0) === 0x45786966 ? 6 : 0;
  const exif = new DataView(chunk.buffer, chunk.byteOffset + head, chunk.byteLength - head);
  const little = exif.getUint8(0) === 0x49;
  const start = exif.getUint32(4, little);
  const count = start + 2 <= exif.byteLength ? exif.getUint16(start, little) : 0;
  for (let at = start + 2; at < start + 2 + 12 * count && at + 12 <= exif.byteLength; at += 12) {
    const value = exif.getUint16(at + 8, little);
    if (exif.getUint16(at, little) === ORIENTATION && exif.getUint16(at + 2, little) === SHORT && value <= 8) return value;
  }
  return 1;
}

/** @param {DataView} view @param {number} at */
function number24(view, at) {
  return view.getUint16(at, true) + 65_536 * view.getUint8(at + 2);
}
