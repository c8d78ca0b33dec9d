"""The colours that a list can be narrowed to: a swatch for each plain name, and any other one."""

from __future__ import annotations

from typing import Any

from artworks.search.filters import Filters
from artworks.web.listing import link

# What each name (artworks/search/query.py) looks like.
SWATCHES = {
    "red": "#d32f2f", "orange": "#f28c28", "yellow": "#f2d22e", "lime": "#a6d12f", "green": "#2f9e44",
    "teal": "#1a9c94", "sky blue": "#38a3e0", "blue": "#2f55d4", "violet": "#7b45c9", "pink": "#e05aa8",
    "brown": "#8a6a4f", "cream": "#efe6cf", "black": "#0d0d0d", "grey": "#8c8c8c", "white": "#fdfdfd",
}  # fmt: skip
START = "#1a9c94"


def choices(filters: Filters) -> dict[str, Any]:
    """Return what `library/_colours.html` shows; choosing the active swatch again takes the filter off."""
    return {
        "swatches": [
            {
                "name": name,
                "colour": colour,
                "url": link("/", filters.but(colour="" if name == filters.colour else name)),
                "active": name == filters.colour,
            }
            for name, colour in SWATCHES.items()
        ],
        "chosen": filters.colour if filters.colour.startswith("#") else SWATCHES.get(filters.colour, START),
        "kept": [(name, value) for name, value in filters.given.items() if name != "colour"],
    }
