// Why a picture of another format cannot be turned, as far as its headers tell. The server says the same, and knows more.

import { obstacleToHeif } from "./heif_limits.js";
import { obstacleToTiff } from "./tiff_limits.js";
import { INCOMPLETE, obstacleOfBytes, obstacleOfSize } from "./turning_sentences.js";
import { obstacleToWebp } from "./webp_limits.js";

const RARE_BMP = "This is a rare kind of BMP. Please save it as PNG or JPEG and retry.";
// Headers of a BMP; by the bits of a pixel how it may be packed: as it is, in runs of 8 or 4 bits, by masks.
const BMP_HEADERS = [12, 16, 40, 52, 56, 64, 108, 124];
const BMP_BYTES = 14 + 124;
/** @type {Record<number, number[]>} */
const BMP_PACKINGS = { 1: [0], 4: [0, 2], 8: [0, 1], 16: [0, 3, 6], 24: [0], 32: [0, 3, 6] };

/**
 * Say what stands in the way of turning a picture, and the step to take; "" for nothing that is seen here. The file is
 * one that may be sent, as it is read whole where its facts are spread over it.
 * @param {string} format @param {File} file @returns {Promise<string>}
 */
export async function obstacleTo(format, file) {
  if (format === "HEIC" || format === "AVIF") return obstacleToHeif(format, file);
  if (format === "TIFF") return obstacleToTiff(file);
  if (format === "WebP") return obstacleToWebp(file);
  return format === "BMP" ? obstacleToBmp(file) : "";
}

/** Read the header of a BMP. @param {File} file */
async function obstacleToBmp(file) {
  const bytes = new Uint8Array(BMP_BYTES);
  bytes.set(new Uint8Array(await file.slice(0, BMP_BYTES).arrayBuffer()));
  const view = new DataView(bytes.buffer);
  const size = view.getUint32(14, true);
  if (file.size < 14 + size || !BMP_HEADERS.includes(size)) return INCOMPLETE;
  const isOld = size === 12;
  const width = isOld ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = isOld ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
  const bits = view.getUint16(isOld ? 24 : 28, true);
  const packing = size >= 40 ? view.getUint32(30, true) : 0;
  const hasMasks = packing === 3 || packing === 6;
  const masks = hasMasks && size !== 64 ? [54, 58, 62, ...(packing === 6 || size >= 56 ? [66] : [])].map((at) => view.getUint32(at, true)) : [];
  const isTorn = masks.some((mask) => !isMask(mask)) || masks.slice(0, 3).includes(0);
  if (!BMP_PACKINGS[bits]?.includes(packing) || isTorn) return RARE_BMP;
  const inRuns = packing === 1 || packing === 2;
  const held = (inRuns ? width : Math.floor((width * bits + 31) / 32) * 4) * height;
  const isCut = !inRuns && view.getUint32(10, true) + held > file.size;
  return obstacleOfSize(width, height) || (isCut ? INCOMPLETE : obstacleOfBytes(held));
}

/** True for bits that are next to each other, and no more than a channel can have. @param {number} mask */
function isMask(mask) {
  return /^0*1{0,16}0*$/.test(mask.toString(2));
}
