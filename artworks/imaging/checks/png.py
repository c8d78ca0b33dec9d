"""Walk through the chunks of a PNG without decoding it (W3C PNG, third edition, section 5)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from artworks.core.errors import DamagedFile
from artworks.imaging.checks.decode_plan import (
    INCOMPLETE,
    LINES_IN_FLIGHT,
    MAX_PIXELS,
    MAX_PROFILE_BYTES,
    MAX_SIDE,
    TOO_MANY_PARTS,
    DecodePlan,
    check_memory,
    check_parts,
    check_size,
    exif_orientation,
)

# Chunks of picture data, of animations too: an encoder that ends one with each line makes as many as lines, and one
# that holds no more than a few hundred bytes one for each of those. Real files use 4 kB and more.
MAX_DATA_CHUNKS = MAX_SIDE
DATA_CHUNK_BYTES = 256

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_KEPT = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))
_DATA = frozenset((b"IDAT", b"fcTL", b"fdAT"))


def inspect_header(data: bytes) -> DecodePlan:
    """Check a PNG's chunks, checksums, size and memory need. Raises DamagedFile in plain words.

    Text, animation and all other chunks the picture can do without are left out, unread: a compressed text of
    a few kilobytes may unpack to gigabytes.
    """
    kept = [_SIGNATURE]
    header, orientation, transparent, ended = b"", 0, False, False
    for name, chunk in _chunks(data):
        body = chunk[8:-4]
        if not header:
            header = _header(name, body)
        if name in _KEPT or (name == b"iCCP" and _is_small_profile(body)):
            kept.append(chunk)
        transparent = transparent or name == b"tRNS"
        if name == b"eXIf" and not orientation:
            orientation = exif_orientation(body)
        ended = name == b"IEND"
    if not ended:
        raise DamagedFile(INCOMPLETE)
    return _plan(header, b"".join(kept), orientation or 1, transparent)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each chunk's name and the whole chunk, up to the end mark; needed ones have a right checksum."""
    at, count = len(_SIGNATURE), _ChunkCount(len(data))
    while True:
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        if at + 12 > len(data) or end > len(data):
            raise DamagedFile(INCOMPLETE)
        count.add(name)
        if name in _KEPT and zlib.crc32(memoryview(data)[at + 4 : end - 4]) != int.from_bytes(
            data[end - 4 : end], "big"
        ):
            raise DamagedFile(INCOMPLETE)
        yield name, data[at:end]
        if name == b"IEND":
            return
        at = end


class _ChunkCount:
    """Counts the chunks of a file of `size` bytes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._data = 0
        self._others = 0
        self._profiles = 0

    def add(self, name: bytes) -> None:
        """Count one more chunk. Raises DamagedFile when it is one too many."""
        if name in _DATA:
            self._data += 1
            if self._data > MAX_DATA_CHUNKS + self._size // DATA_CHUNK_BYTES:
                raise DamagedFile(TOO_MANY_PARTS)
            return
        self._others += 1
        check_parts(self._others, self._size)
        self._profiles += name == b"iCCP"
        # A PNG has one at most (section 5.6), and each would be unpacked.
        if self._profiles > 1:
            raise DamagedFile(
                "This PNG has more than one colour profile, and one is allowed. "
                "Please save it again in the usual way and retry."
            )


def _header(name: bytes, body: bytes) -> bytes:
    """Check the first chunk, which gives size, depth, colour type and interlacing."""
    if name != b"IHDR" or len(body) != 13:
        raise DamagedFile(INCOMPLETE)
    check_size(int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"))
    if body[8] not in _DEPTHS.get(body[9], ()) or body[10] or body[11] or body[12] > 1:
        raise DamagedFile(INCOMPLETE)
    return body


def _is_small_profile(body: bytes) -> bool:
    """Return whether a compressed colour profile unpacks to a sane size."""
    _, _, packed = body.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return False
    return unpacker.eof


def _plan(header: bytes, data: bytes, orientation: int, transparent: bool) -> DecodePlan:
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    depth, colour_type, interlaced = header[8], header[9], header[12]
    channels = 3 if colour_type == 3 else _CHANNELS[colour_type]
    channels += 1 if transparent else 0
    line_bytes = width * channels * (2 if depth == 16 else 1)
    # Interlaced rows come in seven passes over the whole picture, so all of it waits in memory.
    decoder_bytes = line_bytes * (min(height, LINES_IN_FLIGHT) + (height if interlaced else 0))
    check_memory(decoder_bytes)
    return DecodePlan(
        width,
        height,
        data,
        has_alpha=transparent or colour_type in (4, 6),
        orientation=orientation,
        decoder_bytes=decoder_bytes,
        work=width * height / MAX_PIXELS,
    )
