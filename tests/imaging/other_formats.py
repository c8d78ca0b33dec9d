"""Small pictures of other formats: those of libheif are files in tests/data/formats, the rest is made by Pillow."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from artworks.imaging import conversion
from artworks.imaging.checks import formats
from artworks.imaging.conversion import Converted
from tests.imaging.pictures import corners, encode

FOLDER = Path(__file__).resolve().parents[1] / "data" / "formats"
MB = 1 << 20


def heif(name: str) -> bytes:
    """Read one of the HEIC and AVIF files; all show `corners`."""
    return (FOLDER / name).read_bytes()


def with_size(data: bytes, width: int, height: int) -> bytes:
    """Say another size of every picture in a HEIC or AVIF."""
    parts = data.split(b"ispe")
    size = b"ispe\0\0\0\0" + struct.pack(">LL", width, height)
    return parts[0] + b"".join(size + part[12:] for part in parts[1:])


def see_through() -> Image.Image:
    """Draw the corners, ever less to be seen through towards the bottom."""
    image = corners(mode="RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def turned(data: bytes, folder: Path, limit: int = 16 * MB) -> Converted:
    """Have a decoder turn a file, whatever its name; raises as `conversion.convert`."""
    path = folder / "file.jpg"
    path.write_bytes(data)
    kind = formats.identify(data)
    assert kind is not None
    return conversion.convert(path, kind, limit, "16 MB")


def tiff(*entries: tuple[int, int, int, int], then: int = 0, data: bytes = b"") -> bytes:
    """Write a TIFF of one directory behind its data, of entries (tag, type, count, value); `then` is the next one."""
    start = 8 + len(data)
    table = b"".join(struct.pack("<HHLL", *entry) for entry in entries)
    return (
        b"II*\0"
        + struct.pack("<L", start)
        + data
        + struct.pack("<H", len(entries))
        + table
        + struct.pack("<L", then)
    )


def sampled_tiff(
    body: bytes,
    size: tuple[int, int],
    *,
    bits: int,
    kind: int = 1,
    samples: int = 1,
    colours: int | None = None,
    order: str = "<",
    big: bool = False,
    planes: int = 1,
    packing: int = 1,
    predictor: int = 1,
) -> bytes:
    """Write a TIFF of one strip, or of one a channel with `planes=2`, of any samples; `kind` is SampleFormat."""
    colours = (1 if samples < 3 else 2) if colours is None else colours
    strips = samples if planes == 2 else 1
    start, offset, entry = (16, "Q", "HHQ") if big else (8, "L", "HHL")
    each = len(body) // strips
    values = {
        256: [size[0]], 257: [size[1]], 258: [bits] * samples, 259: [packing], 262: [colours],
        273: [start + each * strip for strip in range(strips)], 277: [samples], 278: [size[1]], 279: [each] * strips,
        284: [planes], 317: [predictor], 339: [kind] * samples,
    }  # fmt: skip
    room, directory = struct.calcsize("=" + offset), start + len(body) + len(body) % 2
    count = "Q" if big else "H"
    behind = (
        directory
        + struct.calcsize("=" + count + offset)
        + len(values) * (struct.calcsize("=" + entry) + room)
    )
    table, more = struct.pack(order + count, len(values)), b""
    for tag, numbers in values.items():
        letter = "L" if tag in (256, 257, 273, 278, 279) else "H"
        value = struct.pack(f"{order}{len(numbers)}{letter}", *numbers).ljust(room, b"\0")
        if len(value) > room:
            value, more = struct.pack(order + offset, behind + len(more)), more + value
        table += struct.pack(order + entry, tag, 4 if letter == "L" else 3, len(numbers)) + value
    head = (b"II" if order == "<" else b"MM") + (
        struct.pack(order + "HHHQ", 43, 8, 0, directory) if big else struct.pack(order + "HL", 42, directory)
    )
    return head + body + b"\0" * (len(body) % 2) + table + struct.pack(order + offset, 0) + more


def grey_tiff(width: int, height: int, packing: int = 1, *, then: int = 0, size: int = 100) -> bytes:
    """Write a grey TIFF of one strip, of `size` bytes."""
    values = {256: width, 257: height, 258: 8, 259: packing, 262: 1, 273: 8, 277: 1, 278: height, 279: size}
    return tiff(*((tag, 4, 1, value) for tag, value in values.items()), then=then, data=b"\x55" * size)


def bmp(width: int, height: int, bits: int, packing: int = 0, body: bytes = b"", masks: bytes = b"") -> bytes:
    """Write a BMP with BITMAPINFOHEADER; `masks` stand between it and the lines."""
    start = 54 + len(masks)
    head = struct.pack("<2sLHHLLllHHLLllLL", b"BM", start + len(body), 0, 0, start, 40, width, height, 1, bits, packing,
                       len(body), 0, 0, 0, 0)  # fmt: skip
    return head + masks + body


def box(name: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    """Write a box of an ISO file; `size` is what it says of itself."""
    return struct.pack(">L4s", 8 + len(body) if size is None else size, name) + body


def webp_chunks(data: bytes) -> Iterator[bytes]:
    """Yield the chunks of a WebP, each whole."""
    at = 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 8 + size + size % 2]
        at += 8 + size + size % 2


def webp(*chunks: bytes) -> bytes:
    """Put a WebP together."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<L", len(body)) + body


def animated_webp() -> bytes:
    """Make an animation of two pictures."""
    return encode(corners(), "WEBP", save_all=True, append_images=[corners().rotate(180)], lossless=True)
