"""The places: the pages that stand at the side of every page, or at the foot of a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from artworks.library.place_counts import MOST_PAIRS, count_places
from artworks.web import context
from models import db

MOST_SHOWN = 999


@dataclass(frozen=True)
class Place:
    """One place, with the icon it has and the pages that belong to it by the beginning of their address."""

    name: str
    path: str
    icon: str
    role: str = "editor"
    # On a phone there is room for four; these are behind "More".
    further: bool = False
    # The first of those for what one seldom does, after a line.
    apart: bool = False
    holds: tuple[str, ...] = ()
    # The digit that leads there.
    key: str = ""

    def holds_page(self, path: str) -> bool:
        """Return whether a page is this place or belongs to it."""
        return any(path == one or path.startswith(f"{one}/") for one in (self.path, *self.holds))


PLACES = (
    Place(
        "Library",
        "/",
        "images",
        "viewer",
        holds=("/images", "/bulk", "/export", "/categories", "/tags", "/views"),
        key="1",
    ),
    Place("Review", "/review", "check2-circle", key="2"),
    Place("Collections", "/collections", "collection", "viewer"),
    Place("Shared", "/shared", "share"),
    Place("Batches", "/batches", "stars", further=True),
    Place("Look-alikes", "/look-alikes", "files", further=True),
    Place("Trash", "/trash", "trash3", further=True, apart=True),
    Place("Usage", "/usage", "bar-chart", further=True),
    Place("Settings", "/settings", "gear", "owner", further=True, holds=("/people", "/audit")),
)


def places(*, counted: bool = True) -> list[dict[str, Any]]:
    """Return the places of whoever calls, each with how many there are of what it holds unless `counted` is off."""
    may = context.actor().may
    shown = counts() if counted else {}
    return [
        {
            "name": one.name,
            "url": one.path,
            "icon": one.icon,
            "key": one.key,
            "further": one.further,
            "apart": one.apart,
            "current": _current(one),
            "waiting": shown.get(one.path) if one.path == "/review" else None,
            "count": shown.get(one.path) if one.path != "/review" else None,
        }
        for one in PLACES
        if may(one.role)
    ]


def counts() -> dict[str, str]:
    """Return by address how many each place has, as it is shown: nothing, "1,240" or "999+"."""
    found = count_places(db.session())
    return {
        "/": f"{found.images:,}" if found.images else "",
        "/review": _at_most(found.waiting),
        "/collections": _at_most(found.collections),
        "/shared": _at_most(found.galleries),
        "/look-alikes": _at_most(found.look_alikes, MOST_PAIRS - 1),
    }


def _at_most(count: int, most: int = MOST_SHOWN) -> str:
    return f"{most}+" if count > most else str(count or "")


def _current(one: Place) -> str:
    """Return the value of aria-current: "page" for the place itself, "true" for what belongs to it."""
    if request.path == one.path:
        return "page"
    return "true" if one.holds_page(request.path) else ""
