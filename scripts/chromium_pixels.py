"""What picture files look like in Chromium: their size, and how far two of them are apart."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from scripts.browser import installed

# Black and white tell apart what is see-through from what is painted in the ground's colour.
DARK, LIGHT = 26, 250
# Kept in the page, so that only numbers come back from it.
_PROGRAM = """
async function opened(data) {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([bytes]));
  const shown = await image.decode().then(() => true, () => false);
  URL.revokeObjectURL(image.src);
  return shown ? image : null;
}
function drawn(image, width, height, grey) {
  const pen = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
  pen.fillStyle = `rgb(${grey} ${grey} ${grey})`;
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = "medium";
  pen.drawImage(image, 0, 0, width, height);
  return pen.getImageData(0, 0, width, height).data;
}
async function sizeOf(data) {
  const image = await opened(data);
  return image && [image.naturalWidth, image.naturalHeight];
}
async function apart([one, other, grounds]) {
  const images = [await opened(one), await opened(other)];
  const {naturalWidth: width, naturalHeight: height} = images[1];
  const across = Math.ceil(width / 8), blocks = across * Math.ceil(height / 8);
  let whole = 0, block = 0;
  for (const grey of grounds) {
    const [first, second] = images.map(image => drawn(image, width, height, grey));
    const sums = new Float64Array(blocks * 3), counts = new Float64Array(blocks), all = [0, 0, 0];
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at += 4) {
        const place = (y >> 3) * across + (x >> 3);
        counts[place]++;
        for (let channel = 0; channel < 3; channel++) {
          const difference = first[at + channel] - second[at + channel];
          sums[place * 3 + channel] += difference;
          all[channel] += difference;
        }
      }
    whole = Math.max(whole, ...all.map(sum => Math.abs(sum) / (width * height)));
    sums.forEach((sum, place) => block = Math.max(block, Math.abs(sum) / counts[Math.floor(place / 3)]));
  }
  return [whole, block];
}
"""


@contextmanager
def chromium() -> Iterator[Page]:
    """Yield a page of a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed())
        page = browser.new_page()
        page.add_script_tag(content=_PROGRAM)
        yield page
        browser.close()


def size_of(page: Page, data: bytes) -> tuple[int, int] | None:
    """Return the width and height of a picture file; None for one that Chromium cannot show."""
    size = page.evaluate("sizeOf", base64.b64encode(data).decode())
    return (size[0], size[1]) if size else None


def apart(page: Page, original: bytes, rendition: bytes) -> tuple[float, float]:
    """Return how far the means of two pictures' channels are apart, and of their blocks of 8 x 8 pixels, at most.

    Both are drawn at the size of the second, on a dark and on a light ground.
    """
    files = [base64.b64encode(data).decode() for data in (original, rendition)]
    whole, block = page.evaluate("apart", [*files, [DARK, LIGHT]])
    return whole, block
