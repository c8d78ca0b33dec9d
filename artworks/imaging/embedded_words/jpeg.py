"""Find the blocks of a JPEG that may hold words, in the segments before its coded data.

XMP and its extension as in Adobe's XMP specification, part 3, 1.1.3; IPTC is in the resources of Photoshop.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import BinaryIO

from artworks.imaging.embedded_words import photoshop
from artworks.imaging.embedded_words.kinds import MAX_BLOCK_BYTES, MAX_XMP_BYTES, Metadata

MAX_SEGMENTS = 2_000
# Between two segments, where some programs leave a few.
MAX_STRAY_BYTES = 1_000
_APP1, _APP13, _COMMENT, _START_OF_SCAN, _END = 0xE1, 0xED, 0xFE, 0xDA, 0xD9
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
# The name of the extension that belongs to this packet, which is the MD5 of the extension.
_EXTENSION_NAME = re.compile(rb"HasExtendedXMP\s*(?:=\s*[\"']|>)\s*([0-9A-F]{32})")
# The name, the length of the whole and where this part begins, 4 bytes each. Parts come in their order.
_EXTENSION_HEAD = 40


def find_metadata(file: BinaryIO) -> Metadata:
    """Return the blocks of a JPEG; what comes twice counts once, but for parts of one block."""
    found, resources, extensions = Metadata(), b"", list[bytes]()
    for marker, body in _segments(file):
        if marker == _APP1 and body.startswith(_EXIF):
            found.exif = found.exif or body[len(_EXIF) :]
        elif marker == _APP1 and body.startswith(_XMP):
            found.xmp = found.xmp or body[len(_XMP) :]
        elif marker == _APP1 and body.startswith(_EXTENSION) and sum(map(len, extensions)) < MAX_XMP_BYTES:
            extensions.append(body[len(_EXTENSION) :])
        elif marker == _APP13 and body.startswith(_PHOTOSHOP) and len(resources) < MAX_BLOCK_BYTES:
            resources += body[len(_PHOTOSHOP) :]
        elif marker == _COMMENT:
            found.comment = found.comment or body
    found.xmp_extension = _extension(found.xmp, extensions)
    found.iptc, found.is_iptc_newer = photoshop.find_iptc(resources)
    return found


def _extension(packet: bytes, parts: list[bytes]) -> bytes:
    """Return the XMP that did not fit into the packet; empty when there is none, or not all of it, or too much."""
    named = _EXTENSION_NAME.search(packet)
    if not named:
        return b""
    whole = b"".join(part[_EXTENSION_HEAD:] for part in parts if part.startswith(named[1]))
    digest = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper()
    is_whole = len(whole) <= MAX_XMP_BYTES - len(packet) and digest == named[1].decode()
    return whole if is_whole else b""


def _segments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the segments before the coded data, each with its marker; of the file no more is read."""
    file.seek(2)
    for _ in range(MAX_SEGMENTS):
        marker = _next_marker(file)
        size = int.from_bytes(file.read(2), "big")
        if marker in (_START_OF_SCAN, _END) or size < 2:
            return
        yield marker, file.read(size - 2)


def _next_marker(file: BinaryIO) -> int:
    """Return the code of the next marker, which any number of 0xFF may stand before."""
    before = b""
    for _ in range(MAX_STRAY_BYTES):
        byte = file.read(1)
        if not byte:
            break
        if before == b"\xff" != byte:
            return byte[0]
        before = byte
    return _END
