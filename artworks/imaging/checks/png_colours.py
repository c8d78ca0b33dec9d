"""Which colours a PNG's values mean: cICP, iCCP, sRGB, gAMA and cHRM (W3C PNG, third edition, section 11.3.2)."""

from __future__ import annotations

import struct
import zlib

from artworks.imaging.checks.colour_space import SRGB_CURVE, ColourSpace, Curve, Primaries, power
from artworks.imaging.checks.decode_plan import MAX_PROFILE_BYTES

CHUNKS = frozenset((b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI"))
# A lone gAMA within 5 % of this means sRGB (measured in Chromium 156).
_SRGB_GAMA, _NEAR = 45_455, 0.05
_MATRIX_FREE, _FULL_RANGE = 0, 1
_PQ, _HLG = 16, 18
_D65, _C, _DCI = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
# By their numbers in ITU-T H.273. Others, among them "unspecified", leave the word to the next chunk.
_PRIMARIES: dict[int, Primaries] = {
    1: (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06),
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    10: (1 / 3, 1 / 3, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    11: (*_DCI, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
# Video is shown with a curve of 2.4 (ITU-R BT.1886), as Chromium does.
_CURVES: dict[int, Curve] = {
    **dict.fromkeys((1, 6, 11, 14, 15), power(2.4)),
    4: power(2.2),
    5: power(2.8),
    7: (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 4 * 0.0228),
    8: power(1.0),
    13: SRGB_CURVE,
    17: (2.6, (52.37 / 48) ** (1 / 2.6), 0.0, 0.0, 0.0),
}


def unpack_profile(body: bytes) -> bytes:
    """Return the colour profile of an iCCP chunk; empty for one that is broken or larger than real ones are."""
    _, _, packed = body.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return b""
    return profile if unpacker.eof else b""


def colour_space(chunks: dict[bytes, bytes], profile: bytes) -> ColourSpace | None:
    """Return what a PNG's values mean by these chunks, None where the profile says it or nothing does (sRGB).

    The order is that of the specification. Like Chromium, cICP counts only where this program knows its numbers,
    gAMA also without cHRM, cHRM only with gAMA, and a profile of another kind of picture leaves sRGB.
    """
    coded = _by_numbers(chunks)
    if coded is not None:
        return coded
    if profile[36:40] == b"acsp" and profile[16:20] in (b"RGB ", b"GRAY", b"CMYK"):
        return None
    if len(chunks.get(b"sRGB", b"")) == 1 and chunks[b"sRGB"][0] <= 3:
        return None
    return _by_gamma(chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b""))


def _by_numbers(chunks: dict[bytes, bytes]) -> ColourSpace | None:
    body = chunks.get(b"cICP", b"")
    if len(body) != 4 or body[2:] != bytes((_MATRIX_FREE, _FULL_RANGE)) or body[0] not in _PRIMARIES:
        return None
    primaries, transfer = _PRIMARIES[body[0]], body[1]
    if transfer in (_PQ, _HLG):
        return ColourSpace(primaries=primaries, hdr="pq" if transfer == _PQ else "hlg", peak=_peak(chunks))
    return ColourSpace(_CURVES[transfer], primaries) if transfer in _CURVES else None


def _peak(chunks: dict[bytes, bytes]) -> float:
    """Return the brightest that the picture has, in candelas a square metre (sections 11.3.2.7 and 11.3.2.8)."""
    for name, size, at in ((b"cLLI", 8, 0), (b"mDCV", 24, 16)):
        body = chunks.get(name, b"")
        if len(body) == size and (found := int.from_bytes(body[at : at + 4], "big")):
            return found / 10_000
    return 1000.0


def _by_gamma(gama: bytes, chrm: bytes) -> ColourSpace | None:
    number = int.from_bytes(gama, "big") if len(gama) == 4 else 0
    if not number:
        return None
    curve = power(100_000 / number)
    if len(chrm) != 32:
        return None if abs(number / _SRGB_GAMA - 1) <= _NEAR else ColourSpace(curve)
    values = [value / 100_000 for value in struct.unpack(">8I", chrm)]
    space = ColourSpace(curve, (*values,))
    return space if space.is_real() else None
