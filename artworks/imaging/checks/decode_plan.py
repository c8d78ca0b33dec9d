"""Look at a picture's headers and decide, before anything is decoded, whether it may be.

A picture is read here by its structure alone. What leaves is a cleaned copy with only the parts a decoder
needs: no EXIF (its orientation is read here), no text chunks, no appended files. So a decoder never meets
them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from artworks.core.errors import DamagedFile

MAX_PIXELS = 100_000_000
# The most a JPEG can have; a line of a wider PNG would need a strip of it as large as a whole picture.
MAX_SIDE = 65_535
# Of the 300 MB a picture may cost, what is left for the decoder; the rest is for the file itself (twice), the
# finished renditions and what the estimate misses.
MAX_DECODER_BYTES = 220_000_000
# Larger colour profiles are not real ones; they are left out.
MAX_PROFILE_BYTES = 4_000_000
# What a file may have of chunks or segments that are not the picture itself. A picture needs a few hundred: 255 pieces
# of a JPEG's colour profile (ICC.1, B.4), as many of a camera's own data, and 10 tables for each of 100 scans.
MAX_PARTS = 2_000
# One more for so many bytes: data that is longer than a JPEG's segment can be comes in several of them.
PART_BYTES = 65_533
# The default limit of an upload. The budgets are for files up to this size and grow with larger ones, which somebody
# has to have allowed (MAX_UPLOAD_MB).
USUAL_BYTES = 16 << 20
# Processor time. A check takes up to 0.3 s for 16 MB of any kind, a decoder 2.8 s for the slowest picture that is let
# through (5,000 frames); so a machine may be three times and more slower than that one.
INSPECT_SECONDS = 2.0
DECODE_SECONDS = 6.0

# Going line by line, libvips keeps up to this many lines in flight (measured with wide PNGs of all depths).
LINES_IN_FLIGHT = 1_000

INCOMPLETE = "This file is not complete or damaged, so it cannot be opened. Please save it again and retry."
TOO_HEAVY = (
    "This picture needs too much memory to open. "
    "Please save it smaller, or without the progressive or interlaced option."
)
TOO_LONG = "This picture would take too long to open. Please save it again in the usual way and retry."
TOO_MANY_PARTS = (
    "This file is made of far more parts than a picture needs, so it is not opened. "
    "Please save it again in the usual way and retry."
)


@dataclass(frozen=True)
class DecodePlan:
    """What a header says, and the bytes to decode.

    `width` and `height` are as stored, before `orientation` (EXIF, 1-8) is applied. `decoder_bytes` is
    what decoding will hold at once, estimated. `work` is its share, 0 to 1, of the longest that is let through.
    """

    width: int
    height: int
    data: bytes
    frames: int = 1
    has_alpha: bool = False
    orientation: int = 1
    decoder_bytes: int = 0
    work: float = 1.0

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height as displayed."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def times_usual(size: int) -> int:
    """Return how many times the usual largest file one of `size` bytes is, at least 1."""
    return max(1, math.ceil(size / USUAL_BYTES))


def check_parts(count: int, size: int) -> None:
    """Refuse a file of `size` bytes with more parts than pictures have. Raises DamagedFile."""
    if count > MAX_PARTS + size // PART_BYTES:
        raise DamagedFile(TOO_MANY_PARTS)


def check_size(width: int, height: int) -> None:
    """Refuse pictures without any or with too many pixels. Raises DamagedFile."""
    if width < 1 or height < 1:
        raise DamagedFile(INCOMPLETE)
    if max(width, height) > MAX_SIDE:
        raise DamagedFile(
            f"This picture is {width:,} x {height:,} pixels. The limit is {MAX_SIDE:,} pixels a side. "
            "Please save it smaller and retry."
        )
    if width * height > MAX_PIXELS:
        millions = MAX_PIXELS // 1_000_000
        raise DamagedFile(
            f"This picture is {width:,} x {height:,} pixels. The limit is {millions} million pixels in all. "
            "Please save it smaller and retry."
        )


def check_memory(decoder_bytes: int) -> None:
    """Refuse pictures whose decoder would hold too much at once. Raises DamagedFile."""
    if decoder_bytes > MAX_DECODER_BYTES:
        raise DamagedFile(TOO_HEAVY)


def exif_orientation(tiff: bytes) -> int:
    """Read the orientation (1-8) from an EXIF block that begins at its TIFF header; 1 when there is none.

    Only the first directory is looked at, entry by entry (EXIF 2.32, 4.6.2), so nothing in it can loop or
    grow.
    """
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(tiff[:4])
    if order not in ("little", "big"):
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if order == "little" else "big")

    start = number(4, 4)
    for entry in range(min(number(start, 2), 200)):
        at = start + 2 + 12 * entry
        if number(at, 2) == 0x0112 and number(at + 2, 2) == 3:
            value = number(at + 8, 2)
            return value if 1 <= value <= 8 else 1
    return 1
