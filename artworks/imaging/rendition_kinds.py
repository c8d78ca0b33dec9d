"""The small pictures that are made of an original: their version, kinds, sizes, types, and what one making gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Which drawing of originals this is. One more whenever pictures come out differently: those that are there already are
# then made anew in the background (artworks/images/remaking.py).
RENDITION_VERSION = 2
THUMBNAIL_PX = 320
PREVIEW_PX = 1280
MODEL_PX = 1024
# The longest side of each kind: those that every picture gets with its upload, and those that are made at the first
# look and kept for a while (artworks/images/sizes.py). A new size is a new word here.
UPLOAD_KINDS = {"thumbnail": THUMBNAIL_PX, "preview": PREVIEW_PX}
LATER_KINDS = {"phone": 640, "viewer": 2560, "large": 5120}
KINDS = {**UPLOAD_KINDS, **LATER_KINDS}

RenditionType = Literal["image/jpeg", "image/webp"]


@dataclass(frozen=True)
class Renditions:
    """The small pictures made of an original, of one media type, without any metadata.

    `width` and `height` are the original's, as displayed; `colours` are up to 5 "#rrggbb", main ones first;
    `perceptual_hash` is that of artworks/imaging/perceptual_hash.py.
    """

    thumbnail: bytes
    preview: bytes
    media_type: RenditionType
    width: int
    height: int
    colours: list[str]
    perceptual_hash: int | None
