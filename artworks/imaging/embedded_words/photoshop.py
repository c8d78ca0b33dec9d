"""Find the IPTC block among the resources of Photoshop (Adobe Photoshop file formats, "Image Resource Blocks")."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

_RESOURCE = b"8BIM"
_IPTC, _DIGEST = 0x0404, 0x0425
_DIGEST_BYTES = 16


def find_iptc(resources: bytes) -> tuple[bytes, bool]:
    """Return the IPTC block, and whether a program that keeps no digest of it has changed it since."""
    blocks = dict(_blocks(resources))
    block, digest = blocks.get(_IPTC, b""), blocks.get(_DIGEST, b"")
    is_newer = len(digest) == _DIGEST_BYTES and digest != hashlib.md5(block, usedforsecurity=False).digest()
    return block, is_newer


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the resources, each with its number: a name and the data, both padded to even lengths."""
    at = 0
    while data[at : at + 4] == _RESOURCE and at + 12 <= len(data):
        number = int.from_bytes(data[at + 4 : at + 6], "big")
        at += 6 + (data[at + 6] + 2 & ~1)
        size = int.from_bytes(data[at : at + 4], "big")
        yield number, data[at + 4 : at + 4 + size]
        at += 4 + (size + 1 & ~1)
