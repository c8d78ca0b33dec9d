"""The small pictures that are made of an original: their sizes, their types, and what one making gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

THUMBNAIL_PX = 320
PREVIEW_PX = 1280
MODEL_PX = 1024

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
