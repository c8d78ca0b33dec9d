"""WebP: its chunks are read, and one still picture of them is handed to the decoder (RFC 9649).

As the only strip of a TIFF, which may be packed so: libvips' own loader holds 16 bytes a pixel and more, and libtiff
what the decoder of WebP does and a line.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import pyvips

from artworks.core.errors import DamagedFile
from artworks.imaging.checks.decode_plan import (
    INCOMPLETE,
    MAX_PROFILE_BYTES,
    check_parts,
    check_size,
    exif_orientation,
)
from artworks.imaging.converting.opened import FIRST_OF_ANIMATION, FileTexts, Opened, check_pixels

_ANIMATED, _ALPHA = 0x02, 0x10
_FRAME_HEADER = 16
# Bytes a pixel that decoding holds (measured), by whether it is lossless and whether it may be see-through.
_HELD = {(False, False): 4.0, (False, True): 7.5, (True, False): 8.5, (True, True): 10.0}
# Tags of the TIFF around it, of which each value but that of the bits is one number.
_BITS, _LONG, _SHORT, _WEBP_PACKING, _RGB, _UNASSOCIATED = 258, 4, 3, 50001, 2, 2
Chunks = dict[bytes, bytes]


@dataclass(frozen=True)
class _Still:
    """A file of one still picture and nothing else, its size, and whether it may be see-through."""

    data: bytes
    width: int
    height: int
    alpha: bool


def open_webp(data: bytes) -> Opened:
    """Check a WebP's chunks and sizes; of an animation its first picture is taken. Raises DamagedFile."""
    chunks = _first_of_each(data, 12, min(len(data), 8 + int.from_bytes(data[4:8], "little")))
    header = chunks.get(b"VP8X", b"")
    place = (0, 0)
    picture = chunks
    notes: tuple[str, ...] = ()
    if header and header[0] & _ANIMATED:
        frame = chunks.get(b"ANMF", b"")
        place = 2 * _number24(frame, 0), 2 * _number24(frame, 3)
        picture, notes = _first_of_each(frame, _FRAME_HEADER, len(frame)), (FIRST_OF_ANIMATION,)
    still = _still(picture)
    width, height = still.width, still.height
    canvas = (_number24(header, 4) + 1, _number24(header, 7) + 1) if header else (width, height)
    check_size(*canvas)
    if place[0] + width > canvas[0] or place[1] + height > canvas[1]:
        raise DamagedFile(INCOMPLETE)
    if not notes and canvas != (width, height):
        raise DamagedFile(INCOMPLETE)
    whole = canvas == (width, height)

    in_tiff = _in_tiff(still)
    lossless = b"VP8L" in picture

    def load() -> pyvips.Image:
        # Its own limit, of 50 MB, is for sizes that nobody has looked at.
        image = pyvips.Image.tiffload_buffer(in_tiff, access="sequential", fail_on="warning", unlimited=True)
        if whole:
            return image
        return (image if image.hasalpha() else image.addalpha()).embed(*place, *canvas)

    exif, profile = chunks.get(b"EXIF", b"").removeprefix(b"Exif\0\0"), chunks.get(b"ICCP", b"")
    return Opened(
        *canvas,
        load,
        lossless=lossless,
        decoder_bytes=check_pixels("WebP", width, height, _HELD[lossless, still.alpha]),
        orientation=exif_orientation(exif),
        profile=profile if len(profile) <= MAX_PROFILE_BYTES else b"",
        texts=FileTexts(xmp=chunks.get(b"XMP ", b""), exif=exif),
        notes=notes,
    )


def _chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size > end:
            raise DamagedFile(INCOMPLETE)
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _first_of_each(data: bytes, at: int, end: int) -> Chunks:
    """Return the first chunk of each name."""
    found: Chunks = {}
    for count, (name, body) in enumerate(_chunks(data, at, end)):
        # An animation has as many as it likes.
        if name not in (b"ANMF", b"VP8 ", b"VP8L"):
            check_parts(count, len(data))
        found.setdefault(name, body)
    return found


def _still(chunks: Chunks) -> _Still:
    """Return the picture alone. Raises DamagedFile."""
    if packed := chunks.get(b"VP8L"):
        bits = int.from_bytes(packed[1:5], "little")
        if packed[0] != 0x2F or len(packed) < 6:
            raise DamagedFile(INCOMPLETE)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        return _Still(_file(_chunk(b"VP8L", packed)), width, height, bool(bits >> 28 & 1))
    picture = chunks.get(b"VP8 ", b"")
    if picture[3:6] != b"\x9d\x01\x2a" or len(picture) < 11:
        raise DamagedFile(INCOMPLETE)
    width = int.from_bytes(picture[6:8], "little") & 0x3FFF
    height = int.from_bytes(picture[8:10], "little") & 0x3FFF
    check_size(width, height)
    if not (alpha := chunks.get(b"ALPH")):
        return _Still(_file(_chunk(b"VP8 ", picture)), width, height, alpha=False)
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    header = _chunk(b"VP8X", bytes((_ALPHA, 0, 0, 0)) + size)
    data = _file(header + _chunk(b"ALPH", alpha) + _chunk(b"VP8 ", picture))
    return _Still(data, width, height, alpha=True)


def _in_tiff(still: _Still) -> bytes:
    """Return a TIFF whose only strip is the picture (TIFF 6.0; libtiff's COMPRESSION_WEBP)."""
    bands = 4 if still.alpha else 3
    # Each chunk has an even length, so the directory stands where it has to; the bits of all channels stand behind it.
    directory = 8 + len(still.data)
    values = {
        256: still.width, 257: still.height, _BITS: 0, 259: _WEBP_PACKING, 262: _RGB, 273: 8, 277: bands,
        278: still.height, 279: len(still.data), **({338: _UNASSOCIATED} if still.alpha else {}),
    }  # fmt: skip
    bits_at = directory + 2 + 12 * len(values) + 4
    entries = b"".join(
        struct.pack("<HHLL", tag, _SHORT, bands, bits_at)
        if tag == _BITS
        else struct.pack("<HHLL", tag, _LONG, 1, value)
        for tag, value in values.items()
    )
    head = b"II*\0" + struct.pack("<L", directory)
    return (
        head
        + still.data
        + struct.pack("<H", len(values))
        + entries
        + struct.pack(f"<L{bands}H", 0, *[8] * bands)
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


def _file(chunks: bytes) -> bytes:
    return b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WEBP" + chunks


def _number24(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")
