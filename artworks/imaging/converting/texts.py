"""What a file says about its picture, taken over into the JPEG or PNG that it becomes: words and dates, no places.

Orientation does not go along, as the picture is upright, and neither does where it was taken.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from artworks.imaging.converting.opened import FileTexts

# More is no text of a picture.
MAX_XMP_BYTES = 256_000
_MOST_ENTRIES = 200
_MOST_VALUE = 32_000
# What a segment of a JPEG holds.
_SEGMENT = 65_533
_PLACES = re.compile(
    rb"""\s(?:exif:GPS\w{1,40}|tiff:Orientation)\s*=\s*(?:"[^"]*"|'[^']*')"""
    rb"""|<(exif:GPS\w{1,40}|tiff:Orientation)>[^<]*</\1>"""
)
_PADDING = re.compile(rb"\s{200,}(?=<\?xpacket)")
_EXIF_DIRECTORY = 34665
# Description, maker, model, date, artist, copyright; the words of Windows (title, comment, author, keywords, subject).
_KEPT = frozenset((270, 271, 272, 306, 315, 33432, 40091, 40092, 40093, 40094, 40095))
# When it was taken, and what a person wrote.
_KEPT_OF_EXIF = frozenset((36867, 36880, 36881, 37510))
_LONG, _BYTES = 4, (1, 2, 7)


def jpeg_segments(texts: FileTexts) -> bytes:
    """Return what follows the first segment of a JPEG; what is too long for a segment is left out."""
    exif, xmp, iptc = kept_exif(texts.exif), kept_xmp(texts.xmp), texts.iptc
    bodies = (
        (b"\xe1", b"Exif\0\0" + exif if exif else b""),
        (b"\xe1", b"http://ns.adobe.com/xap/1.0/\0" + xmp if xmp else b""),
        (b"\xed", b"Photoshop 3.0\0" + _resource(iptc) if iptc else b""),
    )
    return b"".join(
        b"\xff" + marker + (2 + len(body)).to_bytes(2, "big") + body
        for marker, body in bodies
        if body and len(body) <= _SEGMENT
    )


def png_chunks(texts: FileTexts) -> bytes:
    """Return chunks that may stand anywhere before the picture's data; IPTC as ImageMagick and ExifTool write it."""
    chunks = b""
    if exif := kept_exif(texts.exif):
        chunks += _chunk(b"eXIf", exif)
    if xmp := kept_xmp(texts.xmp):
        chunks += _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)
    if texts.iptc:
        block = _resource(texts.iptc)
        letters = block.hex().encode()
        lines = b"\n".join(letters[at : at + 72] for at in range(0, len(letters), 72))
        profile = b"\niptc\n%8d\n%s\n" % (len(block), lines)
        chunks += _chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(profile))
    return chunks


def kept_xmp(xmp: bytes) -> bytes:
    """Return an XMP packet without places, orientation and padding; empty for one that is no UTF-8 or very long."""
    if not 0 < len(xmp) <= MAX_XMP_BYTES:
        return b""
    kept = _PLACES.sub(b"", _PADDING.sub(b"\n", xmp.rstrip(b"\0")))
    try:
        kept.decode()
    except UnicodeDecodeError:
        return b""
    # Written in another way than programs do: rather no words than the place of somebody's home.
    return b"" if b"GPSL" in kept else kept


def kept_exif(tiff: bytes) -> bytes:
    """Return an EXIF block anew, with the words and dates of another one alone; empty without any."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return b""
    start = _number(tiff, order, 4)
    first = {entry[0]: entry for entry in _entries(tiff, order, start, _KEPT)}
    second = {}
    for tag, at in _tags(tiff, order, start):
        if tag == _EXIF_DIRECTORY:
            second = {
                one[0]: one for one in _entries(tiff, order, _number(tiff, order, at + 8), _KEPT_OF_EXIF)
            }
    if not first and not second:
        return b""
    head = tiff[:4] + struct.pack(order + "L", 8)
    size = 2 + 12 * (len(first) + 1) + 4
    values = sum(_even(len(value)) for _tag, _kind, value in first.values() if len(value) > 4)
    pointer = struct.pack(order + "L", 8 + size + values)
    main = [*first.values(), (_EXIF_DIRECTORY, _LONG, pointer)]
    return head + _directory(order, 8, main) + _directory(order, 8 + size + values, list(second.values()))


def _directory(order: str, start: int, entries: list[tuple[int, int, bytes]]) -> bytes:
    table, values = struct.pack(order + "H", len(entries)), b""
    behind = start + 2 + 12 * len(entries) + 4
    for tag, kind, value in sorted(entries):
        count = 1 if kind == _LONG else len(value)
        if len(value) <= 4:
            place = value.ljust(4, b"\0")
        else:
            place = struct.pack(order + "L", behind + len(values))
            values += value + b"\0" * (len(value) % 2)
        table += struct.pack(order + "HHL", tag, kind, count) + place
    return table + b"\0\0\0\0" + values


def _even(size: int) -> int:
    return size + size % 2


def _tags(tiff: bytes, order: str, start: int) -> Iterator[tuple[int, int]]:
    """Yield the tags of a directory and where their entries are."""
    for place in range(min(_number(tiff, order, start, 2), _MOST_ENTRIES)):
        at = start + 2 + 12 * place
        if at + 12 <= len(tiff):
            yield _number(tiff, order, at, 2), at


def _entries(tiff: bytes, order: str, start: int, kept: frozenset[int]) -> Iterator[tuple[int, int, bytes]]:
    """Yield tag, kind and value of what is kept; a value that is not there as a whole is left out."""
    for tag, at in _tags(tiff, order, start):
        kind, size = _number(tiff, order, at + 2, 2), _number(tiff, order, at + 4)
        if tag in kept and kind in _BYTES and 0 < size <= _MOST_VALUE:
            begin = at + 8 if size <= 4 else _number(tiff, order, at + 8)
            value = tiff[begin : begin + size]
            if len(value) == size:
                yield tag, kind, value


def _number(tiff: bytes, order: str, at: int, size: int = 4) -> int:
    return int.from_bytes(tiff[at : at + size], "little" if order == "<" else "big")


def _resource(iptc: bytes) -> bytes:
    """Return an IPTC block as the resource of Photoshop's that it is in files."""
    return b"8BIM\x04\x04\0\0" + len(iptc).to_bytes(4, "big") + iptc + b"\0" * (len(iptc) % 2)


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
