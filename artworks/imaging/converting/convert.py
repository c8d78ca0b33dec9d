"""A picture of another format, turned into a PNG or a JPEG.

Only a decoder's process imports it. What was lossless becomes a PNG, or where that would be too large a JPEG; the rest
a JPEG. Each loader is called by its name, on what a check has read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyvips

from artworks.core.errors import DamagedFile
from artworks.imaging.checks import formats
from artworks.imaging.checks.decode_plan import INCOMPLETE
from artworks.imaging.converting import heif
from artworks.imaging.converting.bmp import open_bmp
from artworks.imaging.converting.heif import open_heif
from artworks.imaging.converting.opened import TOO_HEAVY, Opened, check_pixels
from artworks.imaging.converting.texts import jpeg_segments, png_chunks
from artworks.imaging.converting.tiff import open_tiff
from artworks.imaging.converting.webp import open_webp

QUALITY = 95
STILL_TOO_LARGE = (
    "Even as a JPEG this picture would be larger than {limit}. Please save it smaller and retry."
)
AS_JPEG = "Saved as JPEG: as a PNG it would be larger than {limit}."
IN_8_BITS = "Saved with 8 bits a channel: with 16 it would be larger than {limit}."
ON_WHITE = "What was see-through is white now."
# What libvips and the libraries in it say when they are given no more memory.
_NO_MEMORY = re.compile(r"out of memory|[Ii]nsufficient memory")
# EXIF orientation, as in artworks/imaging/decoding.py: quarter turns clockwise, then whether to mirror left to right.
_TURNS = {
    1: (0, False), 2: (0, True), 3: (2, False), 4: (2, True), 5: (1, True), 6: (1, False), 7: (3, True), 8: (3, False),
}  # fmt: skip
_OPENERS: dict[str, Callable[[bytes], Opened]] = {
    formats.WEBP.name: open_webp,
    formats.TIFF.name: open_tiff,
    formats.BMP.name: open_bmp,
    formats.HEIC.name: lambda data: open_heif(data, formats.HEIC.name),
    formats.AVIF.name: lambda data: open_heif(data, formats.AVIF.name),
}
# Its own libheif tells no version, and may be an older one. Nothing here calls it; so nothing can.
pyvips.operation_block_set("VipsForeignLoadHeif", True)


@dataclass(frozen=True)
class Turned:
    """The file that a picture became, its media type, and what there is to say of it."""

    data: bytes
    media_type: str
    note: str


class _LimitPassedError(Exception):
    """The file that is being written is past its limit."""


def can_open(name: str) -> bool:
    """Return whether pictures of a format can be turned; HEIC and AVIF only with a libheif that is new enough."""
    return name in _OPENERS and (name not in (formats.HEIC.name, formats.AVIF.name) or bool(heif.version()))


def open_picture(data: bytes, name: str) -> Opened:
    """Check a picture before it is decoded. Raises DamagedFile in plain words."""
    opened = _OPENERS[name](data)
    if opened.orientation > 2:
        # It is turned as a whole.
        each = 4 + opened.decoder_bytes / (opened.width * opened.height)
        opened = replace(opened, decoder_bytes=check_pixels(name, opened.width, opened.height, each))
    return opened


def turn(opened: Opened, limit: int, said_limit: str) -> Turned:
    """Write a picture anew within `limit` bytes; raises DamagedFile when it cannot be decoded, or is too large."""
    try:
        return _turn(opened, limit, said_limit)
    except pyvips.Error as error:
        raise DamagedFile(TOO_HEAVY if _NO_MEMORY.search(str(error)) else INCOMPLETE) from error


def _turn(opened: Opened, limit: int, said_limit: str) -> Turned:
    has_alpha = _sees_through(opened)
    for write, notes in _ways(opened, has_alpha=has_alpha):
        try:
            data = write(opened, limit)
        except _LimitPassedError:
            continue
        said = " ".join((*(note.format(limit=said_limit) for note in notes), *opened.notes))
        return Turned(data, "image/png" if data.startswith(b"\x89PNG") else "image/jpeg", said)
    raise DamagedFile(STILL_TOO_LARGE.format(limit=said_limit))


_Way = tuple[Callable[[Opened, int], bytes], tuple[str, ...]]


def _ways(opened: Opened, *, has_alpha: bool) -> Iterator[_Way]:
    """Yield how a picture may be written, the best one first, and what is said then."""
    if opened.lossless or has_alpha:
        yield _png, ()
        if opened.load().format == "ushort":
            yield _png_of_8_bits, (IN_8_BITS,)
        yield _jpeg, (AS_JPEG, ON_WHITE) if has_alpha else (AS_JPEG,)
    else:
        yield _jpeg, ()


def _sees_through(opened: Opened) -> bool:
    """Return whether anything can be seen through: a channel for it that hides nothing does not count."""
    image = opened.load()
    if not image.hasalpha():
        return False
    return bool(image[image.bands - 1].min() < (65535 if image.format == "ushort" else 255))


def _png(opened: Opened, limit: int) -> bytes:
    return _written_png(_upright(opened.load(), opened.orientation), opened, limit)


def _png_of_8_bits(opened: Opened, limit: int) -> bytes:
    return _written_png(_in_8_bits(_upright(opened.load(), opened.orientation)), opened, limit)


def _written_png(image: pyvips.Image, opened: Opened, limit: int) -> bytes:
    chunks = png_chunks(opened.texts)
    depth = {"bitdepth": 1} if image.interpretation == "b-w" and _is_of_one_bit(image) else {}
    written = _write(image, opened.profile, limit - len(chunks), lambda target, image: image.pngsave_target(
        target, compression=6, filter="all" if not depth else "none", keep="icc", **depth
    ))  # fmt: skip
    # Behind the first chunk, the header.
    return written[:33] + chunks + written[33:]


def _jpeg(opened: Opened, limit: int) -> bytes:
    segments = jpeg_segments(opened.texts)
    image = _in_8_bits(_upright(opened.load(), opened.orientation))
    if image.hasalpha():
        image = image.flatten(background=255)
    written = _write(image, opened.profile, limit - len(segments), lambda target, image: image.jpegsave_target(
        target, Q=QUALITY, subsample_mode="off", keep="icc"
    ))  # fmt: skip
    # Behind the JFIF segment, which stands first.
    first = 4 + int.from_bytes(written[4:6], "big") if written[2:4] == b"\xff\xe0" else 2
    return written[:first] + segments + written[first:]


def _write(
    image: pyvips.Image, profile: bytes, limit: int, save: Callable[[pyvips.TargetCustom, pyvips.Image], None]
) -> bytes:
    """Return the file that `save` writes; raises _LimitPassedError as soon as it is past the limit."""
    image = image.copy()
    if image.get_typeof("icc-profile-data"):
        image.remove("icc-profile-data")
    if profile:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    pieces: list[bytes] = []
    size = 0

    def take(piece: memoryview) -> int:
        nonlocal size
        size += len(piece)
        if size > limit:
            return -1
        pieces.append(bytes(piece))
        return len(piece)

    target = pyvips.TargetCustom()
    target.on_write(take)
    try:
        save(target, image)
    except pyvips.Error:
        if size > limit:
            raise _LimitPassedError from None
        raise
    return b"".join(pieces)


def _is_of_one_bit(image: pyvips.Image) -> bool:
    """Return whether a grey picture was of black and white alone."""
    return bool(image.get_typeof("bits-per-sample")) and image.get("bits-per-sample") == 1


def _upright(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Turn and mirror an image; one that has to be turned is decoded whole."""
    if image.get_typeof("orientation"):
        image = image.copy()
        image.remove("orientation")
    quarters, mirrored = _TURNS[orientation]
    if quarters:
        image = image.copy_memory().rot(f"d{90 * quarters}")
    return image.fliphor() if mirrored else image


def _in_8_bits(image: pyvips.Image) -> pyvips.Image:
    if image.format != "ushort":
        return image
    return image.cast("uchar", shift=True).copy(interpretation="b-w" if image.bands < 3 else "srgb")
