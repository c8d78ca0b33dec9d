"""Find the extensions of a GIF that may hold words (GIF89a specification, 24 and 26; Adobe's XMP, part 3, 1.1.2)."""

from __future__ import annotations

from typing import BinaryIO

from artworks.imaging.embedded_words.kinds import MAX_XMP_BYTES, Metadata

# Before the first picture.
MAX_BLOCKS = 1_000
MAX_COMMENT_BYTES = 10_000
_EXTENSION, _COMMENT = 0x21, 0xFE
_XMP = b"\x21\xff\x0bXMP DataXMP"
# Behind the packet, for programs that take its text for blocks with their lengths.
_XMP_END = b"\x01\xff\xfe\xfd\xfc"


def find_metadata(file: BinaryIO) -> Metadata:
    """Return the blocks of a GIF.

    XMP is looked for anywhere: it often stands behind all pictures, and to walk through these takes longer than to
    search. What only looks like it, amid a picture, is no XML.
    """
    data = file.read()
    found = Metadata(comment=_comment(data))
    start = data.find(_XMP)
    if start >= 0:
        start += len(_XMP)
        end = data.find(_XMP_END, start, start + MAX_XMP_BYTES + len(_XMP_END))
        found.xmp = data[start:end] if end >= 0 else b""
    return found


def _comment(data: bytes) -> bytes:
    """Return the first comment that stands before the first picture."""
    at = 13 + (3 * 2 ** ((data[10] & 7) + 1) if len(data) > 10 and data[10] & 0x80 else 0)
    for _ in range(MAX_BLOCKS):
        kind, label = data[at : at + 1], data[at + 1 : at + 2]
        if kind != bytes([_EXTENSION]) or not label:
            break
        body, at = _sub_blocks(data, at + 2)
        if label == bytes([_COMMENT]):
            return body
    return b""


def _sub_blocks(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the data of a chain of sub-blocks, as much as is taken of a comment, and the place after it."""
    body = b""
    while at < len(data) and data[at] and len(body) < MAX_COMMENT_BYTES:
        body += data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    return body, at + 1
