"""From a picture's values to light and back, as arithmetic on whole images; 1 is white."""

from __future__ import annotations

import pyvips

from artworks.imaging.checks.colour_space import Curve


def unit_ramp(band_format: str) -> pyvips.Image:
    """Return all values of an 8- or 16-bit channel, 0 to 1, as a table for `maplut`."""
    deep = band_format == "ushort"
    return pyvips.Image.identity(ushort=deep).linear(1 / (65_535 if deep else 255), 0)


def decode(values: pyvips.Image, curve: Curve) -> pyvips.Image:
    """Return the light of values, 0 to 1."""
    exponent, scale, offset, slope, start = curve
    return (values >= start).ifthenelse((values * scale + offset) ** exponent, values * slope)


def encode(light: pyvips.Image) -> pyvips.Image:
    """Return the values of sRGB for light (IEC 61966-2-1)."""
    return (light <= 0.0031308).ifthenelse(light * 12.92, light ** (1 / 2.4) * 1.055 - 0.055)


def split(image: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image | None]:
    """Return an image without its alpha, and its alpha brought to 8 bits."""
    if not image.hasalpha():
        return image, None
    alpha = image[image.bands - 1]
    if image.format == "ushort":
        alpha = alpha.cast("uchar", shift=True)
    return image.extract_band(0, n=image.bands - 1), alpha


def join(colours: pyvips.Image, alpha: pyvips.Image | None) -> pyvips.Image:
    """Return an 8-bit image of what `split` gave."""
    return colours if alpha is None else colours.bandjoin(alpha)
