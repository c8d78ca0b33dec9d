"""Walk through the chunks of a PNG without decoding it (W3C PNG, third edition, section 5)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from adapters.decode_guard import (
    INCOMPLETE,
    LINES_IN_FLIGHT,
    MAX_PROFILE_BYTES,
    TOO_LONG,
    Plan,
    check_memory,
    check_size,
    exif_orientation,
)
from errors import DamagedFile

# 16 MB in chunks of 64 bytes; real files use 8 kB and more.
MAX_CHUNKS = 250_000

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_KEPT = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))


def examine(data: bytes) -> Plan:
    """Check a PNG's chunks, checksums, size and memory need. Raises DamagedFile in plain words.

    Text, animation and all other chunks the picture can do without are left out, unread: a compressed text of
    a few kilobytes may unpack to gigabytes.
    """
    kept = [_SIGNATURE]
    header, orientation, transparent, ended = b"", 1, False, False
    for name, chunk in _chunks(data):
        body = chunk[8:-4]
        if not header:
            header = _header(name, body)
        if name in _KEPT or (name == b"iCCP" and _is_small_profile(body)):
            kept.append(chunk)
        transparent = transparent or name == b"tRNS"
        if name == b"eXIf":
            orientation = exif_orientation(body)
        ended = name == b"IEND"
    if not ended:
        raise DamagedFile(INCOMPLETE)
    return _plan(header, b"".join(kept), orientation, transparent)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give each chunk's name and the whole chunk, up to the end mark; needed ones have a right checksum."""
    at = len(_SIGNATURE)
    for _ in range(MAX_CHUNKS):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        if at + 12 > len(data) or end > len(data):
            raise DamagedFile(INCOMPLETE)
        if name in _KEPT and zlib.crc32(memoryview(data)[at + 4 : end - 4]) != int.from_bytes(
            data[end - 4 : end], "big"
        ):
            raise DamagedFile(INCOMPLETE)
        yield name, data[at:end]
        if name == b"IEND":
            return
        at = end
    raise DamagedFile(TOO_LONG)


def _header(name: bytes, body: bytes) -> bytes:
    """Check the first chunk, which gives size, depth, colour type and interlacing."""
    if name != b"IHDR" or len(body) != 13:
        raise DamagedFile(INCOMPLETE)
    check_size(int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"))
    if body[8] not in _DEPTHS.get(body[9], ()) or body[10] or body[11] or body[12] > 1:
        raise DamagedFile(INCOMPLETE)
    return body


def _is_small_profile(body: bytes) -> bool:
    """Say whether a compressed colour profile unpacks to a sane size."""
    _, _, packed = body.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return False
    return unpacker.eof


def _plan(header: bytes, data: bytes, orientation: int, transparent: bool) -> Plan:
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    depth, colour_type, interlaced = header[8], header[9], header[12]
    channels = 3 if colour_type == 3 else _CHANNELS[colour_type]
    channels += 1 if transparent else 0
    line_bytes = width * channels * (2 if depth == 16 else 1)
    # Interlaced rows come in seven passes over the whole picture, so all of it waits in memory.
    decoder_bytes = line_bytes * (min(height, LINES_IN_FLIGHT) + (height if interlaced else 0))
    check_memory(decoder_bytes)
    return Plan(
        width,
        height,
        data,
        has_alpha=transparent or colour_type in (4, 6),
        orientation=orientation,
        decoder_bytes=decoder_bytes,
    )
