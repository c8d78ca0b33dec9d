// Why a HEIC or AVIF cannot be turned, by its boxes (ISO/IEC 14496-12 and 23008-12); the rules are those of
// artworks/imaging/converting/boxes.py and heif.py.

import { INCOMPLETE, obstacleOfPixels, obstacleOfSize } from "./turning_sentences.js";

const DECODED = ["hvc1", "av01", "grid", "iden"];
const ALLOWED = [...DECODED, "Exif", "mime", "uri ", "tmap"];
// Bytes a pixel that the decoder of AV1 holds: of 8 bits, and of more; and where colours are as fine as the brightness.
const OF_AV1 = [15.5, 18.6];
const OF_FINE_AV1 = [19, 25];
const PLANES = 1.5;
const IDENTITY = 0;
const PQ = 16;
const HLG = 18;
const MOST_BOXES = 2000;
const MOST_META_BYTES = 4_000_000;

/** @typedef {{ name: string, body: DataView }} Box */

/** Say what stands in the way of turning a HEIC or AVIF; "" for nothing. @param {string} format @param {File} file */
export async function obstacleToHeif(format, file) {
  const rare = `This is a rare kind of ${format}. Please export it as JPEG and retry.`;
  const meta = await readMeta(file);
  if (!meta) return meta === null ? rare : INCOMPLETE;
  try {
    const facts = factsOf(meta);
    if (!facts) return rare;
    const { width, height, each } = facts;
    return obstacleOfSize(width, height) || obstacleOfPixels(format, width * height, each);
  } catch (error) {
    // A box that says it holds more than there is.
    if (error instanceof RangeError) return INCOMPLETE;
    throw error;
  }
}

/** Find the box about all pictures, wherever it is; null without one, undefined when a box ends outside the file. @param {File} file */
async function readMeta(file) {
  let found = null;
  for (let at = 0, count = 0; at + 8 <= file.size && count < MOST_BOXES; count += 1) {
    const head = new DataView(await file.slice(at, at + 16).arrayBuffer());
    const [size, headBytes] = lengthOf(head, 0, file.size - at);
    if (size < headBytes || at + size > file.size) return undefined;
    // Behind its version and flags.
    const body = [at + headBytes + 4, Math.min(at + size, at + MOST_META_BYTES)];
    if (nameAt(head, 4) === "meta") found = new DataView(await file.slice(body[0], body[1]).arrayBuffer());
    at += size;
  }
  return found;
}

/** Read the main picture's size and what a decoder holds a pixel of it; null for a rare kind. @param {DataView} meta */
function factsOf(meta) {
  const parts = byName(meta);
  const [main, items, about] = ["pitm", "iinf", "iprp"].map((name) => parts.get(name));
  if (!main || !items || !about) return null;
  const primary = main.getUint8(0) ? main.getUint32(4) : main.getUint16(4);
  const kinds = kindsOf(items);
  const kind = kinds.get(primary) ?? "";
  if (!DECODED.includes(kind) || [...kinds.values()].some((one) => !ALLOWED.includes(one))) return null;
  const inside = byName(about);
  const known = boxesOf(inside.get("ipco") ?? new DataView(new ArrayBuffer(0)));
  const own = placesOf(primary, inside.get("ipma")).map((place) => known[place - 1]);
  const size = own.find((box) => box?.name === "ispe")?.body;
  if (!size) throw new RangeError("A picture without a size.");
  const isAv1 = [...kinds.values()].includes("av01");
  return { width: size.getUint32(4), height: size.getUint32(8), each: heldEach(known, own, kind === "grid", isAv1) };
}

/** Estimate what a decoder holds a pixel, as `bytes_each` of the server. @param {Box[]} known @param {Box[]} own @param {boolean} isTiled @param {boolean} isAv1 */
function heldEach(known, own, isTiled, isAv1) {
  const alpha = known.some(({ name, body }) => name === "auxC" && /:alpha|:auxid:1\0/.test(nameAt(body, 0, body.byteLength))) ? 1 : 0;
  const bits = Math.max(8, ...known.map(bitsOf));
  // How colours are told by numbers: their corners, their curve and their matrix.
  const colour = own.find((box) => box?.name === "colr" && nameAt(box.body, 0) === "nclx")?.body;
  const [curve, matrix] = colour ? [colour.getUint16(6), colour.getUint16(8)] : [2, 2];
  const isDeep = bits > 8 && (matrix === IDENTITY || alpha === 1 || curve === PQ || curve === HLG);
  const out = (3 + alpha) * (isDeep ? 2 : 1);
  const planes = (PLANES + alpha) * (bits > 8 ? 2 : 1);
  const held = out + planes * (isTiled ? 1 : 2);
  if (!isAv1 || isTiled) return held;
  // Two bits say that colours are halved across and down, the one before them that there are none.
  const isFine = known.some(({ name, body }) => name === "av1C" && (body.getUint8(2) & 0b11100) === 0);
  return Math.max(held, (isFine ? OF_FINE_AV1 : OF_AV1)[bits > 8 ? 1 : 0] + planes * alpha);
}

/** Read how many bits a channel the configuration of a codec tells; 0 of another box. @param {Box} box */
function bitsOf({ name, body }) {
  if (name === "hvcC") return 8 + (body.getUint8(17) & 7);
  if (name !== "av1C" || !(body.getUint8(2) & 0x40)) return 0;
  return body.getUint8(2) & 0x20 ? 12 : 10;
}

/** Give the kind of each item. @param {DataView} table */
function kindsOf(table) {
  const start = table.getUint8(0) ? 8 : 6;
  const entries = boxesOf(new DataView(table.buffer, table.byteOffset + start, table.byteLength - start));
  return new Map(entries.map(({ body }) => {
    const isWide = body.getUint8(0) === 3;
    return [isWide ? body.getUint32(4) : body.getUint16(4), nameAt(body, isWide ? 10 : 8)];
  }));
}

/** Give the places of an item's properties, counted from 1. @param {number} item @param {DataView | undefined} table */
function placesOf(item, table) {
  if (!table) return [];
  const [wide, long] = [table.getUint8(0) ? 4 : 2, table.getUint8(3) & 1 ? 2 : 1];
  /** @type {number[]} */
  const found = [];
  for (let at = 8, left = Math.min(table.getUint32(4), MOST_BOXES); left > 0; left -= 1) {
    const number = wide === 4 ? table.getUint32(at) : table.getUint16(at);
    const count = table.getUint8(at + wide);
    at += wide + 1;
    for (let place = 0; number === item && place < count; place += 1) {
      found.push(long === 2 ? table.getUint16(at + 2 * place) & 0x7fff : table.getUint8(at + place) & 0x7f);
    }
    at += long * count;
  }
  return found;
}

/** @param {DataView} view */
function byName(view) {
  return new Map(boxesOf(view).map(({ name, body }) => [name, body]));
}

/** List the boxes that make up some bytes. @param {DataView} view @returns {Box[]} */
function boxesOf(view) {
  const found = [];
  for (let at = 0; at + 8 <= view.byteLength && found.length < MOST_BOXES; ) {
    const [size, head] = lengthOf(view, at, view.byteLength - at);
    if (size < head) throw new RangeError("A box shorter than its head.");
    found.push({ name: nameAt(view, at + 4), body: new DataView(view.buffer, view.byteOffset + at + head, size - head) });
    at += size;
  }
  return found;
}

/** Read how long a box is, and its head; one of no length goes on to the end. @param {DataView} view @param {number} at @param {number} left */
function lengthOf(view, at, left) {
  const size = view.getUint32(at);
  return size === 1 ? [Number(view.getBigUint64(at + 8)), 16] : [size || left, 8];
}

/** @param {DataView} view @param {number} at */
function nameAt(view, at, size = 4) {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, size));
}
