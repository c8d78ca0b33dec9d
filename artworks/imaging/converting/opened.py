"""What a check of another format leaves to be turned into a PNG or JPEG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pyvips

from artworks.core.errors import DamagedFile
from artworks.imaging.checks.decode_plan import INCOMPLETE, MAX_DECODER_BYTES, MAX_PIXELS

FIRST_OF_ANIMATION = "Only its first picture was kept: it is an animation."
TOO_HEAVY = "This picture needs too much memory to open. Please save it smaller and retry."
TOO_MANY_PIXELS = (
    "This {name} has {millions} million pixels. Up to {most} million of its kind can be turned here: "
    "please export it as JPEG, then add that."
)
FIRST_PAGE = "Only its first page was kept."
# Of what a decoder may allocate, what is left for the pixels beside the file, its copies and the process itself.
MOST_PIXEL_BYTES = 265_000_000
# Nothing smaller is over before it has begun.
_LEAST_WORK = 0.05


@dataclass(frozen=True)
class FileTexts:
    """What a file says about its picture: the bytes of its XMP, IPTC and EXIF, each empty when there is none."""

    xmp: bytes = b""
    iptc: bytes = b""
    exif: bytes = b""


@dataclass(frozen=True)
class Opened:
    """A checked picture of another format that can be decoded.

    `load` decodes it once more each time: 8 or 16 bits a channel, sRGB or by its `profile`, turned by `orientation`
    (EXIF, 1-8) afterwards. `lossless` tells whether its pixels are kept exactly. `decoder_bytes` is what decoding
    holds at once, estimated.
    """

    width: int
    height: int
    load: Callable[[], pyvips.Image]
    lossless: bool
    decoder_bytes: int
    orientation: int = 1
    profile: bytes = b""
    texts: FileTexts = field(default_factory=FileTexts)
    notes: tuple[str, ...] = ()

    @property
    def work(self) -> float:
        """Its share, 0 to 1, of the longest that is let through."""
        return max(_LEAST_WORK, self.width * self.height / MAX_PIXELS)


def check_held(decoder_bytes: int, most: int = MAX_DECODER_BYTES) -> int:
    """Return what a decoder will hold at once; raises DamagedFile when that is too much."""
    if decoder_bytes > most:
        raise DamagedFile(TOO_HEAVY)
    return decoder_bytes


def check_pixels(name: str, width: int, height: int, bytes_each: float) -> int:
    """Return what a decoder will hold of a picture at once, at so many bytes a pixel; raises DamagedFile as above."""
    most = int(MOST_PIXEL_BYTES / bytes_each)
    if width * height > most:
        millions = -(-width * height // 1_000_000)
        raise DamagedFile(TOO_MANY_PIXELS.format(name=name, millions=millions, most=most // 1_000_000))
    return int(width * height * bytes_each)


def image_of(pixels: object, across: int, down: int, line_bytes: int, bands: int, depth: str) -> pyvips.Image:
    """Lay an image over pixels in memory, whose lines may be longer than they need be; nothing is copied.

    `depth` is "uchar" or "ushort", in this computer's order of bytes. Raises DamagedFile for too few bytes.
    """
    size = 2 if depth == "ushort" else 1
    if line_bytes < across * bands * size or line_bytes % size:
        raise DamagedFile(INCOMPLETE)
    lines = pyvips.Image.new_from_memory(pixels, line_bytes // size, down, 1, depth)
    lines = lines.crop(0, 0, across * bands, down)
    return lines.bandfold(factor=bands) if bands > 1 else lines
