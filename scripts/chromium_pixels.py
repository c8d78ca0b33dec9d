"""What a picture looks like in Chromium, as pixels: drawn at a size, on a ground."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

from scripts.browser import installed

# Black and white tell apart what is see-through from what is painted in the ground's colour.
GROUNDS = {"dark": 26, "light": 250}
_DRAW = """async ([data, width, height, grounds]) => {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([bytes]));
  const shown = await image.decode().then(() => true, () => false);
  if (!shown) return null;
  const drawn = grounds.map(grey => {
    const canvas = new OffscreenCanvas(width || image.naturalWidth, height || image.naturalHeight);
    const pen = canvas.getContext("2d");
    pen.fillStyle = `rgb(${grey} ${grey} ${grey})`;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "medium";
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
    const parts = [];
    for (let at = 0; at < pixels.length; at += 32768)
      parts.push(String.fromCharCode(...pixels.subarray(at, at + 32768)));
    return btoa(parts.join(""));
  });
  URL.revokeObjectURL(image.src);
  return [image.naturalWidth, image.naturalHeight, drawn];
}"""


@dataclass(frozen=True)
class Drawing:
    """A picture as drawn on each of GROUNDS, RGBA, and the size it says it has."""

    width: int
    height: int
    grounds: list[bytes]


@contextmanager
def chromium() -> Iterator[Page]:
    """Yield an empty page of a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed())
        yield browser.new_page()
        browser.close()


def draw(page: Page, data: bytes, size: tuple[int, int] = (0, 0)) -> Drawing | None:
    """Draw a picture file at a size, or at its own; None for one that Chromium cannot show."""
    answer = page.evaluate(_DRAW, [base64.b64encode(data).decode(), *size, list(GROUNDS.values())])
    if answer is None:
        return None
    width, height, grounds = answer
    return Drawing(width, height, [base64.b64decode(drawn) for drawn in grounds])
