"""Find the chunks of a PNG that may hold words (W3C PNG, third edition, 11.3.3), packed ones within a limit."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from artworks.imaging.embedded_words import photoshop
from artworks.imaging.embedded_words.charsets import decode
from artworks.imaging.embedded_words.kinds import MAX_BLOCK_BYTES, MAX_XMP_BYTES, Metadata

MAX_CHUNKS = 200_000
# Of those with text.
MAX_TEXTS = 100
# Of a block that is written as text: two digits a byte, and the ends of its lines.
_MAX_PROFILE_BYTES = 2 * MAX_BLOCK_BYTES + MAX_BLOCK_BYTES // 8
# Of one chunk. What is longer is cut, and not taken then.
MAX_CHUNK_BYTES = _MAX_PROFILE_BYTES + 1_000
_SIGNATURE_BYTES = 8
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_XMP = b"xml:com.adobe.xmp"
# Blocks that ImageMagick, ExifTool and Exiv2 write as text: a name ("iptc", or ExifTool's "IPTC profile"), a length,
# hexadecimal digits.
_PROFILES = tuple(b"raw profile type " + name for name in (b"iptc", b"8bim", b"exif", b"app1", b"xmp"))
_PROFILE = re.compile(rb"\s*\w+(?: profile)?\s+\d+\s+([0-9a-fA-F\s]*)\0?")
_EXIF_MARK, _XMP_MARK = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_NAMES = (b"title", b"description", b"comment")
# What makes pictures by AI keeps there what it was told, and then none of the texts is about the picture.
_OF_GENERATORS = frozenset(
    (b"parameters", b"prompt", b"workflow", b"dream", b"sd-metadata", b"invokeai_metadata", b"invokeai_graph")
)


def find_metadata(file: BinaryIO) -> Metadata:
    """Return the blocks of a PNG; what comes twice counts once."""
    found, packed = Metadata(), dict[bytes, tuple[bytes, bytes]]()
    for chunk, body in _chunks(file):
        if chunk == b"eXIf":
            found.exif = found.exif or body
        elif len(packed) < MAX_TEXTS:
            name, _, rest = body.partition(b"\0")
            packed.setdefault(name.lower(), (chunk, rest))
    if _XMP in packed:
        found.xmp = _text(*packed[_XMP], MAX_XMP_BYTES)
    for name in filter(packed.__contains__, _PROFILES):
        _add_profile(found, _profile(_text(*packed[name], _MAX_PROFILE_BYTES)))
    if not _is_generated(packed):
        texts = {name.decode(): _text(*packed[name], MAX_BLOCK_BYTES) for name in _NAMES if name in packed}
        found.texts = {name: decode(text) for name, text in texts.items()}
    return found


def _profile(text: bytes) -> bytes:
    """Return the bytes of a block that is written as text; empty for what is no such text."""
    written = _PROFILE.fullmatch(text)
    digits = b"".join(written[1].split()) if written else b""
    return bytes.fromhex(digits.decode()) if len(digits) % 2 == 0 else b""


def _add_profile(found: Metadata, block: bytes) -> None:
    """Take in a block by what it begins with; one that is there already counts."""
    if block.startswith(b"8BIM") and not found.iptc:
        found.iptc, found.is_iptc_newer = photoshop.find_iptc(block)
    elif block.startswith(b"\x1c"):
        found.iptc = found.iptc or block
    elif block.startswith((_EXIF_MARK, b"II*\0", b"MM\0*")):
        found.exif = found.exif or block.removeprefix(_EXIF_MARK)
    elif block.startswith((_XMP_MARK, b"<")):
        found.xmp = found.xmp or block.removeprefix(_XMP_MARK)


def _is_generated(packed: dict[bytes, tuple[bytes, bytes]]) -> bool:
    """Return whether a program that makes pictures by AI wrote the texts."""
    return bool(packed.keys() & _OF_GENERATORS) or packed.get(b"software", (b"", b""))[1].startswith(
        b"NovelAI"
    )


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks that are looked at, each with its name; the others are passed over."""
    at = _SIGNATURE_BYTES
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        head = file.read(8)
        size, name = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or name == b"IEND":
            return
        if name in _TEXTS or name == b"eXIf":
            yield name, file.read(min(size, MAX_CHUNK_BYTES))
        at += 12 + size


def _text(chunk: bytes, rest: bytes, limit: int) -> bytes:
    """Return the text after a chunk's keyword; empty when it is longer than `limit` or cannot be unpacked."""
    is_packed = chunk == b"zTXt"
    if chunk == b"zTXt":
        rest = rest[1:]
    elif chunk == b"iTXt":
        is_packed = rest[:1] == b"\x01"
        # After the flag and the method: a language, and the keyword in that language.
        rest = b"".join(rest[2:].split(b"\0", 2)[2:])
    return _unpacked(rest, limit) if is_packed else rest if len(rest) <= limit else b""


def _unpacked(packed: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, limit)
    except zlib.error:
        return b""
    return text if unpacker.eof else b""
