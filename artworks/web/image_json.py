"""A picture as the contract's JSON: its row and its addresses."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from models import Image


def rendition_url(image_id: int, version: int, kind: str, below: str = "/images") -> str:
    """Return the address of a small copy of a picture: with its version in it, a browser may keep it for a year."""
    return f"{below}/{image_id}/{kind}?v={version}"


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
