"""Files of up to 16 MB that are made of parts no picture needs, or of picture data that never ends; written by code."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import partial

from PIL import Image

from tests.imaging import bombs, pictures

SIZE = 16 << 20


def filled(part: bytes, room: int = SIZE - 20_000) -> bytes:
    """Repeat a part as often as it fits."""
    return part * (room // len(part))


def png_with(parts: bytes, *, late: bool = False) -> bytes:
    """Put chunks in front of a small PNG's picture data, or behind it."""
    data = bombs.png(64, 64, 8, 2)
    at = data.index(b"IEND" if late else b"IDAT") - 4
    return data[:at] + parts + data[at:]


def png_of(name: bytes, body: bytes = b"", *, late: bool = False) -> bytes:
    """Make a PNG full of chunks of one kind."""
    return png_with(filled(bombs.chunk(name, body)), late=late)


def profile() -> bytes:
    """Make the body of a colour profile's chunk that unpacks to 4 MB."""
    return b"p\0\0" + zlib.compress(bytes(3_999_000))


def without_end(size: int) -> bytes:
    """Make a PNG of 64 x 64 whose picture data unpacks to `size` bytes."""
    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    parts = (bombs.chunk(b"IHDR", header), bombs.chunk(b"IDAT", bombs.zeros(size)), bombs.chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def jpeg_with(parts: bytes, before: bytes | None = None) -> bytes:
    """Put segments behind the beginning of a small JPEG, or in front of one of its markers."""
    data = bombs.jpeg(64, 64)
    at = 2 if before is None else data.rindex(before)
    return data[:at] + parts + data[at:]


def segment(marker: int, body: bytes = b"") -> bytes:
    """Make a JPEG segment."""
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg_of(part: bytes, before: bytes | None = None) -> bytes:
    """Make a JPEG full of one kind of segment."""
    return jpeg_with(filled(part), before)


def scans_of_nothing() -> bytes:
    """Make a JPEG that begins a scan again and again and never has data for one."""
    data = bombs.jpeg(64, 64)
    at = data.rindex(b"\xff\xda")
    return data[:at] + filled(data[at : at + 14]) + data[at:]


def restarts(width: int, height: int) -> bytes:
    """Make a JPEG whose every block is followed by a restart marker, and millions more behind."""
    data = bombs.jpeg(width, height, restart_marker_blocks=1)
    return data[:-2] + filled(b"\xff\xd0", SIZE - len(data) - 20_000) + data[-2:]


def gif_with(parts: bytes) -> bytes:
    """Put extensions in front of a small GIF's frame."""
    data = bombs.gif(64, 64, bombs.gif_frame(1, 1))
    return data[:19] + parts + data[19:]


def clearing_frames(frames: int, side: int, clears: int) -> bytes:
    """Make a GIF whose frames clear the decoder's table again and again before they say anything."""
    # Codes of 3 bits: 4 clears, 0 is a pixel, 5 ends. Eight codes are three bytes.
    codes = "".join(f"{code:03b}"[::-1] for code in (4,) * 8)
    clearing = int(codes[::-1], 2).to_bytes(3, "little") * clears
    pixels = b"\x84" + b"\0" * 10 + b"\x05"
    data = clearing + pixels
    blocks = b"".join(
        bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255)
    )
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02" + blocks + b"\0"
    return bombs.gif(side, side, *[frame] * frames)


ANCILLARY = (
    b"iCCP",
    b"iTXt",
    b"zTXt",
    b"tEXt",
    b"tIME",
    b"sPLT",
    b"hIST",
    b"eXIf",
    b"gAMA",
    b"acTL",
    b"prVt",
)
SEGMENTS = (0xC4, 0xDB, 0xDD, 0xE0, 0xE1, 0xE2, 0xE7, 0xED, 0xEF, 0xFE)
FRAME = bombs.CLEARING + b"\x21\xfe\x05Heron\0" + bombs.gif_frame(1, 1)
DIRECTORY = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 65_535) + bytes(40_000)

# Refused for what they are made of, by name and how to make them.
HOSTILE: dict[str, Callable[[], bytes]] = {
    **{f"{name.decode()}.png": partial(png_of, name) for name in ANCILLARY},
    "profiles.png": lambda: png_with(bombs.chunk(b"iCCP", profile()) * 4_000),
    "directories.png": lambda: png_of(b"eXIf", DIRECTORY[6:200]),
    "texts.png": lambda: png_of(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000)), late=True),
    **{f"{name.decode()}-0.png": partial(png_of, name) for name in (b"IDAT", b"fdAT", b"fcTL")},
    "IDAT-1.png": lambda: png_of(b"IDAT", b"\0"),
    "IDAT-late.png": lambda: png_of(b"IDAT", late=True),
    **{f"{marker:02X}.jpg": partial(jpeg_of, segment(marker)) for marker in SEGMENTS},
    "profile-parts.jpg": lambda: jpeg_of(segment(0xE2, b"ICC_PROFILE\0\xff\xff" + bytes(100))),
    "MPF.jpg": lambda: jpeg_of(segment(0xE2, b"MPF\0II*\0" + bytes(30))),
    "directories.jpg": lambda: jpeg_of(segment(0xE1, DIRECTORY[:300])),
    "beginnings.jpg": lambda: jpeg_of(b"\xff\xd8"),
    "temporary.jpg": lambda: jpeg_of(b"\xff\x01"),
    "tables-late.jpg": lambda: jpeg_of(segment(0xC4), b"\xff\xda"),
    "scans.jpg": scans_of_nothing,
    "comments.gif": lambda: gif_with(filled(b"\x21\xfe\0")),
    "comment-of-1.gif": lambda: gif_with(b"\x21\xfe" + filled(b"\x01a") + b"\0"),
    "applications.gif": lambda: gif_with(filled(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")),
    "times.gif": lambda: gif_with(filled(bombs.CLEARING)),
    "unknown.gif": lambda: gif_with(filled(b"\x21\x00\x01a\0")),
    "frames.gif": lambda: gif_with(filled(bombs.gif_frame(1, 1))),
}

# Small pictures that a decoder has much work with, if it does not stop: opened or refused.
ENDLESS: dict[str, Callable[[], bytes]] = {
    "restarts.jpg": lambda: restarts(64, 64),
    "fill.jpg": lambda: jpeg_of(b"\xff"),
    "fill-late.jpg": lambda: jpeg_of(b"\xff", b"\xff\xd9"),
    "zeros-late.jpg": lambda: jpeg_of(b"\0", b"\xff\xd9"),
    "stuffed.jpg": lambda: jpeg_of(b"\xff\0", b"\xff\xd9"),
    "unpacks-to-10-GB.png": lambda: without_end(10_000_000_000),
    "clearing.gif": lambda: clearing_frames(1, 64, 5_000_000),
    "clearing-frames.gif": lambda: clearing_frames(1_000, 64, 5_000),
    "one-comment.gif": lambda: gif_with(b"\x21\xfe" + filled(b"\xff" + bytes(255)) + b"\0"),
}

# As honest programs write them, more of each than anybody has seen.
HONEST: dict[str, Callable[[], bytes]] = {
    "camera.jpg": lambda: jpeg_with(
        segment(0xE1, b"Exif\0\0II*\0" + bytes(60_000))
        + b"".join(segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(65_000)) for _ in range(100))
        + b"".join(segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 255]) + b"p" * 20) for n in range(1, 256))
        + b"".join(segment(marker, b"FLIR\0" + bytes(300)) for marker in (0xE1, 0xE3, 0xEC) * 100)
    ),
    "large-data.jpg": lambda: jpeg_of(segment(0xE4, bytes(65_533))),
    "progressive.jpg": lambda: bombs.many_scans(0, side=640),
    "lines.png": lambda: chopped(pictures.encode(pictures.textured(), "PNG"), 100),
    "4-kB.png": lambda: chopped(noisy_png(), 4_096),
    "512-bytes.png": lambda: chopped(noisy_png(), 512),
    "texts.png": lambda: png_with(bombs.chunk(b"tEXt", b"Comment\0A heron at dusk") * 1_000),
    "frames.gif": lambda: bombs.gif(20, 20, *[FRAME] * 5_000),
    "255.gif": lambda: gif_with(b"\x21\xfe" + filled(b"\xff" + b"a" * 255) + b"\0"),
}


def noisy_png() -> bytes:
    """Make a PNG that cannot be packed."""
    return pictures.encode(Image.effect_noise((1600, 1600), 60), "PNG", compress_level=1)


def chopped(data: bytes, size: int) -> bytes:
    """Write a PNG's picture data in chunks of `size` bytes."""
    at = data.index(b"IDAT") - 4
    packed, place = b"", at
    while data[place + 4 : place + 8] == b"IDAT":
        length = int.from_bytes(data[place : place + 4], "big")
        packed += data[place + 8 : place + 8 + length]
        place += 12 + length
    chunks = (bombs.chunk(b"IDAT", packed[start : start + size]) for start in range(0, len(packed), size))
    return data[:at] + b"".join(chunks) + data[place:]
