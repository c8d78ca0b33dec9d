// What stands in the way of turning a picture, in the words of the server (artworks/imaging/converting).

export const INCOMPLETE = "This file is not complete or damaged, so it cannot be opened. Please save it again and retry.";
const TOO_HEAVY = "This picture needs too much memory to open. Please save it smaller and retry.";
const MOST_PIXELS = 100_000_000;
const LONGEST_SIDE = 65_535;
// What a decoder may hold of a picture, and what of lines and of a file's own samples.
const MOST_PIXEL_BYTES = 265_000_000;
const MOST_BYTES = 220_000_000;

/** Say what is wrong with a size; "" for one that is let through. @param {number} width @param {number} height */
export function obstacleOfSize(width, height) {
  if (width < 1 || height < 1) return INCOMPLETE;
  const is = `This picture is ${said([width, height])} pixels.`;
  if (Math.max(width, height) > LONGEST_SIDE) return `${is} The limit is ${said([LONGEST_SIDE])} pixels a side: please save it smaller.`;
  if (width * height <= MOST_PIXELS) return "";
  const limit = `The limit is ${MOST_PIXELS / 1e6} million pixels in all`;
  return `${is} ${limit}: please save it smaller, for example ${said(fitting(width, height))}.`;
}

/** Say that so many pixels of so many bytes in a decoder are too many; "" where they are not. @param {string} format @param {number} pixels @param {number} each */
export function obstacleOfPixels(format, pixels, each) {
  const most = Math.floor(MOST_PIXEL_BYTES / each);
  if (pixels <= most) return "";
  const has = `This ${format} has ${Math.ceil(pixels / 1e6)} million pixels. Up to ${Math.floor(most / 1e6)} million of its kind can be turned here`;
  return `${has}: please export it as JPEG, then add that.`;
}

/** Say that so many bytes in a decoder are too many; "" where they are not. @param {number} held */
export function obstacleOfBytes(held) {
  return held > MOST_BYTES ? TOO_HEAVY : "";
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
