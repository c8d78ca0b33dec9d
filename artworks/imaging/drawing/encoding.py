"""Write renditions: as JPEG or WebP, with or without loss, whichever shows the picture well in few bytes."""

from __future__ import annotations

from typing import Literal, NamedTuple

import pyvips

# So small a picture is kept exactly in any case: at most 65 kB.
_SMALL_PIXELS = 128 * 128
# How many times the bytes of a lossy copy one without loss may have. A thumbnail's lines are finer for its size.
_PREVIEW_RATIO, _THUMBNAIL_RATIO = 1.5, 2.0
# Packing a photograph without loss takes half a second, so it is not tried where nothing comes of it: WebP takes half
# of a PNG's or GIF's bytes or more, and blending makes a small copy of a picture with more than this less alike.
_MOST_SOURCE_RATIO = 2.5
_MOST_SOURCE_BYTES_A_PIXEL = 0.35
# Colours are fine where this share of a thumbnail's pixels is this far (of 255) from the mean of four. Photographs have
# a twentieth of it, coloured lines and letters ten times as much.
_FINE_SHARE, _FINE_STEP = 0.002, 24


class Source(NamedTuple):
    """What the original was: with or without loss, with coarse colours; its bytes for a frame, its pixels."""

    lossless: bool
    coarse: bool
    size: int
    pixels: int
    made_smaller: bool


class Written(NamedTuple):
    """Both renditions and what they are."""

    thumbnail: bytes
    preview: bytes
    media_type: Literal["image/jpeg", "image/webp"]


def write(preview: pyvips.Image, thumbnail: pyvips.Image, source: Source) -> Written:
    """Write both renditions without metadata, as one media type.

    A picture that came without loss (PNG, GIF) is kept without (WebP) where it has at most 128 x 128 pixels, and where
    that takes no more than 1.5 times the bytes of a lossy copy, as with flat colours, lines and pixels. All others,
    and what came as a JPEG, are lossy: WebP with alpha, else JPEG, of quality 82, and of 88 when not made smaller.
    Colours that are fine have the full resolution in a JPEG, if they had it in the original or that is larger.
    """
    is_fine = (source.made_smaller or not source.coarse) and _has_fine_colours(thumbnail)
    lossy = _lossy(preview, 82 if source.made_smaller else 88, is_fine=is_fine)
    exact = _preview_without_loss(preview, thumbnail, len(lossy), source) if source.lossless else b""
    alike = (preview.width, preview.height) == (thumbnail.width, thumbnail.height)
    if exact:
        small = exact if alike else _exact_or(thumbnail, _webp(thumbnail, 90, is_fine=True))
        return Written(small, exact, "image/webp")
    small = lossy if alike else _lossy(thumbnail, 82, is_fine=is_fine)
    return Written(small, lossy, "image/webp" if preview.hasalpha() else "image/jpeg")


def jpeg(image: pyvips.Image, quality: int = 82, *, is_fine: bool = False) -> bytes:
    """Write an opaque image as JPEG."""
    chroma = "off" if is_fine else "on"
    return bytes(image.jpegsave_buffer(Q=quality, optimize_coding=True, subsample_mode=chroma, keep="none"))


def _lossy(image: pyvips.Image, quality: int, *, is_fine: bool) -> bytes:
    if image.hasalpha():
        return _webp(image, quality + 2, is_fine=is_fine)
    return jpeg(image, quality, is_fine=is_fine)


def _webp(image: pyvips.Image, quality: int, *, is_fine: bool) -> bytes:
    return bytes(image.webpsave_buffer(Q=quality, effort=2, smart_subsample=is_fine, keep="none"))


def _exact(image: pyvips.Image) -> bytes:
    return bytes(image.webpsave_buffer(lossless=True, effort=1, keep="none"))


def _preview_without_loss(
    preview: pyvips.Image, thumbnail: pyvips.Image, lossy_bytes: int, source: Source
) -> bytes:
    """Return the preview without loss, or nothing where that is not worth its bytes or the time to try."""
    if preview.width * preview.height <= _SMALL_PIXELS:
        return _exact(preview)
    most = (
        _MOST_SOURCE_BYTES_A_PIXEL * source.pixels
        if source.made_smaller
        else _MOST_SOURCE_RATIO * lossy_bytes
    )
    if source.size > most:
        return b""
    if source.made_smaller:
        small = _lossy(thumbnail, 82, is_fine=True)
        if _exact_or(thumbnail, small) is small:
            return b""
    exact = _exact(preview)
    return exact if len(exact) <= _PREVIEW_RATIO * lossy_bytes else b""


def _exact_or(thumbnail: pyvips.Image, lossy: bytes) -> bytes:
    """Return a thumbnail without loss, or the lossy one where that has far fewer bytes."""
    exact = _exact(thumbnail)
    return exact if len(exact) <= _THUMBNAIL_RATIO * len(lossy) else lossy


def _has_fine_colours(image: pyvips.Image) -> bool:
    """Return whether colours change so much from pixel to pixel that half of their resolution is too little."""
    width, height = image.width // 2 * 2, image.height // 2 * 2
    if not width or not height:
        return True
    even = image.crop(0, 0, width, height)
    # The alpha is left out; what is wholly see-through is of one colour.
    chroma = (even[0].cast("short") - even[1]).bandjoin(even[2].cast("short") - even[1])
    apart = (chroma - chroma.shrink(2, 2).zoom(2, 2)).abs() > _FINE_STEP
    return bool(apart.avg() / 255 > _FINE_SHARE)
