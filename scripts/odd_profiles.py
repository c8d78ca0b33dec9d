"""Write ICC profiles by hand, small ones of the kinds that are met: matrices, grey, and tables for inks or colours."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Sequence

Colour = Sequence[float]
Matrix = tuple[Colour, Colour, Colour]
# What red, green and blue of some spaces are in XYZ, adapted to D50.
SRGB: Matrix = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
P3: Matrix = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))
ADOBE: Matrix = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
PROPHOTO: Matrix = ((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249))
_D50 = (0.9642, 1.0, 0.8249)


def matrix(primaries: Matrix = SRGB, gamma: float = 2.2, version: int = 2) -> bytes:
    """Return a profile of three primaries and one curve."""
    tags = {name: _xyz(*colour) for name, colour in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _gamma(gamma))
    return _profile(b"RGB ", tags | curves, version=version)


def grey(gamma: float, pcs: bytes = b"XYZ ") -> bytes:
    """Return a profile for grey pictures; its curve tells light, or lightness where `pcs` is "Lab "."""
    return _profile(b"GRAY", {b"kTRC": _gamma(gamma)}, pcs)


def table(
    kind: bytes, black: float, measured_black: float = 0.01, *, deep: bool = True, grid: int = 9
) -> bytes:
    """Return a profile of two tables, for "RGB " or "CMYK": one for seen colours, one for measured ones.

    `black` and `measured_black` are the light of the darkest point in each, 0 to 1.
    """
    tags = {}
    for name, floor in ((b"A2B0", black), (b"A2B1", measured_black)):
        tags[name] = _table(
            _inks(floor) if kind == b"CMYK" else _light(floor), len(kind.strip()), grid, deep=deep
        )
    return _profile(kind, tags, b"Lab ", b"prtr")


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _gamma(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def _profile(
    space: bytes, tags: dict[bytes, bytes], pcs: bytes = b"XYZ ", device: bytes = b"mntr", version: int = 2
) -> bytes:
    name = b"desc\0\0\0\0" + struct.pack(">I", 4) + b"odd\0" + bytes(80)
    tags = {b"desc": name, b"wtpt": _xyz(*_D50), **tags}
    listed, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, value in tags.items():
        listed += tag + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">III", start + len(body), 0, version << 24) + device + space + pcs
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _xyz(*_D50)[8:]
    return head.ljust(128, b"\0") + listed + body


def _lab(colour: Colour) -> tuple[float, float, float]:
    def root(share: float) -> float:
        return share ** (1 / 3) if share > 216 / 24389 else (24389 / 27 * share + 16) / 116

    x, y, z = (root(value / white) for value, white in zip(colour, _D50, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _light(floor: float) -> Callable[[Colour], tuple[float, float, float]]:
    def lab(colour: Colour) -> tuple[float, float, float]:
        light = [floor + (1 - floor) * value**2.2 for value in colour]
        return _lab([sum(share * row[n] for share, row in zip(light, SRGB, strict=True)) for n in range(3)])

    return lab


def _inks(floor: float) -> Callable[[Colour], tuple[float, float, float]]:
    paint = _light(floor)
    return lambda inks: paint([(1 - ink) * (1 - inks[3]) for ink in inks[:3]])


def _table(
    lab: Callable[[Colour], tuple[float, float, float]], inputs: int, grid: int, *, deep: bool
) -> bytes:
    """Write a table of 16 or 8 bits (ICC.1:2022, 10.10 and 10.11)."""
    head = (b"mft2" if deep else b"mft1") + bytes(4) + bytes((inputs, 3, grid, 0))
    head += b"".join(struct.pack(">i", 65536 * (n % 4 == 0)) for n in range(9))
    straight = struct.pack(">HH", 0, 65535) if deep else bytes(range(256))
    points = b""
    for place in itertools.product(range(grid), repeat=inputs):
        light, a, b = lab([step / (grid - 1) for step in place])
        if deep:
            points += struct.pack(
                ">3H", *(_within(v, 65535) for v in (light * 652.8, (a + 128) * 256, (b + 128) * 256))
            )
        else:
            points += bytes(_within(v, 255) for v in (light * 2.55, a + 128, b + 128))
    return head + (struct.pack(">HH", 2, 2) if deep else b"") + straight * inputs + points + straight * 3


def _within(value: float, most: int) -> int:
    return min(most, max(0, round(value)))
