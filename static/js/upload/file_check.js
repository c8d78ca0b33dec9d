// What can be said of a file before it is sent. The server decides in the end, from the content as well.

import { adviceForOne, isConvertible } from "./format_words.js";
import { formatOf, HEAD_BYTES, TAKEN } from "./formats.js";
import { obstacleTo } from "./turning_limits.js";

// What systems and programs leave in folders beside the pictures; hidden files begin with a dot.
const SYSTEM_FILES = /^(?:\.|__MACOSX$|@eaDir$|ehthumbs(?:_vista)?\.db$|Thumbs\.db|desktop\.ini$|Icon\r?$|\$RECYCLE\.BIN$|System Volume Information$)/i;

/** True for a file or folder, given by its name or path, that nobody put there to be seen. @param {string} path */
export function isSystemFile(path) {
  return path.split("/").some((name) => SYSTEM_FILES.test(name));
}

/**
 * Say why a file cannot be added as it is, or give null when it may be sent; what is not known here goes to the server.
 * A file over the limit is told as that first: whatever it is, it cannot be sent.
 * @param {File} file @param {number} limitMb @returns {Promise<Refusal | null>}
 */
export async function refusal(file, limitMb) {
  if (file.size === 0) return refused("This file is empty. Save or copy it again, then add it.");
  const isTooLarge = file.size > limitMb * 1024 * 1024;
  let format, obstacle;
  try {
    format = formatOf(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
    obstacle = isConvertible(format) && !isTooLarge ? await obstacleTo(format, file) : "";
  } catch {
    return refused("This file could not be read. Look whether it opens on your computer, then add it again.");
  }
  if (isTooLarge) return tooLarge(file, limitMb, format);
  if (!format || TAKEN.has(format)) return null;
  if (obstacle) return refused(obstacle);
  return refused(adviceForOne(format, file.name), format, isConvertible(format));
}

/**
 * Put a refusal together; those of one `why` are told together.
 * @param {string} note @param {string} format @param {boolean} convertible @returns {Refusal}
 */
function refused(note, format = "", convertible = false) {
  return { note, why: format || note, format, convertible };
}

/** Read what the server says of a file that it refused. @param {string} name @param {Rejected} rejected @returns {Refusal} */
export function refusalBy(name, { error, format, convertible = false }) {
  const note = error.message;
  const sentence = note.replaceAll(name, "This file");
  if (error.code === "too_large") return { note, why: "large", format: format ?? "", convertible };
  const isNamed = error.code === "unsupported_type" && adviceForOne(format ?? "");
  return { note, why: isNamed && format ? format : sentence, format: format ?? "", convertible };
}

/**
 * Say that a file is too large. Nobody is to make a video smaller, only to be told then what it is.
 * @param {File} file @param {number} limitMb @param {string} format @returns {Refusal}
 */
function tooLarge({ name, size }, limitMb, format) {
  const other = isConvertible(format) ? "" : adviceForOne(format, name);
  const note = `${megabytes(size)} MB. The limit is ${limitMb} MB. ${other || "Save it smaller, then add it again."}`;
  return { note, why: other ? format : "large", format, convertible: false };
}

/** Say a size in MB, or kB of a small one. @param {number} bytes */
export function sizeOf(bytes) {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${megabytes(bytes)} MB`;
}

/** Rounded up, so that a file one byte over the limit does not read as being on it. @param {number} bytes */
function megabytes(bytes) {
  return (Math.ceil((bytes / 1024 / 1024) * 10) / 10).toFixed(1);
}

/** Say what a file was turned into; the server's note may begin with it. @param {Converted | undefined} converted */
export function sentenceOn(converted) {
  if (!converted) return "";
  if (converted.note.startsWith("Saved as")) return converted.note;
  return `Saved as ${converted.media_type === "image/png" ? "PNG" : "JPEG"}. ${converted.note}`.trim();
}
