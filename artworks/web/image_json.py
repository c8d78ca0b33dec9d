"""A picture as the contract's JSON and as pages hang it: its row, its addresses, its shape."""

from __future__ import annotations

from math import ceil, log
from typing import Any
from urllib.parse import quote

from artworks.imaging.rendition_kinds import PREVIEW_PX, UPLOAD_KINDS
from artworks.search.listed_image import ListedImage
from models import Image

# The shapes that justified.css has a class for: each five hundredths wider than the one before.
SHAPE_STEP, NARROWEST, WIDEST = 1.05, -24, 28
USUAL_RATIO = 4 / 3


def rendition_url(image_id: int, version: int, kind: str, below: str = "/images") -> str:
    """Return the address of a small copy of a picture: with its version in it, a browser may keep it for a year."""
    return f"{below}/{image_id}/{kind}?v={version}"


def srcset(image: Image | ListedImage, below: str = "/images") -> str:
    """Return the small copies a list may ask for, with their widths: those that every picture has.

    Later sizes are made at a look, and a list of fifty would have fifty made at once.
    """
    narrowed, longest = min(1.0, _ratio(image)), max(image.width or PREVIEW_PX, image.height or PREVIEW_PX)
    return ",".join(
        f"{rendition_url(image.id, image.rendition_version, kind, below)} {ceil(min(side, longest) * narrowed)}w"
        for kind, side in UPLOAD_KINDS.items()
    )


def shape(image: Image | ListedImage) -> int:
    """Return the number of the shape that a picture is hung in: 0 for a square, more for wider ones."""
    return min(WIDEST, max(NARROWEST, round(log(_ratio(image), SHAPE_STEP))))


def _ratio(image: Image | ListedImage) -> float:
    return image.width / image.height if image.width and image.height else USUAL_RATIO


def urls(image: Image) -> dict[str, str]:
    """Return the addresses of a picture: its page, its bytes, and the pieces of pages that show it."""
    page = f"/images/{image.id}"
    return {
        "page": page,
        "original": f"/static/uploads/{quote(image.stored_filename)}",
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
