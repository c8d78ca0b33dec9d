"""A picture as the contract's JSON: its row and its addresses."""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import Any, Protocol
from urllib.parse import quote

from artworks.imaging.rendition_kinds import KINDS, UPLOAD_KINDS
from models import Image

# The shapes that justified.css has a class for: each five hundredths wider than the one before.
SHAPE_STEP, NARROWEST, WIDEST = 1.05, -24, 28
USUAL_RATIO = 4 / 3


def rendition_url(image_id: int, version: int, kind: str, below: str = "/images") -> str:
    """Return the address of a small copy of a picture: with its version in it, a browser may keep it for a year."""
    return f"{below}/{image_id}/{kind}?v={version}"


class Measured(Protocol):
    """A picture, or what is known of one, with its size as displayed."""

    @property
    def id(self) -> int:
        """Its id."""

    @property
    def rendition_version(self) -> int:
        """The version of its small copies."""

    @property
    def width(self) -> int | None:
        """In pixels; None where it was not measured yet."""

    @property
    def height(self) -> int | None:
        """In pixels; None where it was not measured yet."""


def widths(image: Measured, kinds: Iterable[str], below: str = "/images") -> list[tuple[str, int]]:
    """Return the addresses of small copies with their widths in pixels, each wider than the one before.

    Empty where the size of the picture is not known.
    """
    found: list[tuple[str, int]] = []
    if not image.width or not image.height:
        return found
    longest = max(image.width, image.height)
    for kind in kinds:
        width = max(1, round(image.width * min(1, KINDS[kind] / longest)))
        if found and kind in UPLOAD_KINDS and width == found[-1][1]:
            # It is there already.
            found.pop()
        if not found or width > found[-1][1]:
            found.append((rendition_url(image.id, image.rendition_version, kind, below), width))
    return found


def srcset(image: Measured, kinds: Iterable[str], below: str = "/images") -> str:
    """Return the small copies of a picture as HTML's `srcset` has them; empty where its size is not known."""
    return ", ".join(f"{url} {width}w" for url, width in widths(image, kinds, below))


def list_srcset(image: Measured) -> str:
    """Return the same for a list: the copies every picture has, as others would be made at the look, fifty at once."""
    return srcset(image, UPLOAD_KINDS)


def shape(image: Measured) -> int:
    """Return the number of the shape that a picture is hung in: 0 for a square, more for wider ones."""
    return min(WIDEST, max(NARROWEST, round(log(ratio(image), SHAPE_STEP))))


def ratio(image: Measured) -> float:
    """Return how wide a picture is for its height; a usual ratio where its size is not known."""
    return image.width / image.height if image.width and image.height else USUAL_RATIO


def original_url(stored_filename: str) -> str:
    """Return the address of a file as it was uploaded."""
    return f"/static/uploads/{quote(stored_filename)}"


def urls(image: Image) -> dict[str, str]:
    """Return the addresses of a picture: its page, its bytes, and the pieces of pages that show it."""
    page = f"/images/{image.id}"
    return {
        "page": page,
        "original": original_url(image.stored_filename),
        "preview": rendition_url(image.id, image.rendition_version, "preview"),
        "thumbnail": rendition_url(
            image.id, image.rendition_version, "thumbnail", "/trash" if image.trashed_at else "/images"
        ),
        "row": f"{page}/row",
        "generate": f"{page}/generate",
    }


def image_to_json(image: Image) -> dict[str, Any]:
    """Return the JSON of the contract."""
    links = urls(image)
    return {
        **image.to_dict(),
        "urls": {name: links[name] for name in ("page", "original", "preview", "thumbnail")},
    }
