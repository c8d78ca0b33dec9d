// Why a TIFF cannot be turned, by its first directory (TIFF 6.0); the rules are those of artworks/imaging/converting/tiff.py.

import { INCOMPLETE, obstacleOfBytes, obstacleOfPixels, obstacleOfSize } from "./turning_sentences.js";

const RARE = "This is a rare kind of TIFF. Please save it as PNG or JPEG, or as a TIFF of 8 or 16 bits, and retry.";
const MOST_PARTS = 2000;
const PART_BYTES = 65_533;
const MOST_STRIPS = 200_000;
const LINES_IN_FLIGHT = 1000;
const TAG = {
  width: 256, height: 257, bits: 258, packing: 259, photometric: 262, strips: 273, orientation: 274, samples: 277, rows: 278,
  stripBytes: 279, planes: 284, predictor: 317, tileHeight: 323, tiles: 324, tileBytes: 325, format: 339,
};
const WHOLE = 1;
const SIGNED = 2;
const FLOAT = 3;
const UNDEFINED = 4;
const COLOURS = { grey: 1, rgb: 2, palette: 3, ycbcr: 6, lab: [8, 9] };
/** @type {Record<number, number>} */
const CHANNELS = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3, 9: 3 };
/** @type {Record<number, number[]>} */
const DEPTHS = { [WHOLE]: [1, 2, 4, 8, 16, 32], [SIGNED]: [8, 16, 32], [FLOAT]: [16, 32, 64] };
const PREDICTED = [5, 8, 32_946];
/** @type {Record<number, number[]>} */
const PREDICTORS = { 16: [1, 2], 32: [1, 2, 3], 64: [1] };
const JPEG = 7;
const WEBP = 50_001;
const FAX = [2, 3, 4];
const LOSSLESS = [1, ...FAX, 5, 8, 32_773, 32_946];
/** @type {Record<number, string>} */
const UNKNOWN_PACKINGS = {
  6: "an old kind of JPEG", 34661: "JBIG", 34712: "JPEG 2000", 33003: "JPEG 2000", 33005: "JPEG 2000", 34887: "LERC",
  34892: "an old kind of JPEG", 34925: "LZMA", 50000: "Zstandard", 50002: "JPEG XL", 52546: "JPEG XL",
};
/** Bytes of whole numbers, by the type of an entry. @type {Record<number, number>} */
const WHOLE_BYTES = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8 };

/** @typedef {(tag: number) => Promise<number[]>} Numbers */

/** Say what stands in the way of turning a TIFF; "" for nothing. @param {File} file */
export async function obstacleToTiff(file) {
  const numbers = await readDirectory(file);
  if (!numbers) return INCOMPLETE;
  /** @param {number} tag @param {number} otherwise */
  const first = async (tag, otherwise) => (await numbers(tag))[0] ?? otherwise;
  const [width, height, packing, samples] = [await first(TAG.width, 0), await first(TAG.height, 0), await first(TAG.packing, 1), await first(TAG.samples, 1)];
  const bits = await numbers(TAG.bits);
  const wrongSize = obstacleOfSize(width, height);
  if (wrongSize) return wrongSize;
  const packed = UNKNOWN_PACKINGS[packing];
  if (packed) return `This TIFF is packed with ${packed}, which cannot be opened here. Please save it with LZW or ZIP, and retry.`;
  const facts = {
    packing, samples, bits, colours: await first(TAG.photometric, 0), formats: await numbers(TAG.format),
    planes: await first(TAG.planes, 1), predictor: await first(TAG.predictor, 1),
  };
  if (isRare(facts)) return RARE;
  if (!(await arePiecesThere(numbers, file.size))) return INCOMPLETE;
  const strip = packing === WEBP ? 3 * Math.min(height, await first(TAG.tileHeight, await first(TAG.rows, height))) : 0;
  const lineBytes = Math.floor((width * samples * Math.max(8, bits[0] ?? 1)) / 8);
  const held = (Math.min(height, LINES_IN_FLIGHT) + strip) * lineBytes;
  const orientation = await first(TAG.orientation, 1);
  const isTurned = orientation > 2 && orientation <= 8;
  return obstacleOfBytes(held) || (isTurned ? obstacleOfPixels("TIFF", width * height, 4 + held / (width * height)) : "");
}

/**
 * True for samples, colours or a packing that the server can make nothing of.
 * @param {{ packing: number, samples: number, bits: number[], colours: number, formats: number[], planes: number, predictor: number }} facts
 */
function isRare({ packing, samples, bits: [bits = 1, ...others], colours, formats, planes, predictor }) {
  const [format = WHOLE, ...more] = formats.map((one) => (one === UNDEFINED ? WHOLE : one));
  const isFloat = format === FLOAT;
  const predictors = isFloat ? (PREDICTORS[bits] ?? []) : bits >= 8 ? [1, 2] : [1];
  const isLab = COLOURS.lab.includes(colours);
  return (
    others.some((one) => one !== bits) || more.some((one) => one !== format) || !DEPTHS[format]?.includes(bits) ||
    !(CHANNELS[colours] <= samples && samples <= 8) || (planes !== 1 && planes !== 2) || (bits < 8 && samples > 1) ||
    !(LOSSLESS.includes(packing) || ((packing === JPEG || packing === WEBP) && bits === 8)) || (FAX.includes(packing) && bits !== 1) ||
    (packing === WEBP && (colours !== COLOURS.rgb || samples > 4 || planes !== 1)) ||
    (colours === COLOURS.palette && bits > 8) || (colours === COLOURS.ycbcr && (packing !== JPEG || planes !== 1)) || (isLab && bits < 8) ||
    ((format !== WHOLE || bits === 32) && colours !== COLOURS.grey && colours !== COLOURS.rgb) ||
    (PREDICTED.includes(packing) && !predictors.includes(predictor)) || (isFloat && bits === 64 && planes !== 1 && samples > 1)
  );
}

/** True when there are as many strips or tiles as can be, and all of them lie within the file. @param {Numbers} numbers @param {number} size */
async function arePiecesThere(numbers, size) {
  const tiles = await numbers(TAG.tiles);
  const places = tiles.length ? tiles : await numbers(TAG.strips);
  const sizes = await numbers(tiles.length ? TAG.tileBytes : TAG.stripBytes);
  const isPlausible = places.length > 0 && places.length === sizes.length && places.length <= MOST_STRIPS;
  return isPlausible && places.every((at, place) => at + sizes[place] <= size);
}

/** Read the first directory, wherever it is: what gives the whole numbers of a tag, or null for a torn one. @param {File} file @returns {Promise<Numbers | null>} */
async function readDirectory(file) {
  const head = await viewOf(file, 0, 16);
  if (head.byteLength < 16) return null;
  const little = head.getUint8(0) === 0x49;
  const isBig = head.getUint16(2, little) === 43;
  /** @param {DataView} view @param {number} at */
  const long = (view, at) => (isBig ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const [entryBytes, countBytes, room] = isBig ? [20, 8, 8] : [12, 2, 4];
  const start = long(head, isBig ? 8 : 4);
  const top = await viewOf(file, start, countBytes);
  if (top.byteLength < countBytes) return null;
  const count = isBig ? long(top, 0) : top.getUint16(0, little);
  const table = count <= MOST_PARTS + file.size / PART_BYTES ? await viewOf(file, start + countBytes, count * entryBytes) : top;
  if (table.byteLength < count * entryBytes) return null;
  /** @type {Map<number, number>} */
  const places = new Map();
  for (let at = 0; at < table.byteLength; at += entryBytes) if (!places.has(table.getUint16(at, little))) places.set(table.getUint16(at, little), at);
  return async (tag) => {
    const at = places.get(tag);
    if (at === undefined) return [];
    const each = WHOLE_BYTES[table.getUint16(at + 2, little)] ?? 1;
    const size = each * long(table, at + 4);
    const within = at + 4 + room;
    const view = size <= room ? new DataView(table.buffer, within, size) : await viewOf(file, long(table, within), Math.min(size, 8 * MOST_STRIPS));
    return Array.from({ length: Math.floor(view.byteLength / each) }, (_, place) => numberAt(view, place * each, each, little));
  };
}

/** @param {DataView} view @param {number} at @param {number} size @param {boolean} little */
function numberAt(view, at, size, little) {
  if (size === 8) return Number(view.getBigUint64(at, little));
  if (size === 4) return view.getUint32(at, little);
  return size === 2 ? view.getUint16(at, little) : view.getUint8(at);
}

/** @param {File} file @param {number} start @param {number} size */
async function viewOf(file, start, size) {
  return new DataView(await file.slice(start, start + size).arrayBuffer());
}
