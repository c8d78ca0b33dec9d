"""Turn an uploaded picture into its thumbnail, its preview and the copy sent to the model.

With artworks/imaging/drawing it alone knows the imaging library (libvips, through pyvips); only a decoder's process
imports it (artworks/imaging/decoder_worker.py), which is ended when a picture takes too long or too much memory. Each
loader is called by its name, on bytes that a check (artworks/imaging/checks) has read, so no other parser can be
reached by a renamed or a mixed file.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyvips

from artworks.core.errors import DamagedFile
from artworks.imaging import perceptual_hash
from artworks.imaging.checks import gif, png
from artworks.imaging.checks import jpeg as jpeg_check
from artworks.imaging.checks.decode_plan import INCOMPLETE, MAX_DECODER_BYTES, TOO_HEAVY, DecodePlan
from artworks.imaging.colours import main_colours
from artworks.imaging.drawing.colour_conversion import prepare, to_srgb
from artworks.imaging.drawing.encoding import Source, jpeg, write
from artworks.imaging.libvips_warnings import listen
from artworks.imaging.rendition_kinds import (
    MODEL_PX,
    PREVIEW_PX,
    THUMBNAIL_PX,
    Renditions,
    RenditionType,
)

# Of a picture that has to be turned so much is held at once, and less beside a decoder that holds much itself: the
# file is gone through several times rather than held whole.
_HELD_BYTES = 100_000_000
_LEAST_HELD_BYTES = 30_000_000
_LINES_AT_ONCE = 64
_CHECKS: dict[str, Callable[[bytes], DecodePlan]] = {
    "image/jpeg": jpeg_check.inspect_header,
    "image/png": png.inspect_header,
    "image/gif": gif.inspect_header,
}
# EXIF orientation: quarter turns clockwise, then whether to mirror left to right (EXIF 2.32, 4.6.5.A).
_TURNS = {
    1: (0, False),
    2: (0, True),
    3: (2, False),
    4: (2, True),
    5: (1, True),
    6: (1, False),
    7: (3, True),
    8: (3, False),
}
# What libjpeg mentions of files that lack nothing: cameras and old editors leave a few stray bytes before a
# marker, or write their scans in an unusual order.
_HARMLESS = re.compile(
    r"\b1?\d extraneous bytes before marker|Inconsistent progression|unknown JFIF revision"
    r"|Unknown Adobe color transform|Invalid SOS parameters for sequential JPEG|bad ICC marker"
)
# What libvips and libjpeg say when they are given no more memory.
_NO_MEMORY = re.compile(r"out of memory|[Ii]nsufficient memory")

# One core a picture: several people upload at once, and two threads on one picture win little.
pyvips.concurrency_set(1)
# Every picture is opened once; remembering operations would only hold their memory.
pyvips.cache_set_max(0)
_late_warnings = listen()


def inspect_header(data: bytes, media_type: str) -> DecodePlan:
    """Check a picture's structure without decoding it. Raises DamagedFile in plain words."""
    return _CHECKS[media_type](data)


def make(plan: DecodePlan, media_type: str) -> Renditions:
    """Read a whole picture and make its renditions.

    The thumbnail has at most 320 px on its longest side, the preview 1,280; nothing is enlarged. They are
    upright and in sRGB, as Chromium draws the picture; `artworks.imaging.drawing.encoding.write` tells how they are
    written. Raises DamagedFile for a file that is cut off, broken or too heavy.
    """
    with _library_errors():
        small = _decode(plan, media_type, PREVIEW_PX)
        thumbnail = _fit(small, THUMBNAIL_PX)
        written = write(small, thumbnail, _source(plan, media_type, PREVIEW_PX))
        return Renditions(
            thumbnail=written.thumbnail,
            preview=written.preview,
            media_type=written.media_type,
            width=plan.upright_size[0],
            height=plan.upright_size[1],
            colours=_colours(thumbnail),
            perceptual_hash=_perceptual_hash(thumbnail),
        )


def make_size(plan: DecodePlan, media_type: str, longest: int) -> tuple[bytes, RenditionType]:
    """Make one picture of at most `longest` px as `make` draws it, and return its media type. Raises DamagedFile."""
    with _library_errors():
        image = _decode(plan, media_type, longest)
        written = write(image, _fit(image, THUMBNAIL_PX), _source(plan, media_type, longest))
        return written.preview, written.media_type


def _source(plan: DecodePlan, media_type: str, longest: int) -> Source:
    """Return what the original of a copy of at most `longest` px was."""
    return Source(
        lossless=media_type != "image/jpeg",
        coarse=plan.has_coarse_colours,
        size=len(plan.data) // plan.frames,
        made_smaller=max(plan.width, plan.height) > longest,
    )


def for_model(plan: DecodePlan, media_type: str) -> bytes:
    """Make the still JPEG of at most 1,024 px that the model is shown of an original. Raises DamagedFile."""
    with _library_errors():
        return _for_model(_decode(plan, media_type, MODEL_PX))


def preview_for_model(preview: bytes, media_type: str) -> bytes:
    """Make the same of a preview. Raises DamagedFile."""
    with _library_errors():
        return _for_model(_open_rendition(preview, media_type))


def _for_model(small: pyvips.Image) -> bytes:
    if small.hasalpha():
        small = small.flatten(background=255)
    return jpeg(_fit(small, MODEL_PX))


def measure(thumbnail: bytes, media_type: str) -> tuple[list[str], int | None]:
    """Measure the main colours and the perceptual hash of a thumbnail that was made before. Raises DamagedFile."""
    with _library_errors():
        image = _open_rendition(thumbnail, media_type)
        return _colours(image), _perceptual_hash(image)


def _open_rendition(rendition: bytes, media_type: str) -> pyvips.Image:
    loader = pyvips.Image.webpload_buffer if media_type == "image/webp" else pyvips.Image.jpegload_buffer
    return loader(rendition).copy_memory()


@contextmanager
def _library_errors() -> Iterator[None]:
    """Raise DamagedFile for what the library says of a picture."""
    try:
        yield
    except pyvips.Error as error:
        raise DamagedFile(TOO_HEAVY if _NO_MEMORY.search(str(error)) else INCOMPLETE) from error


def bytes_to_hash(plan: DecodePlan) -> int:
    """Estimate what `pixel_hash` holds at once."""
    held = 4 * plan.width * plan.height if plan.orientation > 2 else 0
    return plan.decoder_bytes + min(held, _held_bytes(plan))


def pixel_hash(plan: DecodePlan, media_type: str) -> str:
    """Hash the bare pixels of a picture: upright, 8-bit sRGB with alpha, with its width and height.

    Whatever else is in the file, its format and how well it is packed make no difference; all frames of an animation
    and how long they stay do. The whole picture is decoded (100 ms for 12 million pixels) within the memory of `make`,
    and is never held whole: one that has to be turned is decoded once for each 25 million pixels of it, or 7 million
    where the decoder holds much itself. Raises DamagedFile for what cannot be decoded.
    """
    try:
        return _hashed(plan, media_type, profile=True)
    except pyvips.Error as error:
        if _NO_MEMORY.search(str(error)):
            raise DamagedFile(TOO_HEAVY) from error
    with _library_errors():
        # Perhaps the colour profile is broken, which `make` passes over too.
        return _hashed(plan, media_type, profile=False)


def _hashed(plan: DecodePlan, media_type: str, *, profile: bool) -> str:
    if plan.frames > 1:
        image = pyvips.Image.gifload_buffer(plan.data, n=-1, access="sequential", fail_on="truncated")
        delays = image.get("delay") if image.get_typeof("delay") else []
        pieces = iter([_rgba(image, profile=profile)])
    else:
        delays = []

        def opened() -> pyvips.Image:
            image = _open_image(plan, media_type, max(plan.width, plan.height), "truncated")
            return _rgba(image, profile=profile)

        pieces = _upright_pieces(opened, plan)
    found = hashlib.sha256(f"{plan.upright_size} {plan.frames} {delays}".encode())
    for piece in pieces:
        for lines in _lines(piece):
            found.update(lines)
        # Before the next one is made: two would be too many.
        del piece
    return found.hexdigest()


def _lines(image: pyvips.Image) -> Iterator[bytes]:
    region = pyvips.Region.new(image)
    for top in range(0, image.height, _LINES_AT_ONCE):
        yield region.fetch(0, top, image.width, min(_LINES_AT_ONCE, image.height - top))


def _upright_pieces(opened: Callable[[], pyvips.Image], plan: DecodePlan) -> Iterator[pyvips.Image]:
    """Yield a picture in pieces that make it up upright, from top to bottom; `opened` opens it for one reading.

    As it stands, or mirrored left to right, it is gone through line by line. Else the lines of the upright picture are
    columns of the stored one, or its lines from below: as many as may be held are cut out and turned at a time.
    """
    if plan.orientation <= 2:
        yield _upright(opened(), plan.orientation)
        return
    quarters, _ = _TURNS[plan.orientation]
    across, down = plan.upright_size
    step = max(1, _held_bytes(plan) // (4 * across))
    for top in range(0, down, step):
        lines = min(step, down - top)
        start = top if quarters == 1 else down - top - lines
        area = (0, start, across, lines) if quarters == 2 else (start, 0, lines, across)
        yield _upright(opened().crop(*area).copy_memory(), plan.orientation)


def _held_bytes(plan: DecodePlan) -> int:
    return max(_LEAST_HELD_BYTES, min(_HELD_BYTES, MAX_DECODER_BYTES - plan.decoder_bytes))


def _rgba(image: pyvips.Image, *, profile: bool) -> pyvips.Image:
    """Bring an image to 8-bit sRGB with alpha, line by line as it is read."""
    if image.format == "ushort" and image.hasalpha():
        image = image.cast("uchar", shift=True).copy(interpretation="srgb" if image.bands > 2 else "b-w")
    if image.get_typeof("icc-profile-data"):
        if profile:
            image = image.icc_transform("srgb", embedded=True, intent="relative")
        else:
            image = image.copy()
            image.remove("icc-profile-data")
    image = image.colourspace("srgb").cast("uchar")
    return image if image.hasalpha() else image.bandjoin(255)


def _decode(plan: DecodePlan, media_type: str, longest: int) -> pyvips.Image:
    """Decode a picture once to at most `longest` px: upright, sRGB, 8 bits, alpha only if it is used.

    Raises DamagedFile, or what the library raises.
    """

    def small(fail_on: str) -> pyvips.Image:
        image = prepare(_open_image(plan, media_type, longest, fail_on), plan.colour_space)
        return _shrunk(image, plan, longest).copy_memory()

    try:
        _late_warnings.seen = False
        image = small("warning")
        if _late_warnings.seen:
            raise DamagedFile(INCOMPLETE)
    except pyvips.Error as error:
        if not _HARMLESS.search(str(error)):
            raise
        image = small("truncated")
    if plan.frames > 1:
        _all_frames(plan).copy_memory()
    if plan.orientation > 1:
        image = _upright(image, plan.orientation).copy_memory()
    return _without_empty_alpha(to_srgb(image, plan.colour_space, plan.profile))


def _open_image(plan: DecodePlan, media_type: str, longest: int, fail_on: str) -> pyvips.Image:
    """Open the checked bytes line by line, a JPEG already scaled down by its decoder."""
    if media_type == "image/png":
        image = pyvips.Image.pngload_buffer(plan.data, access="sequential", fail_on=fail_on)
        return _on_canvas(image, plan)
    if media_type == "image/gif":
        image = pyvips.Image.gifload_buffer(plan.data, access="sequential", fail_on=fail_on)
        image = image.crop(0, 0, min(plan.width, image.width), min(plan.height, image.height))
        if plan.frame:
            image = image.crop(plan.frame.left, plan.frame.top, plan.frame.width, plan.frame.height)
        return _on_canvas(image, plan)
    # An eighth of a strip one pixel wide would be nothing.
    ratio = min(max(plan.width, plan.height) // longest, plan.width, plan.height)
    shrink = 8 if ratio >= 8 else 4 if ratio >= 4 else 2 if ratio >= 2 else 1
    return pyvips.Image.jpegload_buffer(plan.data, shrink=shrink, access="sequential", fail_on=fail_on)


def _on_canvas(image: pyvips.Image, plan: DecodePlan) -> pyvips.Image:
    """Put an image where it lies on the picture's canvas, which is see-through around it."""
    left, top = (plan.frame.left, plan.frame.top) if plan.frame else (0, 0)
    if (image.width, image.height) == (plan.width, plan.height):
        return image
    image = image if image.hasalpha() else image.addalpha()
    return image.embed(left, top, plan.width, plan.height)


def _shrunk(image: pyvips.Image, plan: DecodePlan, longest: int) -> pyvips.Image:
    """Scale an image down to at most `longest` px of the original's proportions, each side at least 1 px."""
    scale = min(1.0, longest / max(plan.width, plan.height))
    width, height = max(1, round(plan.width * scale)), max(1, round(plan.height * scale))
    if (image.width, image.height) == (width, height):
        return image
    across, down = width / image.width, height / image.height
    if not image.hasalpha():
        return image.resize(across, vscale=down)
    # A see-through pixel's colour must not bleed into its neighbours. 8 bits a channel take a quarter of the
    # memory and of the time.
    if image.format == "ushort":
        image = image.cast("uchar", shift=True).copy(interpretation="srgb" if image.bands > 2 else "b-w")
    masked = image.premultiply().cast("uchar")
    return masked.resize(across, vscale=down).unpremultiply().cast("uchar")


def _fit(image: pyvips.Image, longest: int) -> pyvips.Image:
    """Make a smaller one of a finished rendition."""
    plan = DecodePlan(image.width, image.height, b"")
    return _shrunk(image, plan, longest).copy_memory()


def _upright(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Turn and mirror an image in memory as its EXIF orientation asks."""
    quarters, mirrored = _TURNS[orientation]
    if quarters:
        image = image.rot(f"d{90 * quarters}")
    return image.fliphor() if mirrored else image


def _without_empty_alpha(image: pyvips.Image) -> pyvips.Image:
    """Drop an alpha channel that hides nothing."""
    if not image.hasalpha() or image[image.bands - 1].min() < 255:
        return image
    return image.extract_band(0, n=image.bands - 1).copy_memory()


def _all_frames(plan: DecodePlan) -> pyvips.Image:
    """Open an animation as one column of frames, of which next to nothing is kept when it is read."""
    frames = pyvips.Image.gifload_buffer(plan.data, n=-1, access="sequential", fail_on="warning")
    return frames[0].subsample(frames.width, 1)


def _colours(thumbnail: pyvips.Image) -> list[str]:
    """Find the main colours among every n-th pixel; averages would be colours that are not in the picture."""
    step = max(1, thumbnail.width // 48, thumbnail.height // 48)
    tiny = thumbnail.subsample(min(step, thumbnail.width), min(step, thumbnail.height))
    rgba = tiny if tiny.hasalpha() else tiny.bandjoin(255)
    return main_colours(bytes(rgba.write_to_memory()))


def _perceptual_hash(thumbnail: pyvips.Image) -> int | None:
    """Return the perceptual hash of an upright thumbnail, white behind what is see-through."""
    opaque = thumbnail.flatten(background=255) if thumbnail.hasalpha() else thumbnail
    grey = opaque.colourspace("b-w").cast("float")
    tiny = grey.resize(perceptual_hash.ACROSS / grey.width, vscale=perceptual_hash.DOWN / grey.height)
    return perceptual_hash.difference_hash(array("f", bytes(tiny.write_to_memory())))
