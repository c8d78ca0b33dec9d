"""Draw the sign of the program for tabs and home screens, from static/favicon.svg: ``python -m scripts.make_icons``.

A home screen rounds corners itself, so those are square and have more ground around the drawing.
"""

from __future__ import annotations

import struct
from pathlib import Path

import pyvips

STATIC = Path(__file__).resolve().parent.parent / "static"
UNITS = 32
# The easel's part of a square that a home screen may cut round.
SAFE = 0.8


def draw(size: int, *, square: bool) -> bytes:
    """Return the sign as a PNG of so many pixels, to the edges for a home screen."""
    text = (STATIC / "favicon.svg").read_text(encoding="utf-8")
    if square:
        move = UNITS * (1 - SAFE) / 2
        text = text.replace('rx="7"', "").replace(
            "<path ", f'<path transform="translate({move} {move}) scale({SAFE})" '
        )
    drawn = pyvips.Image.svgload_buffer(text.encode(), scale=size / UNITS)
    return bytes((drawn.flatten(background=0) if square else drawn).pngsave_buffer(strip=True, compression=9))


def main() -> None:
    """Write all of them into static/icons."""
    folder = STATIC / "icons"
    for name, size in (("apple-touch-icon", 180), ("icon-192", 192), ("icon-512", 512)):
        (folder / f"{name}.png").write_bytes(draw(size, square=True))
    # An .ico is a list of PNGs: count, then for each its size, planes, bits, bytes and place.
    pictures = [(size, draw(size, square=False)) for size in (16, 32, 48)]
    place, head, body = 6 + 16 * len(pictures), struct.pack("<HHH", 0, 1, len(pictures)), b""
    for size, data in pictures:
        head += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(data), place + len(body))
        body += data
    (folder / "favicon.ico").write_bytes(head + body)


if __name__ == "__main__":
    main()
