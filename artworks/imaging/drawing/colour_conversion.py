"""Bring a picture's values to 8-bit sRGB as Chromium does (measured in version 156), by its profile or its kind."""

from __future__ import annotations

import pyvips

from artworks.imaging.checks.colour_space import SRGB_CURVE, SRGB_PRIMARIES, ColourSpace, conversion
from artworks.imaging.drawing import hdr
from artworks.imaging.drawing.curves import decode, encode, join, split, unit_ramp

_PROFILE = "icc-profile-data"
# Which pictures a profile is for (ICC.1:2022, 7.2.6).
_RGB, _GREY, _INKS = b"RGB ", b"GRAY", b"CMYK"
_MOST_TAGS = 200


def prepare(image: pyvips.Image, space: ColourSpace | None) -> pyvips.Image:
    """Bring an opened image to values that may be averaged, before it is made smaller; works line by line.

    Print colours are mixed to red, green and blue as browsers do it, with and without a profile. A curve that is far
    from that of sRGB is changed for it, as averages of bare light look too bright.
    """
    is_print = image.interpretation == "cmyk"
    if image.get_typeof(_PROFILE) and (bytes(image.get(_PROFILE))[16:20] == _INKS) != is_print:
        image = _without_profile(image)
    if is_print:
        return _mixed(image)
    if space is None or space.hdr or space.curve == SRGB_CURVE:
        return image
    colours, alpha = split(image)
    values = encode(decode(unit_ramp(image.format), space.curve)).linear(255, 0.5, uchar=True)
    kind = "srgb" if colours.bands > 1 else "b-w"
    return join(colours.maplut(values).copy(interpretation=kind), alpha)


def to_srgb(image: pyvips.Image, space: ColourSpace | None, profile: bytes = b"") -> pyvips.Image:
    """Bring a prepared image in memory to 8-bit sRGB, in memory.

    A profile, this one or the image's own, counts only where there is no `space` and where it is for pictures of this
    kind; a broken one is passed over.
    """
    if space is not None:
        profile = b""
    elif not profile and image.get_typeof(_PROFILE):
        profile = bytes(image.get(_PROFILE))
    bare = _without_profile(image)
    if space is None and not profile and (image.interpretation, image.format) == ("srgb", "uchar"):
        return bare
    try:
        return _converted(bare, profile, space or ColourSpace()).copy_memory()
    except pyvips.Error:
        return _converted(bare, b"", ColourSpace()).copy_memory()


def _converted(image: pyvips.Image, profile: bytes, space: ColourSpace) -> pyvips.Image:
    # A curve of lightness for grey: Chromium reads only one of light.
    if profile[16:24] == _GREY + b"Lab ":
        profile = b""
    kind, is_grey = profile[16:20], image.bands < 3
    if kind == _GREY and is_grey:
        return _by_profile(image, profile)
    if is_grey:
        image = image.colourspace("rgb16" if image.format == "ushort" else "srgb")
    if kind == _RGB:
        return _by_profile(image, profile)
    if kind == _INKS:
        # Chromium has mixed black into the other inks by now.
        inks = image.invert().bandjoin(0)
        return _by_profile(inks.copy(interpretation="cmyk"), profile)
    if space.hdr:
        return hdr.to_srgb(image, space)
    image = image.colourspace("srgb").cast("uchar")
    if space.primaries == SRGB_PRIMARIES:
        return image
    colours, alpha = split(image)
    light = colours.colourspace("scrgb").recomb(conversion(space.primaries, SRGB_PRIMARIES))
    return join(light.copy(interpretation="scrgb").colourspace("srgb"), alpha)


def _mixed(image: pyvips.Image) -> pyvips.Image:
    """Mix print colours: each ink takes its share of light, and black of all three. The profile stays with them."""
    paper = image.invert()
    mixed = paper.extract_band(0, n=3) * paper[3]
    return mixed.linear(1 / 255, 0.5, uchar=True).copy(interpretation="srgb")


def _without_profile(image: pyvips.Image) -> pyvips.Image:
    image = image.copy()
    image.remove(_PROFILE)
    return image


def _by_profile(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, _PROFILE, _for_perception(profile))
    return image.icc_transform("srgb", embedded=True, intent="relative")


def _for_perception(profile: bytes) -> bytes:
    """Return a profile whose table for perceived colours is also that for measured ones.

    Chromium uses the first, and adapts no black. The imaging library would adapt it, but not with the second.
    """
    count = min(int.from_bytes(profile[128:132], "big"), _MOST_TAGS)
    places = {profile[at : at + 4]: at for at in range(132, 132 + 12 * count, 12)}
    if b"A2B0" not in places:
        return profile
    changed = bytearray(profile)
    for name, other in ((b"A2B1", b"zzzz"), (b"D2B1", b"zzzz"), (b"A2B0", b"A2B1")):
        if name in places:
            changed[places[name] : places[name] + 4] = other
    return bytes(changed)
