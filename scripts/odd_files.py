"""Write PNG, GIF and JPEG files of kinds that no usual program writes, byte by byte."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
# The passes of an interlaced PNG: first column and line, then the steps (W3C PNG, 8.1).
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(name: bytes, body: bytes = b"") -> bytes:
    """Write a PNG chunk."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    image: Image.Image, depth: int, kind: int, *before: bytes, after: bytes = b"", interlaced: bool = False
) -> bytes:
    """Write a PNG of a depth and colour type, with whole chunks before and after its data."""
    header = struct.pack(">IIBBBBB", *image.size, depth, kind, 0, 0, interlaced)
    palette = (chunk(b"PLTE", bytes(image.getpalette() or ())),) if kind == 3 else ()
    # The transparency of a palette comes after it, all else before.
    early = [part for part in before if part[4:8] != b"tRNS"]
    late = [part for part in before if part[4:8] == b"tRNS"]
    data = chunk(b"IDAT", packed(image, depth, kind, interlaced=interlaced))
    parts = (chunk(b"IHDR", header), *early, *palette, *late, data, after, chunk(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def packed(image: Image.Image, depth: int, kind: int, *, interlaced: bool = False) -> bytes:
    """Return a PNG's picture data, which is all that its chunks of data hold."""
    image = image if kind == 3 else image.convert(MODES[kind])
    width, height = image.size
    values, channels = image.tobytes(), CHANNELS[kind]
    lines = [values[at : at + width * channels] for at in range(0, len(values), width * channels)]
    out = bytearray()
    for left, top, across, down in PASSES if interlaced else ((0, 0, 1, 1),):
        for line in lines[top:height:down]:
            if interlaced:
                line = b"".join(
                    line[at * channels : (at + 1) * channels] for at in range(left, width, across)
                )
            out += b"\0" + _bits(line, depth, kind) if line else b""
    return zlib.compress(out)


def _bits(line: bytes, depth: int, kind: int) -> bytes:
    if depth == 16:
        twice = bytearray(2 * len(line))
        twice[::2] = twice[1::2] = line
        return bytes(twice)
    if depth == 8:
        return line
    out, shift = bytearray(-(-len(line) * depth // 8)), 0 if kind == 3 else 8 - depth
    for place, value in enumerate(line):
        out[place * depth // 8] |= value >> shift << 8 - depth - place * depth % 8
    return bytes(out)


def frame_control(number: int, size: tuple[int, int], left: int = 0, top: int = 0, blend: int = 0) -> bytes:
    """Write the chunk that begins a frame of an animated PNG, shown for ten seconds."""
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, *size, left, top, 10, 1, 0, blend))


def frame_data(number: int, image: Image.Image, kind: int) -> bytes:
    """Write a frame of an animated PNG."""
    return chunk(b"fdAT", struct.pack(">I", number) + packed(image, 8, kind))


def frames(count: int) -> bytes:
    """Write the chunk that says that a PNG is animated."""
    return chunk(b"acTL", struct.pack(">II", count, 0))


def gif(
    size: tuple[int, int], palette: bytes, *blocks: bytes, background: int = 0, end: bytes = b";"
) -> bytes:
    """Write a GIF of a canvas, colours for all frames (a power of two, or none) and blocks."""
    flags = 0x80 | (len(palette) // 3).bit_length() - 2 if palette else 0
    return b"GIF89a" + struct.pack("<HHBBB", *size, flags, background, 0) + palette + b"".join(blocks) + end


def gif_control(clear: int | None = None, disposal: int = 0) -> bytes:
    """Write the block before a frame: the colour that is see-through, and what becomes of the frame after 10 s."""
    return b"\x21\xf9\x04" + struct.pack("<BHBB", disposal << 2 | (clear is not None), 1000, clear or 0, 0)


def gif_frame(
    image: Image.Image, left: int = 0, top: int = 0, palette: bytes = b"", *, interlaced: bool = False
) -> bytes:
    """Write a frame of a GIF; `image` holds numbers of colours."""
    width, height = image.size
    flags = (0x80 | (len(palette) // 3).bit_length() - 2 if palette else 0) | 0x40 * interlaced
    values = image.tobytes()
    order = [*_interlaced(height)] if interlaced else range(height)
    pixels = b"".join(values[line * width : (line + 1) * width] for line in order)
    return b"\x2c" + struct.pack("<HHHHB", left, top, width, height, flags) + palette + _codes(pixels)


def _interlaced(height: int) -> Iterator[int]:
    for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)):
        yield from range(start, height, step)


def _codes(pixels: bytes) -> bytes:
    """Write pixels as codes of nine bits that stand for one each; the table is cleared before it would grow them."""
    held, bits, out = 0, 0, bytearray()
    cleared: list[int] = []
    for at in range(0, len(pixels), 254):
        cleared += [256, *pixels[at : at + 254]]
    for code in (*cleared, 257):
        held |= code << bits
        bits += 9
        while bits >= 8:
            out.append(held & 255)
            held, bits = held >> 8, bits - 8
    out.append(held & 255)
    blocks = b"".join(
        bytes((len(out[at : at + 255]),)) + out[at : at + 255] for at in range(0, len(out), 255)
    )
    return b"\x08" + blocks + b"\0"


def segment(marker: int, body: bytes) -> bytes:
    """Write a JPEG segment."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def inserted(jpeg: bytes, *segments: bytes, before: bytes = b"") -> bytes:
    """Put segments behind the beginning of a JPEG, or before the first of a marker."""
    at = jpeg.index(before) if before else 2
    return jpeg[:at] + b"".join(segments) + jpeg[at:]


def tiff(orientation: int, kind: int = 3, count: int = 1, order: str = "<") -> bytes:
    """Write EXIF data that says nothing but how a picture is turned."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, 1)
    return head + struct.pack(order + "HHIHHI", 0x0112, kind, count, orientation, 0, 0)
