"""Walk through the blocks of a GIF without decoding it (GIF89a specification)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from artworks.core.errors import DamagedFile
from artworks.imaging.checks.decode_plan import (
    INCOMPLETE,
    LINES_IN_FLIGHT,
    TOO_LONG,
    TOO_MANY_PARTS,
    DecodePlan,
    Frame,
    check_memory,
    check_size,
    times_usual,
)

MAX_FRAMES = 5_000
# Every frame is drawn onto the whole canvas, so this bounds the work: about 5 s.
MAX_DRAWN_PIXELS = 700_000_000
# 16 MB in sub-blocks of 16 bytes; real files use 255.
MAX_SUB_BLOCKS = 1_000_000
# Frames and extensions: a frame has one that tells its time (GIF89a, 23), and seldom one or two more.
MAX_BLOCKS = 4 * MAX_FRAMES

# The flag of a colour table.
_COLOURS = 0x80
# The longest sub-block.
_FULL = 255
_EXTENSION, _IMAGE, _TRAILER, _GRAPHIC_CONTROL = 0x21, 0x2C, 0x3B, 0xF9


@dataclass
class _GifBlocks:
    """What has been seen so far; `right` and `bottom` are the furthest edges of any frame.

    `width` and `height` are the canvas: as the header says, or larger where the first frame is.
    """

    data: bytes
    width: int
    height: int
    right: int = 0
    bottom: int = 0
    first: Frame | None = None
    frames: int = 0
    blocks: int = 0
    sub_blocks: int = 0
    has_alpha: bool = False
    unclosed: bool = False


def inspect_header(data: bytes) -> DecodePlan:
    """Check a GIF's blocks, number of frames, canvas and memory need. Raises DamagedFile in plain words.

    Every frame must be there wholly; only missing last bytes (the end of its data, the trailer) are mended.
    Whatever comes after a whole frame and is no block ends the picture, as in browsers.
    """
    if len(data) < 13:
        raise DamagedFile(INCOMPLETE)
    walk = _GifBlocks(data, _uint16(data, 6), _uint16(data, 8))
    at = 13 + _colour_table_bytes(data[10])
    while at < len(data) and not _is_end(walk, data[at]):
        walk.blocks += 1
        if walk.blocks > MAX_BLOCKS:
            raise DamagedFile(TOO_MANY_PARTS)
        at = _block(walk, at)
    if not walk.frames or at > len(data):
        raise DamagedFile(INCOMPLETE)
    return _plan(walk, at)


def _is_end(walk: _GifBlocks, kind: int) -> bool:
    return kind == _TRAILER or (walk.frames > 0 and kind not in (_EXTENSION, _IMAGE))


def _plan(walk: _GifBlocks, end: int) -> DecodePlan:
    width, height = walk.width, walk.height
    check_size(walk.right, walk.bottom)
    canvas = walk.right * walk.bottom
    if canvas * walk.frames > MAX_DRAWN_PIXELS:
        raise DamagedFile(
            f"This animation is too long to open: {walk.frames:,} frames of {width} x {height}."
        )
    # libnsgif holds the picture so far and, in animations, the one before it, 4 bytes a pixel; one more byte a
    # pixel is the frame being read. The lines in flight are there before and after alpha is multiplied in.
    decoder_bytes = canvas * (5 if walk.frames == 1 else 9)
    decoder_bytes += 8 * walk.right * min(walk.bottom, LINES_IN_FLIGHT)
    check_memory(decoder_bytes)
    return DecodePlan(
        width,
        height,
        _cleaned(walk, end),
        frame=None if walk.first == Frame(0, 0, width, height) else walk.first,
        frames=walk.frames,
        has_alpha=walk.has_alpha,
        decoder_bytes=decoder_bytes,
        work=min(1.0, canvas * walk.frames / MAX_DRAWN_PIXELS),
    )


def _cleaned(walk: _GifBlocks, end: int) -> bytes:
    """Return the GIF with the size that is shown, as the decoder would cut what is beyond that of the header.

    Without colours for all frames it gets black ones, as in browsers; the decoder would choose some.
    """
    flags, data = walk.data[10], walk.data
    has_colours = flags & _COLOURS
    head = data[:6] + struct.pack(
        "<HHB", walk.width, walk.height, flags if has_colours else flags | _COLOURS | 7
    )
    black = b"" if has_colours else bytes(3 * 256)
    return b"".join((head, data[11:13], black, data[13:end], bytes(walk.unclosed), bytes((_TRAILER,))))


def _block(walk: _GifBlocks, at: int) -> int:
    """Take in the block at `at` and give the place after it."""
    kind, data = data_at(walk.data, at), walk.data
    if kind == _EXTENSION:
        if data_at(data, at + 1) == _GRAPHIC_CONTROL and not walk.frames:
            walk.has_alpha = walk.has_alpha or bool(data_at(data, at + 3) & 1)
        return _skip_sub_blocks(walk, at + 2)
    if kind != _IMAGE or at + 11 > len(data):
        raise DamagedFile(INCOMPLETE)
    return _frame(walk, at)


def _frame(walk: _GifBlocks, at: int) -> int:
    """Count a frame and note where it lies."""
    data = walk.data
    left, top, width, height = (_uint16(data, at + offset) for offset in (1, 3, 5, 7))
    if walk.first is None:
        check_size(width, height)
        walk.first = Frame(left, top, width, height)
        walk.width, walk.height = max(walk.width, left + width), max(walk.height, top + height)
        check_size(walk.width, walk.height)
        walk.right, walk.bottom = walk.width, walk.height
        walk.has_alpha = walk.has_alpha or (width, height) != (walk.width, walk.height)
    walk.right, walk.bottom = max(walk.right, left + width), max(walk.bottom, top + height)
    walk.frames += 1
    if walk.frames > MAX_FRAMES:
        raise DamagedFile(f"This animation has more than {MAX_FRAMES:,} frames, which is too long to open.")
    # The byte after the colour table is the code size.
    return _skip_sub_blocks(walk, at + 10 + _colour_table_bytes(data[at + 9]) + 1)


def _skip_sub_blocks(walk: _GifBlocks, at: int) -> int:
    """Return the place after a chain of sub-blocks, each led by its length, closed by a zero."""
    data, size = walk.data, len(walk.data)
    length = 0
    for count in range(walk.sub_blocks, MAX_SUB_BLOCKS * times_usual(size)):
        # Programs fill all blocks but the last: after one that is not full only the zero is missing. Of an animation
        # more is likely to be.
        if at == size and 0 < length < _FULL and walk.frames == 1:
            walk.unclosed = True
            return at
        if at >= size:
            raise DamagedFile(INCOMPLETE)
        length = data[at]
        at += length + 1
        if not length:
            walk.sub_blocks = count
            return at
    raise DamagedFile(TOO_LONG)


def data_at(data: bytes, at: int) -> int:
    """Return one byte. Raises DamagedFile past the end."""
    if at >= len(data):
        raise DamagedFile(INCOMPLETE)
    return data[at]


def _uint16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _colour_table_bytes(flags: int) -> int:
    """Return the size of the colour table the flags announce: 3 bytes for each of 2 to 256 colours."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & _COLOURS else 0
