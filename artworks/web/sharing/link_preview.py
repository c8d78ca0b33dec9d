"""What a messenger shows beside the address of a gallery: its title, a sentence, and one of its pictures."""

from __future__ import annotations

from typing import NamedTuple

from flask import request

from artworks.web import urls
from artworks.web.image_json import rendition_url
from artworks.web.sharing.gallery_images import size_of
from artworks.web.templating import count_pictures
from models import Image, ShareLink

LONGEST = 200
# What those that fetch a page for its preview, or for a search, call themselves. None of them is a visit.
ROBOTS = (
    "bot", "crawl", "spider", "preview", "facebookexternalhit", "whatsapp", "slack", "skype", "telegram", "embed",
    "fetch", "curl", "wget", "python-requests",
)  # fmt: skip


class LinkPreview(NamedTuple):
    """The title, the sentence, the whole address of the page, and a picture with its alt text and its size."""

    title: str
    description: str
    url: str
    image: str
    alt: str
    size: tuple[int, int] | None


def of(
    share: ShareLink, title: str, description: str, image: Image | None, alt: str, key: str
) -> LinkPreview | None:
    """Return the preview of a page of a gallery; None where there is a passcode, which it would go round."""
    if share.passcode_hash is not None:
        return None
    address, size = "", None
    if image is not None:
        below = urls.absolute_url(f"/share/{key}")
        address = rendition_url(image.id, image.rendition_version, "preview", below)
        size = size_of(image, "preview")
    return LinkPreview(title, _shorten(description), urls.absolute_url(request.path), address, alt, size)


def describe(share: ShareLink, total: int) -> str:
    """Return the sentence about a whole gallery: its note, else how many pictures it has."""
    return share.note or count_pictures(total)


def is_robot() -> bool:
    """Return whether the caller fetches a page for no person who looks at it."""
    called = request.user_agent.string.lower()
    return request.method == "HEAD" or any(word in called for word in ROBOTS)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"
