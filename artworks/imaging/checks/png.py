"""Walk through the chunks of a PNG without decoding it (W3C PNG, third edition, section 5)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from artworks.core.errors import DamagedFile
from artworks.imaging.checks import apng, png_colours
from artworks.imaging.checks.apng import FirstFrame
from artworks.imaging.checks.decode_plan import (
    INCOMPLETE,
    LINES_IN_FLIGHT,
    MAX_PIXELS,
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
# What has to be whole, and all that is read.
_NEEDED = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"fdAT"))
_READ = _NEEDED | apng.CHUNKS | png_colours.CHUNKS | {b"eXIf"}
_FRAMES = frozenset((b"fcTL", b"fdAT"))
_DATA = _FRAMES | {b"IDAT"}


def inspect_header(data: bytes) -> DecodePlan:
    """Check a PNG's chunks, checksums, size and memory need. Raises DamagedFile in plain words.

    Text, animation and all other chunks the picture can do without are left out, unread: a compressed text of
    a few kilobytes may unpack to gigabytes. Of an animation the first frame is kept. What lacks after the picture's
    data is mended: the decoder itself tells whether all of that is there.
    """
    parts = _PngParts()
    for name, chunk in _chunks(data):
        parts.add(name, chunk)
    lacks_frames = b"IEND" not in parts.seen and parts.first_frame.lacks_frames()
    if b"IDAT" not in parts.seen or lacks_frames:
        raise DamagedFile(INCOMPLETE)
    return parts.plan()


@dataclass
class _PngParts:
    """What has been seen so far: chunks for the decoder and what is said about the colours."""

    header: bytes = b""
    before: dict[bytes, bytes] = field(default_factory=dict)
    packed: list[bytes] = field(default_factory=list)
    colours: dict[bytes, bytes] = field(default_factory=dict)
    seen: set[bytes] = field(default_factory=set)
    orientation: int = 1
    first_frame: FirstFrame = field(default_factory=lambda: FirstFrame(0, 0))

    def add(self, name: bytes, chunk: bytes) -> None:
        """Take in a whole chunk; what counts only before the picture's data is passed over after it."""
        if not self.header:
            self.header = _header(name, chunk[8:-4])
            self.first_frame = FirstFrame(*_size(self.header))
        elif name == b"IDAT":
            self.packed.append(chunk)
        elif b"IDAT" not in self.seen:
            self._add_before(name, chunk)
        if name in apng.CHUNKS or name == b"IDAT":
            self.first_frame.add(name, chunk)
        self.seen.add(name)

    def _add_before(self, name: bytes, chunk: bytes) -> None:
        body = chunk[8:-4]
        if name in (b"PLTE", b"tRNS"):
            self.before.setdefault(name, chunk)
        elif name == b"eXIf" and name not in self.seen:
            self.orientation = exif_orientation(body)
        # The numbers of cICP have to come before a palette.
        elif name in png_colours.CHUNKS and not (name == b"cICP" and b"PLTE" in self.seen):
            self.colours.setdefault(name, body)

    def plan(self) -> DecodePlan:
        """Return how the picture is to be decoded. Raises DamagedFile for one that needs too much memory."""
        profile = png_colours.unpack_profile(self.colours.get(b"iCCP", b""))
        header, packed, frame = self.header, self.packed, None
        if self.first_frame.frame and self.first_frame.data:
            frame = self.first_frame.frame
            packed = [_chunk(b"IDAT", body) for body in self.first_frame.data]
            header = struct.pack(">II", frame.width, frame.height) + header[8:]
        kept = [_SIGNATURE, _chunk(b"IHDR", header)]
        if profile:
            kept.append(_chunk(b"iCCP", self.colours[b"iCCP"]))
        kept += [*self.before.values(), *packed, _chunk(b"IEND", b"")]
        plan = _plan(self.header, b"".join(kept), self.orientation, b"tRNS" in self.before)
        return replace(
            plan,
            has_alpha=plan.has_alpha or frame is not None,
            frame=frame,
            colour_space=png_colours.colour_space(self.colours, profile),
            # libpng knows none for colours in a grey picture, which browsers follow.
            profile=profile if profile[16:20] == b"RGB " else b"",
        )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the whole of each chunk that is read, its checksum right, up to the end.

    The end is the end mark. Once there is picture data it is also whatever is no whole chunk; but of picture data
    that is cut off what there is is yielded.
    """
    at, count, started = len(_SIGNATURE), _ChunkCount(len(data)), False
    while True:
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + length
        if started and (name == b"IEND" or not _is_chunk(name, length)):
            yield name, b""
            return
        if end > len(data) and name == b"IDAT":
            yield name, _chunk(name, data[at + 8 : at + 8 + length])
            return
        if end > len(data):
            if not started or name in _FRAMES:
                raise DamagedFile(INCOMPLETE)
            return
        count.add(name)
        started = started or name == b"IDAT"
        if name in _READ:
            if zlib.crc32(memoryview(data)[at + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big"):
                yield name, data[at:end]
            elif name in _NEEDED:
                raise DamagedFile(INCOMPLETE)
        at = end


def _is_chunk(name: bytes, length: int) -> bool:
    return name.isalpha() and name.isascii() and length < 1 << 31


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
    check_size(*_size(body))
    if body[8] not in _DEPTHS.get(body[9], ()) or body[10] or body[11] or body[12] > 1:
        raise DamagedFile(INCOMPLETE)
    return body


def _size(header: bytes) -> tuple[int, int]:
    return int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")


def _plan(header: bytes, data: bytes, orientation: int, transparent: bool) -> DecodePlan:
    width, height = _size(header)
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
