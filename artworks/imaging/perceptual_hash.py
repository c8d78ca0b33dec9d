"""The perceptual hash of a picture, 64 bits: hardly changed by another size, format or quality."""

from __future__ import annotations

from collections.abc import Sequence

# A picture is brought to this many grey pixels, whatever its proportions.
ACROSS, DOWN = 9, 8
# The most bits that differ between a picture and itself after resizing and saving again.
NEAR = 7
# Brighter by less than this (of 255) is noise of the encoder in a flat ground.
_NOISE = 1.5
# With fewer bits set (or unset), all pictures with next to nothing on a flat ground would be near each other.
_LEAST_BITS = NEAR + 1
_BITS = (ACROSS - 1) * DOWN


def difference_hash(grey: Sequence[float]) -> int | None:
    """Return the difference hash of 9 x 8 grey values (0-255, row by row) as a signed number of 64 bits.

    A bit tells whether a value is brighter than the one before it (N. Krawetz, "Kind of Like That", 2013). None for a
    picture with next to no structure, which would look like every other one of its kind.
    """
    bits = 0
    for row in range(DOWN):
        for column in range(1, ACROSS):
            at = row * ACROSS + column
            bits = bits << 1 | (grey[at] - grey[at - 1] > _NOISE)
    if not _LEAST_BITS <= bits.bit_count() <= _BITS - _LEAST_BITS:
        return None
    return bits - (1 << _BITS) if bits >> (_BITS - 1) else bits


def bands_near(own: int) -> list[int]:
    """List the marked 16-bit pieces (`models.LOOK_BANDS`) of which every hash within `NEAR` bits has at least one.

    Seven changed bits in four pieces leave one piece with at most one: the pieces as they are, and with each of their
    bits turned, 68 in all.
    """
    found = []
    for place in range(4):
        piece = own >> (48 - 16 * place) & 0xFFFF
        found += [place << 16 | piece ^ flip for flip in (0, *(1 << bit for bit in range(16)))]
    return found
