"""Write renditions: as JPEG or WebP, with or without loss, whichever shows the picture well in few bytes."""

from __future__ import annotations

from typing import Literal, NamedTuple

import pyvips

# So small a picture is kept exactly in any case: at most 65 kB.
_TINY_PIXELS = 128 * 128
# For others it is told by the original before anything is written: two copies of which one is thrown away would take
# twice the time. These are the most bytes of an original for each pixel of the preview. Without loss WebP has about as
# many, and so many a JPEG has too, which takes as long. Of few pixels more are let through, and of few colours, where a
# JPEG has far more. What is made smaller gets colours in between, and so many bytes more.
_MOST_DENSITY, _MOST_DENSITY_MADE_SMALLER = 0.12, 0.02
# With alpha all is WebP, and writing it with loss takes three times as long as without.
_MOST_DENSITY_ALPHA = 0.2
_SMALL_PIXELS, _MOST_DENSITY_SMALL = 320 * 320, 0.7
_FEW_COLOURS, _MOST_DENSITY_FEW_COLOURS = 32, 1.0
# So many pixels each way are looked at for their colours.
_SAMPLE = 40
# Up to this density the second least effort of WebP takes no longer than the least and needs down to a seventh of the
# bytes; of denser pictures it takes several times as long for a quarter less.
_MOST_DENSITY_FLAT = 0.05
# So many pixels each way are looked at for their colours.
_SAMPLE = 40
# Colours are fine where this share of a thumbnail's pixels is this far (of 255) from the mean of four. Photographs have
# a twentieth of it, coloured lines and letters ten times as much.
_FINE_SHARE, _FINE_STEP = 0.002, 24
# In WebP, which always halves the resolution of colours, keeping fine ones takes as long again as all the rest. So much
# of a preview has to be fine for it: drawings have half of it, coloured lines and letters twice as much and more.
_FINE_SHARE_ALPHA = 0.03


class Source(NamedTuple):
    """What the original was: with or without loss, with coarse colours; its bytes for a frame."""

    lossless: bool
    coarse: bool
    size: int
    made_smaller: bool


class Written(NamedTuple):
    """Both renditions and what they are."""

    thumbnail: bytes
    preview: bytes
    media_type: Literal["image/jpeg", "image/webp"]


def write(preview: pyvips.Image, thumbnail: pyvips.Image, source: Source) -> Written:
    """Write both renditions without metadata, as one media type.

    A picture that came without loss (PNG, GIF) has its preview without (WebP) where that takes few bytes and little
    time: with at most 128 x 128 pixels, and with flat colours, lines and pixels. All others, and what came as a JPEG,
    are lossy: WebP with alpha, else JPEG, of quality 82, and of 88 when not made smaller. Colours that are fine have
    the full resolution in a JPEG, if they had it in the original or that is larger, and nearly in a preview with alpha.
    """
    alike = (preview.width, preview.height) == (thumbnail.width, thumbnail.height)
    quality = 82 if source.made_smaller else 88
    if _is_worth_exactness(preview, source):
        written = _exact(preview, source)
        small = written if alike else _webp(thumbnail, 90, effort=1)
    elif preview.hasalpha():
        written = _webp(preview, quality + 2, is_fine=_has_fine_lines(preview))
        small = written if alike else _webp(thumbnail, 84)
    else:
        is_fine = (source.made_smaller or not source.coarse) and _fine_share(thumbnail) > _FINE_SHARE
        written = jpeg(preview, quality, is_fine=is_fine)
        small = written if alike else jpeg(thumbnail, is_fine=is_fine)
        return Written(small, written, "image/jpeg")
    return Written(small, written, "image/webp")


def jpeg(image: pyvips.Image, quality: int = 82, *, is_fine: bool = False) -> bytes:
    """Write an opaque image as JPEG."""
    chroma = "off" if is_fine else "on"
    return bytes(image.jpegsave_buffer(Q=quality, optimize_coding=True, subsample_mode=chroma, keep="none"))


def _webp(image: pyvips.Image, quality: int, effort: int = 2, *, is_fine: bool = False) -> bytes:
    return bytes(image.webpsave_buffer(Q=quality, effort=effort, smart_subsample=is_fine, keep="none"))


def _exact(image: pyvips.Image, source: Source) -> bytes:
    # Here the quality is how long repetitions are looked for.
    effort = 1 if source.size <= _MOST_DENSITY_FLAT * image.width * image.height else 0
    return bytes(image.webpsave_buffer(lossless=True, Q=0, effort=effort, keep="none"))


def _is_worth_exactness(preview: pyvips.Image, source: Source) -> bool:
    """Return whether a preview without loss takes few bytes and little time."""
    if not source.lossless:
        return False
    pixels: int = preview.width * preview.height
    density = source.size / pixels
    if source.made_smaller:
        return density <= _MOST_DENSITY_MADE_SMALLER
    usual = _MOST_DENSITY_ALPHA if preview.hasalpha() else _MOST_DENSITY
    return (
        pixels <= _TINY_PIXELS
        or density <= (_MOST_DENSITY_SMALL if pixels <= _SMALL_PIXELS else usual)
        or (density <= _MOST_DENSITY_FEW_COLOURS and _has_few_colours(preview))
    )


def _has_few_colours(image: pyvips.Image) -> bool:
    """Return whether a sample of pixels has few colours, the alpha left out."""
    sample = image.subsample(max(1, image.width // _SAMPLE), max(1, image.height // _SAMPLE))
    values, bands = sample.write_to_memory(), sample.bands
    colours = bands - 1 if sample.hasalpha() else bands
    return len({bytes(values[at : at + colours]) for at in range(0, len(values), bands)}) <= _FEW_COLOURS


def _has_fine_lines(image: pyvips.Image) -> bool:
    """Return whether the middle of an image with alpha has fine colours, as far as they are seen."""
    across, down = max(1, image.width // 2), max(1, image.height // 2)
    middle = image.crop((image.width - across) // 2, (image.height - down) // 2, across, down)
    return _fine_share(middle.premultiply().cast("uchar")) > _FINE_SHARE_ALPHA


def _fine_share(image: pyvips.Image) -> float:
    """Return the share of colours that change too much from pixel to pixel for half of their resolution."""
    width, height = image.width // 2 * 2, image.height // 2 * 2
    if not width or not height:
        return 1.0
    even = image.crop(0, 0, width, height)
    chroma = (even[0] - even[1]).bandjoin(even[2] - even[1]).copy_memory()
    apart = (chroma - chroma.shrink(2, 2).zoom(2, 2)).abs() > _FINE_STEP
    return float(apart.avg()) / 255
