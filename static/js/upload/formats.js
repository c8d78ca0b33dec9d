// What a file is, by its first bytes and whatever it is called. The server names alike; a test reads one list with both.
/* eslint-disable no-control-regex -- the expressions are about bytes */

/** How much of a file is looked at, in bytes. */
export const HEAD_BYTES = 4096;
/** What the library takes as it is. */
export const TAKEN = new Set(["PNG", "JPEG", "GIF"]);

// What a file begins with, written as one character a byte; a dot stands for any. The first that fits names it.
/** @type {[RegExp, string][]} */
const BEGINNINGS = [
  [/^\x89PNG\r\n\x1a\n/, "PNG"],
  [/^\xff\xd8\xff/, "JPEG"],
  [/^GIF8[79]a/, "GIF"],
  [/^RIFF.{4}WEBP/s, "WebP"],
  [/^RIFF.{4}AVI /s, "video"],
  [/^RIFF.{4}WAVE/s, "audio"],
  [/^BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0/s, "BMP"],
  [/^(?:\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n)/, "JPEG XL"],
  [/^(?:\xff\x4f\xff\x51|\0\0\0\x0cjP {2}\r\n\x87\n)/, "JPEG 2000"],
  [/^8BPS\0[\x01\x02]/, "Photoshop"],
  [/^gimp xcf /, "GIMP"],
  [/^CSFCHUNK/, "Clip Studio"],
  [/^\0\xffKA/, "Affinity"],
  [/^%PDF-/, "PDF"],
  [/^(?:%!PS|\xc5\xd0\xd3\xc6)/, "EPS"],
  [/^(?:II\*\0.{4}CR|IIR[OS]|MMOR|IIU\0|FUJIFILMCCD-RAW|FOVb|\0MRM)/s, "camera raw"],
  [/^(?:II[*+]\0|MM\0[*+])/, "TIFF"],
  [/^(?:\x1aE\xdf\xa3|.{4}(?:wide|moov|mdat|free|skip|pnot))/s, "video"],
  [/^(?:\0\0[\x01\x02]\0(?!\0\0).{5}\0|icns)/s, "ICO"],
  [/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/, "Office"],
  [/^\{\\rtf/, "Word"],
  // Programs keep their documents in archives, and what is in those tells which.
  [/^PK\x03\x04.*(?:application\/x-krita|image\/openraster)/s, "Krita"],
  [/^PK\x03\x04.*(?:Document\.archive|QuickLook\/Thumbnail)/s, "Procreate"],
  [/^PK\x03\x04.*(?:word\/|opendocument\.text)/s, "Word"],
  [/^PK\x03\x04.*(?:\[Content_Types\]\.xml|opendocument)/s, "Office"],
  [/^PK\x03\x04/, "ZIP"],
  [/^(?:7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x1f\x8b\x08)/, "archive"],
  [/^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<svg[\s>]/is, "SVG"],
];
const HEIC = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"]);
const AVIF = new Set(["avif", "avis"]);
// Pictures of whichever codec; the server takes them for HEIC as well.
const STILLS = new Set(["mif1", "mif2", "msf1"]);
const SOUNDS = new Set(["M4A ", "M4B ", "M4P "]);
// Tags of a TIFF's first directory (TIFF 6.0, DNG 1.7), and what in them tells the picture of a camera's sensor.
const TAG = { subfile: 254, compression: 259, photometric: 262, make: 271, below: 330, dng: 50706 };
const SENSOR_COLOURS = new Set([32803, 34892]);
const SENSOR_PACKINGS = new Set([32767, 34713, 65535]);
const REDUCED = 1;
const SHORT = 3;

/**
 * Give the name of what begins with these bytes, or "" for what only the server knows, such as one text from another.
 * @param {Uint8Array} head
 */
export function formatOf(head) {
  const text = String.fromCharCode(...head);
  if (text.slice(4, 8) === "ftyp") return familyOf(text, head);
  const name = BEGINNINGS.find(([beginning]) => beginning.test(text))?.[1] ?? "";
  return name === "TIFF" && isRaw(head) ? "camera raw" : name;
}

/** Read the brands of a file of boxes (ISO/IEC 14496-12, 4.3), the main one first. @param {string} text @param {Uint8Array} head */
function familyOf(text, head) {
  const end = new DataView(head.buffer, head.byteOffset).getUint32(0);
  const brands = [text.slice(8, 12), ...(text.slice(16, end).match(/.{4}/gs) ?? [])];
  const known = brands.find((brand) => HEIC.has(brand) || AVIF.has(brand));
  if (known) return AVIF.has(known) ? "AVIF" : "HEIC";
  if (brands[0] === "crx ") return "camera raw";
  if (brands[0] === "jxl ") return "JPEG XL";
  if (brands.some((brand) => STILLS.has(brand))) return "HEIC";
  return SOUNDS.has(brands[0]) ? "audio" : "video";
}

/** True for a TIFF of a camera: its first directory has the sensor's picture, or a small one with the large one below it. @param {Uint8Array} head */
function isRaw(head) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const little = head[0] === 0x49;
  if (head.length < 10 || view.getUint16(2, little) !== 42) return false;
  const tags = firstDirectory(head, view.getUint32(4, little), little);
  if (tags.has(TAG.dng) || SENSOR_COLOURS.has(Number(tags.get(TAG.photometric)))) return true;
  if (SENSOR_PACKINGS.has(Number(tags.get(TAG.compression)))) return true;
  return tags.get(TAG.subfile) === REDUCED && tags.has(TAG.make) && tags.has(TAG.below);
}

/**
 * Read tags and their first numbers out of the directory that begins at `start`, as far as it lies within the bytes.
 * @param {Uint8Array} bytes @param {number} start @param {boolean} little
 */
function firstDirectory(bytes, start, little) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Map<number, number>} */
  const tags = new Map();
  const entries = start + 2 <= bytes.length ? view.getUint16(start, little) : 0;
  for (let place = start + 2; place < start + 2 + 12 * entries && place + 12 <= bytes.length; place += 12) {
    const isShort = view.getUint16(place + 2, little) === SHORT;
    tags.set(view.getUint16(place, little), isShort ? view.getUint16(place + 8, little) : view.getUint32(place + 8, little));
  }
  return tags;
}
