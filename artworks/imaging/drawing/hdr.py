"""Pictures brighter than white on a usual screen, as Chromium brings them down (measured in version 156).

Its reference white has 203 candelas a square metre (ITU-R BT.2408). How bright a pixel is for that is told by its
largest channel in the primaries of ITU-R BT.2020. Up to white everything is dimmed alike, down to a half for a picture
with points of 1,000 candelas or more; what is above is bent into the rest by a parabola.
"""

from __future__ import annotations

import math

import pyvips

from artworks.imaging.checks.colour_space import BT2020_PRIMARIES, SRGB_PRIMARIES, ColourSpace, conversion
from artworks.imaging.drawing.curves import encode, join, split, unit_ramp

_WHITE = 203.0
_HLG_PEAK = 1000.0
_PQ_PEAK = 10_000.0
# What each channel of BT.2020 adds to the luminance of white.
_LUMINANCE = [0.2627, 0.6780, 0.0593]
# How far the middle point of the parabola lies from its beginning towards the corner of straight lines.
_BEND = 0.65


def to_srgb(image: pyvips.Image, space: ColourSpace) -> pyvips.Image:
    """Bring an image with a curve of ITU-R BT.2100 to 8-bit sRGB."""
    colours, alpha = split(image)
    ramp, peak = unit_ramp(image.format), space.peak
    light = colours.maplut(_pq(ramp) if space.hdr == "pq" else _hlg(ramp))
    light = light.recomb(conversion(space.primaries, BT2020_PRIMARIES))
    if space.hdr == "hlg":
        # The system gamma of BT.2100, table 5, for a screen of 1,000 candelas.
        peak = _HLG_PEAK
        light = light * (light.recomb([_LUMINANCE]).clamp(min=0, max=1) ** 0.2 * (peak / _WHITE))
    brightness = light[0].bandrank([light[1], light[2]], index=2)
    light = (light * _gain(brightness, peak / _WHITE)).recomb(conversion(BT2020_PRIMARIES, SRGB_PRIMARIES))
    values = encode(light.clamp(min=0, max=1)).linear(255, 0.5, uchar=True)
    return join(values.copy(interpretation="srgb"), alpha)


def _pq(values: pyvips.Image) -> pyvips.Image:
    """Return the light of values, in units of white (BT.2100, table 4)."""
    root = values ** (1 / 78.84375)
    above = (root - 0.8359375).clamp(min=0, max=1)
    return (above / (root * -18.6875 + 18.8515625)) ** (1 / 0.1593017578125) * (_PQ_PEAK / _WHITE)


def _hlg(values: pyvips.Image) -> pyvips.Image:
    """Return the light of the scene for values, 0 to 1 (BT.2100, table 5)."""
    upper = (((values - 0.55991073) / 0.17883277).exp() + 0.28466892) / 12
    return (values <= 0.5).ifthenelse(values * values / 3, upper)


def _gain(brightness: pyvips.Image, peak: float) -> pyvips.Image | float:
    """Return by what light is multiplied; `peak` is the brightest that there is, in units of white."""
    if peak <= 1:
        return 1.0
    dimmed = 1 - 0.5 * min(1.0, math.log(peak) / math.log(_HLG_PEAK / _WHITE))
    across, up = 1 + _BEND * (1 / dimmed - 1), dimmed + _BEND * (1 - dimmed)
    bright = brightness.clamp(min=1, max=peak)
    # Where on the parabola from (1, dimmed) over (across, up) to (peak, 1) a brightness lies, 0 to 1.
    bend, start = 1 - 2 * across + peak, 2 * (across - 1)
    along = (((bright - 1) * (4 * bend) + start**2) ** 0.5 - start) / (2 * bend)
    bent = along * along * (dimmed - 2 * up + 1) + along * (2 * (up - dimmed)) + dimmed
    return (brightness > 1).ifthenelse(bent / brightness, dimmed)
