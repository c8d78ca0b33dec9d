"""Samples of a TIFF that libvips does not read: it is told of others that are as large, and these are made of them."""

from __future__ import annotations

import math
import struct
from functools import cache

import pyvips


def from_halves(image: pyvips.Image) -> pyvips.Image:
    """Return the numbers with a point (IEEE 754, binary16) that whole numbers of 16 bits stand for.

    Endless ones and what is no number are 1 or -1, here and below.
    """
    return image.maplut(_half_values())


def from_doubles(image: pyvips.Image, *, high_first: bool) -> pyvips.Image:
    """Return the numbers with a point (binary64) whose halves are the pairs of channels of whole numbers of 32 bits.

    Of the fraction the upper 20 bits count: more than the 16 that are kept in the end.
    """
    highs = [image[place] for place in range(0 if high_first else 1, image.bands, 2)]
    high = highs[0].bandjoin(highs[1:]) if highs[1:] else highs[0]
    power = (high >> 20).cast("ushort").maplut(_powers())
    return power * ((high & 0xFFFFF) / (1 << 20) + 1)


def from_lab(image: pyvips.Image, *, signed: bool) -> pyvips.Image:
    """Return colours as they look (CIE L*a*b* of TIFF 6.0; not `signed`, that of ICC) as red, green and blue."""
    depth, full = ("srgb", 1 << 8) if image.format == "uchar" else ("rgb16", 1 << 16)
    half, step = full // 2, full / (1 << 8)
    sides = image.extract_band(1, n=2)
    sides = (sides >= half).ifthenelse(sides - full, sides) if signed else sides - half
    lab = (image[0] * (100 / (full - 1))).bandjoin(sides / step).copy(interpretation="lab")
    colours = lab.colourspace(depth)
    return colours.bandjoin(image[3]) if image.bands > 3 else colours


@cache
def _half_values() -> pyvips.Image:
    """Return a table of all that 16 bits can stand for."""
    numbers = struct.unpack("<65536e", struct.pack("<65536H", *range(65536)))
    return _table([number if math.isfinite(number) else math.copysign(1, number) for number in numbers])


@cache
def _powers() -> pyvips.Image:
    """Return a table by the sign and the exponent, the upper 12 bits; numbers too small for an exponent are 0."""
    sizes = [0.0, *(math.ldexp(1, exponent - 1023) for exponent in range(1, 2047)), 1.0]
    return _table([*sizes, *(-size for size in sizes)], "double")


def _table(values: list[float], depth: str = "float") -> pyvips.Image:
    packed = struct.pack(f"={len(values)}{'d' if depth == 'double' else 'f'}", *values)
    return pyvips.Image.new_from_memory(packed, len(values), 1, 1, depth)
