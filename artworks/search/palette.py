"""Colours as they are looked for: cells of the colour space that pictures share, and plain names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import ceil, floor

from sqlalchemy import ColumnElement, cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer, Text

from artworks.core.errors import Invalid
from artworks.imaging.renditions import colour_names
from models import Image

Lab = tuple[float, float, float]
# The size of a cell in lightness (0 to 100) and in the two colour axes (-128 to 128) of CIE Lab. From its middle to a
# corner it is 8.1; a difference of 2.3 is just noticed.
_CELL: Lab = (8, 10, 10)
_LOWEST: Lab = (0, -128, -128)
_COUNT = tuple(ceil(whole / size) for whole, size in zip((100.001, 256, 256), _CELL, strict=True))
# Cells whose middle is nearer than this to a colour are looked up: everything within 12 of it is found, nothing
# beyond 28 is.
REACH = 20
# D65, as sRGB has it (IEC 61966-2-1).
_WHITE: Lab = (0.95047, 1.0, 1.08883)
# Words that are looked for too, within the names that hold them.
_WITHIN = {"sky blue": ("blue",)}


def cells_of(colours: Iterable[str]) -> list[int]:
    """Return the cells that "#rrggbb" colours are in, without repeats, order kept."""
    return list(dict.fromkeys(_cell_number(_cell_position(to_lab(colour))) for colour in colours))


def cells_near(colour: str) -> list[int]:
    """List the cells around a "#rrggbb" colour, its own among them (some 50 at most)."""
    spot = to_lab(colour)
    light, a, b = (
        _cells_in_reach(value, low, size, count)
        for value, low, size, count in zip(spot, _LOWEST, _CELL, _COUNT, strict=True)
    )
    return [
        _cell_number((one, two, three))
        for one, far in light
        for two, farther in a
        if far + farther < REACH**2
        for three, farthest in b
        if far + farther + farthest < REACH**2
    ]


def plain_names(colours: list[str]) -> list[str]:
    """Return the plain names of "#rrggbb" colours, each with the base word that finds it: "dark teal" and "teal"."""
    found: list[str] = []
    for name in colour_names(colours):
        base = max((word for word in COLOURS if f" {name}".endswith(f" {word}")), key=len, default=name)
        found += [name, base, *_WITHIN.get(base, ())]
    return list(dict.fromkeys(found))


def has_colour(colour: str) -> ColumnElement[bool]:
    """Return the clause for pictures with a colour: near "#rrggbb", or of a plain name. Raises Invalid."""
    wanted = colour_named(colour)
    if wanted is None:
        raise Invalid("A colour is a plain name such as teal, or #rrggbb.", field="colour")
    if wanted.startswith("#"):
        shares: ColumnElement[bool] = Image.palette.overlap(cast(cells_near(wanted), ARRAY(Integer)))
        return shares
    return Image.facts.contains(cast([f"colour:{wanted}"], ARRAY(Text)))


def to_lab(colour: str) -> Lab:
    """Return a "#rrggbb" colour in CIE Lab with white D65 (IEC 61966-2-1 and CIE 15)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    x = 0.4124564 * red + 0.3575761 * green + 0.1804375 * blue
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = 0.0193339 * red + 0.1191920 * green + 0.9503041 * blue
    fx, fy, fz = (_root(value / white) for value, white in zip((x, y, z), _WHITE, strict=True))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _root(value: float) -> float:
    return float(value ** (1 / 3)) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116


def _cell_position(spot: Lab) -> tuple[int, ...]:
    return tuple(
        min(n - 1, max(0, floor((value - low) / size)))
        for value, low, size, n in zip(spot, _LOWEST, _CELL, _COUNT, strict=True)
    )


def _cells_in_reach(value: float, low: float, size: float, count: int) -> list[tuple[int, float]]:
    """List the places on one axis that are in reach, with the square of how far their middle is away."""
    first, last = floor((value - REACH - low) / size), ceil((value + REACH - low) / size)
    places = range(max(0, first), min(count, last + 1))
    return [(at, (low + (at + 0.5) * size - value) ** 2) for at in places]


def _cell_number(place: tuple[int, ...]) -> int:
    light, a, b = place
    return (light * _COUNT[1] + a) * _COUNT[2] + b


COLOURS = (
    "red", "orange", "yellow", "lime", "green", "teal", "sky blue", "blue", "violet", "pink",
    "brown", "cream", "black", "grey", "white",
)  # fmt: skip
_HEX = re.compile(r"#[0-9a-f]{6}")


def colour_named(text: str) -> str | None:
    """Return a colour as it is looked for, a plain name or "#rrggbb"; None when it is neither."""
    folded = text.strip().lower().replace("gray", "grey")
    return folded if folded in COLOURS or _HEX.fullmatch(folded) else None
