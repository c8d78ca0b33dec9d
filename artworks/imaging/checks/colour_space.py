"""What the values of a picture's channels mean: curves, primaries and white, and the way from them to sRGB."""

from __future__ import annotations

from dataclasses import dataclass

# x and y of white, red, green and blue (CIE 1931), in the order of PNG's cHRM.
Primaries = tuple[float, float, float, float, float, float, float, float]
Matrix = list[list[float]]
# Light for a value x: (a x + b) ** g from d on, c x below; in the order g, a, b, c, d.
Curve = tuple[float, float, float, float, float]

_D65 = (0.3127, 0.3290)
BT2020_PRIMARIES: Primaries = (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
SRGB_PRIMARIES: Primaries = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
SRGB_CURVE: Curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
# Bradford's cone responses (ICC.1:2022, annex E).
_BRADFORD = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
# The least that a matrix of primaries that form a triangle comes to.
_LEAST_DETERMINANT = 1e-6


@dataclass(frozen=True)
class ColourSpace:
    """The curve, the primaries and the white of a picture.

    `hdr` is "pq" or "hlg" (ITU-R BT.2100) for pictures brighter than white, whose brightest point has
    `peak` candelas a square metre; their `curve` does not count.
    """

    curve: Curve = SRGB_CURVE
    primaries: Primaries = SRGB_PRIMARIES
    hdr: str = ""
    peak: float = 1000.0

    def is_real(self) -> bool:
        """Return whether the primaries form a triangle, so that they can be converted."""
        return self.primaries[1] > 0 and abs(_determinant(_columns(self.primaries))) > _LEAST_DETERMINANT


def conversion(primaries: Primaries, wanted: Primaries) -> Matrix:
    """Return the matrix from light in some primaries to light in others, white staying white."""
    adapted = _product(_adaptation(primaries, wanted), _to_xyz(primaries))
    return _product(_inverse(_to_xyz(wanted)), adapted)


def power(exponent: float) -> Curve:
    """Return the curve of one exponent."""
    return exponent, 1.0, 0.0, 0.0, 0.0


def _white(x: float, y: float) -> list[float]:
    return [x / y, 1.0, (1 - x - y) / y]


def _columns(primaries: Primaries) -> Matrix:
    x, y = primaries[2::2], primaries[3::2]
    return [list(x), list(y), [1 - a - b for a, b in zip(x, y, strict=True)]]


def _to_xyz(primaries: Primaries) -> Matrix:
    """Return the matrix from light to XYZ, by what white is made of (SMPTE RP 177)."""
    columns = _columns(primaries)
    shares = _times(_inverse(columns), _white(*primaries[:2]))
    return [[value * share for value, share in zip(row, shares, strict=True)] for row in columns]


def _adaptation(primaries: Primaries, wanted: Primaries) -> Matrix:
    """Return the matrix that brings one white to another."""
    before, after = (_times(_BRADFORD, _white(*each[:2])) for each in (primaries, wanted))
    scaled = [[after[n] / before[n] * value for value in row] for n, row in enumerate(_BRADFORD)]
    return _product(_inverse(_BRADFORD), scaled)


def _times(matrix: Matrix, vector: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _product(one: Matrix, other: Matrix) -> Matrix:
    columns = [_times(one, list(column)) for column in zip(*other, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def _cofactor(m: Matrix, row: int, column: int) -> float:
    a, b, c, d = ((row + 1) % 3, (row + 2) % 3, (column + 1) % 3, (column + 2) % 3)
    return m[a][c] * m[b][d] - m[a][d] * m[b][c]


def _determinant(m: Matrix) -> float:
    return sum(m[0][column] * _cofactor(m, 0, column) for column in range(3))


def _inverse(m: Matrix) -> Matrix:
    whole = _determinant(m)
    return [[_cofactor(m, row, column) / whole for row in range(3)] for column in range(3)]
