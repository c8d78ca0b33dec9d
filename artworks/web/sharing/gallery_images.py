"""How the pictures of a gallery are shown: the sizes that it gives away, and how wide each picture is."""

from __future__ import annotations

from artworks.imaging.rendition_kinds import KINDS
from artworks.web.image_json import ratio
from models import Image

# What every gallery gives away; larger sizes come near an original, and go with those.
SHARED_KINDS = ("thumbnail", "phone", "preview")
# About how high a row of the wall is: in hundredths of the window's width, and in pixels on a phone.
ROW_VW, ROW_OF_PHONE_PX = 17, 170


def size_of(image: Image, kind: str) -> tuple[int, int] | None:
    """Return the width and height of a small copy in pixels; None where the size of the picture is not known."""
    if not image.width or not image.height:
        return None
    part = min(1, KINDS[kind] / max(image.width, image.height))
    return max(1, round(image.width * part)), max(1, round(image.height * part))


def sizes(image: Image) -> str:
    """Return about how wide a picture is on the wall, as HTML's `sizes` has it."""
    shown = ratio(image)
    wide, narrow = min(100, round(shown * ROW_VW)), min(540, round(shown * ROW_OF_PHONE_PX))
    return f"(max-width:575px) {narrow}px,{wide}vw"
