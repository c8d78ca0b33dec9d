"""Pictures made to hurt: small files that ask for much memory or time. Written by hand, byte by byte."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image

PNG_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
CLEARING = b"\x21\xf9\x04\x0d\0\0\0\0"


def jpeg(width: int, height: int, mode: str = "RGB", **options: object) -> bytes:
    """Make a one-colour JPEG, which is small at any size."""
    out = io.BytesIO()
    Image.new(mode, (width, height), 128 if mode == "L" else (120, 80, 40)).save(out, "JPEG", **options)
    return out.getvalue()


def exif(orientation: int) -> bytes:
    """Make the EXIF of a JPEG that says nothing but how the picture is turned."""
    return b"Exif\0\0II*\0" + struct.pack("<IHHHIII", 8, 1, 0x0112, 3, 1, orientation, 0)


def jpeg_that_claims(width: int, height: int) -> bytes:
    """Make a JPEG of 64 x 64 whose header says otherwise."""
    data = jpeg(64, 64)
    frame = data.index(b"\xff\xc0")
    return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]


def many_scans(times: int, side: int = 3000) -> bytes:
    """Make a progressive JPEG whose last scan is repeated."""
    data = jpeg(side, side, progressive=True)
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:end] + data[last:end] * times + data[end:]


def chunk(name: bytes, body: bytes) -> bytes:
    """Make a PNG chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def zeros(size: int) -> bytes:
    """Pack that many zero bytes; about a thousandth of them is left.

    One packed megabyte is written over and over, as packing hundreds of them would take seconds.
    """
    packer = zlib.compressobj(6, wbits=-15)
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(size % (1 << 20))) + packer.flush()
    # Adler-32 of zeros: the first sum stays 1, the second counts the bytes.
    checksum = struct.pack(">I", (size % 65521) << 16 | 1)
    return b"\x78\x9c" + megabyte * (size >> 20) + rest + checksum


def png(width: int, height: int, depth: int, kind: int, *extra: bytes, interlaced: bool = False) -> bytes:
    """Make an all-zero PNG; `kind` is its colour type, `extra` whole chunks before the data."""
    line = width * PNG_CHANNELS[kind] * depth // 8 + 1
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    # Interlacing adds a filter byte for each line of seven passes.
    body = zeros(line * height + (4 * height + 100 if interlaced else 0))
    parts = (chunk(b"IHDR", header), *extra, chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def packed_chunk(name: bytes) -> bytes:
    """Make a text or profile chunk that unpacks to 400 MB."""
    return chunk(name, b"a\0\0" + zeros(400_000_000))


def gif_frame(width: int, height: int, left: int = 0, top: int = 0, before: bytes = b"") -> bytes:
    """Make a frame that says it ends after one pixel."""
    return before + b"\x2c" + struct.pack("<HHHHB", left, top, width, height, 0) + b"\x02\x02\x4c\x01\x00"


def gif(width: int, height: int, *frames: bytes) -> bytes:
    """Make a GIF with two colours."""
    header = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
    return header + bytes([0, 0, 0, 255, 255, 255]) + b"".join(frames) + b";"


def gif_of_tiny_blocks() -> bytes:
    """Make a GIF of one frame whose data comes one byte at a time, 7.9 million times."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 10, 10, 0) + b"\x02" + b"\x01\x4c" * 7_900_000 + b"\0"
    return gif(10, 10, frame)


# Name -> how to make it. All of them must end in an answer within the limits, opened or refused.
BOMBS: dict[str, Callable[[], bytes]] = {
    "header-65500.jpg": lambda: jpeg_that_claims(65_500, 65_500),
    "header-10000.jpg": lambda: jpeg_that_claims(10_000, 10_000),
    "scans-3000.jpg": lambda: many_scans(3000),
    "scans-90.jpg": lambda: many_scans(80),
    "baseline-100mp.jpg": lambda: jpeg(10_000, 10_000, subsampling=0),
    "progressive-100mp.jpg": lambda: jpeg(10_000, 10_000, progressive=True),
    "progressive-72mp.jpg": lambda: jpeg(8_500, 8_500, progressive=True),
    "progressive-grey-100mp.jpg": lambda: jpeg(10_000, 10_000, "L", progressive=True),
    "wide.jpg": lambda: jpeg(65_500, 1_500),
    "rgb-100mp.png": lambda: png(10_000, 10_000, 8, 2),
    "rgba16-100mp.png": lambda: png(10_000, 10_000, 16, 6),
    "interlaced-100mp.png": lambda: png(10_000, 10_000, 8, 2, interlaced=True),
    "interlaced-60mp.png": lambda: png(7_750, 7_750, 8, 2, interlaced=True),
    "wide-rgb.png": lambda: png(65_535, 1_525, 8, 2),
    "wide-rgba16.png": lambda: png(27_000, 3_700, 16, 6),
    "one-line-100mp.png": lambda: png(100_000_000, 1, 8, 0),
    "ztxt.png": lambda: png(64, 64, 8, 2, packed_chunk(b"zTXt")),
    "profile.png": lambda: png(64, 64, 8, 2, packed_chunk(b"iCCP")),
    "canvas-65535.gif": lambda: gif(65_535, 65_535, gif_frame(1, 1)),
    "canvas-5000.gif": lambda: gif(5_000, 5_000, gif_frame(1, 1)),
    "grows.gif": lambda: gif(10, 10, gif_frame(1, 1, 65_000, 65_000)),
    "frames-1000000.gif": lambda: gif(1, 1, *[gif_frame(1, 1)] * 1_000_000),
    "frames-5000.gif": lambda: gif(370, 370, *[gif_frame(370, 370, before=CLEARING)] * 5_000),
    "frames-4500px.gif": lambda: gif(4_500, 4_500, *[gif_frame(4_500, 4_500, before=CLEARING)] * 30),
    "tiny-blocks.gif": gif_of_tiny_blocks,
}
