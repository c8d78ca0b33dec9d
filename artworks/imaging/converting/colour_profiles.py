"""Colour profiles made of the numbers by which AVIF and HEIC name their colours (ITU-T H.273, tables 2 and 3)."""

from __future__ import annotations

import struct
from collections.abc import Callable

from artworks.imaging.checks.colour_space import ColourSpace

UNSPECIFIED = 2
PQ, HLG = 16, 18
# Corners of the colours, x and y of red, green, blue, and of white; all of these have the white of daylight, D65.
_D65 = (0.3127, 0.3290)
_PRIMARIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
# What is taken as sRGB: browsers show the curve of television so, too.
_LIKE_SRGB = frozenset((1, UNSPECIFIED, 6, 13, 14, 15))
_POINTS = 1024
# Matrix of Bradford: how the eye adapts to another white (ICC.1, annex E).
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_D50 = (0.9642, 1.0, 0.8249)
_Matrix = tuple[tuple[float, ...], ...]


def profile_of(primaries: int, transfer: int) -> bytes:
    """Return an ICC profile for the numbers of a file; empty for sRGB, and for numbers that are not known."""
    corners, curve = _PRIMARIES.get(primaries), _CURVES.get(transfer)
    if curve is None and (transfer not in _LIKE_SRGB or primaries in (1, UNSPECIFIED)):
        return b""
    if corners is None and curve is None:
        return b""
    table = _curve(curve or _srgb)
    columns = _adapted(_to_xyz(corners or _PRIMARIES[1]))
    tags = [
        (b"desc", _description("Colours of the file")),
        (b"cprt", _description("No copyright, use freely")),
        (b"wtpt", _xyz(_D50)),
        *zip((b"rXYZ", b"gXYZ", b"bXYZ"), (_xyz(row) for row in zip(*columns, strict=True)), strict=True),
        *((name, table) for name in (b"rTRC", b"gTRC", b"bTRC")),
    ]
    return _profile(tags)


def hdr_space(primaries: int, transfer: int) -> ColourSpace:
    """Return the colours of a picture brighter than white, whose curve is PQ or HLG."""
    corners = _PRIMARIES.get(primaries, _PRIMARIES[1])
    return ColourSpace(
        primaries=(*_D65, *corners[0], *corners[1], *corners[2]), hdr="pq" if transfer == PQ else "hlg"
    )


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


_CURVES: dict[int, Callable[[float], float]] = {
    4: lambda value: float(value**2.2),
    5: lambda value: float(value**2.8),
    8: lambda value: value,
}


def _curve(light_of: Callable[[float], float]) -> bytes:
    points = [round(65535 * min(1.0, light_of(place / (_POINTS - 1)))) for place in range(_POINTS)]
    return b"curv" + struct.pack(f">4xL{_POINTS}H", _POINTS, *points)


def _to_xyz(corners: tuple[tuple[float, float], ...]) -> _Matrix:
    """Return the matrix from red, green and blue to XYZ, in which white has the light 1."""
    columns = [(x / y, 1.0, (1 - x - y) / y) for x, y in corners]
    white = (_D65[0] / _D65[1], 1.0, (1 - sum(_D65)) / _D65[1])
    rows = tuple(zip(*columns, strict=True))
    scales = _times(_inverse(rows), white)
    return tuple(tuple(value * scale for value, scale in zip(row, scales, strict=True)) for row in rows)


def _adapted(matrix: _Matrix) -> _Matrix:
    """Adapt a matrix from daylight to the white of profiles, D50."""
    white = _times(matrix, (1.0, 1.0, 1.0))
    before, after = _times(_BRADFORD, white), _times(_BRADFORD, _D50)
    scaled = tuple(
        tuple(value * to / of for value in row) for row, of, to in zip(_BRADFORD, before, after, strict=True)
    )
    return _product(_product(_inverse(_BRADFORD), scaled), matrix)


def _times(matrix: _Matrix, vector: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _product(one: _Matrix, other: _Matrix) -> _Matrix:
    columns = tuple(_times(one, column) for column in zip(*other, strict=True))
    return tuple(zip(*columns, strict=True))


def _inverse(matrix: _Matrix) -> _Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return (
        ((e * i - f * h) / whole, (c * h - b * i) / whole, (b * f - c * e) / whole),
        ((f * g - d * i) / whole, (a * i - c * g) / whole, (c * d - a * f) / whole),
        ((d * h - e * g) / whole, (b * g - a * h) / whole, (a * e - b * d) / whole),
    )


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + struct.pack(">4x3l", *(round(65536 * value) for value in values))


def _description(text: str) -> bytes:
    # As UTF-16; the codec of that name would be a file to open, which a decoder cannot.
    letters = b"".join(b"\0" + bytes((letter,)) for letter in text.encode("ascii"))
    return b"mluc" + struct.pack(">4xLL4sLL", 1, 12, b"enUS", len(letters), 28) + letters


def _profile(tags: list[tuple[bytes, bytes]]) -> bytes:
    """Put a profile of version 4 together (ICC.1:2022, 7.2 and 7.3); equal values are written once."""
    table, values = struct.pack(">L", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}
    for name, value in tags:
        if value not in places:
            places[value] = start + len(values)
            values += value + b"\0" * (-len(value) % 4)
        table += name + struct.pack(">LL", places[value], len(value))
    size = start + len(values)
    header = struct.pack(
        ">L4xL4s4s4s6H4s4x4x4x4x8xL3l4x16x28x",
        size, 0x04400000, b"mntr", b"RGB ", b"XYZ ", 2026, 1, 1, 0, 0, 0, b"acsp", 0,
        *(round(65536 * value) for value in _D50),
    )  # fmt: skip
    return header + table + values
