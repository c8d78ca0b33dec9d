"""The pages with lists of pictures: the list, its filters as chips, the sidebar and the colours beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from artworks.library.sidebar import SidebarData
from artworks.search import listing as search
from artworks.search.counts import estimate
from artworks.search.filters import NAMES, Filters, describe_chips
from artworks.search.spelling import suggest
from artworks.taxonomy.queries import CategorySummary
from artworks.texts.folding import bare_tag, fold
from artworks.web import context
from artworks.web.urls import link, links_by, query_of
from models import STATUSES, db

PAGE_SIZE = 50
# So many categories stand in the sidebar with all their subcategories. Of more, only the chosen one shows its own, and
# those after the first ones are folded away.
# Columns of the table that sort: the order that they begin with, and the same turned round.
HEADS = {
    "added": ("newest", "oldest"),
    "title": ("title", "title_down"),
    "status": ("status", "status_down"),
}
FEW_CATEGORIES, FIRST_CATEGORIES = 24, 12


def list_context(
    filters: Filters, after: str, view: str, path: str = "/", total: int | None = None
) -> dict[str, Any]:
    """Read one page of pictures and what is known about the list; `total` is how many it has, if that is known."""
    estimated = estimate(db.session(), filters) if filters.q else None
    # Cards of the trash show more of a picture than rows do.
    said = describe_chips(filters, db.session())
    read = search.page if filters.trashed else search.page_of_rows
    page = read(db.session(), filters, PAGE_SIZE, after or None, estimated)
    count, exact = search.count_of(db.session(), filters, page, estimated) if total is None else (total, True)
    return {
        "images": page.images,
        "listing": {
            "total": {"count": count, "exact": exact},
            "next_url": link(path, filters, after=page.next) if page.next else None,
            "filters": {name: getattr(filters, name) for name in NAMES},
            "chips": _chips(filters, said),
            "kept": [(name, value) for name, value in filters.given.items() if name != "q"],
            "filtered": filters.narrows,
            "of_days": filters.has_days,
            "view": view,
            "drop_to": _drop_target(filters, said.get("collection", "")),
            "did_you_mean": _did_you_mean(filters) if filters.q and not page.images and not after else None,
        },
        "filter_query": query_of(filters),
        "sorts": [
            {
                "value": value,
                "label": label,
                "url": link("/", filters.but(sort=value)),
                "active": value == filters.sort,
            }
            for value, label in filters.sorts.items()
        ],
        "heads": {head: _sort_link(filters, *orders) for head, orders in HEADS.items()},
    }


def _sort_link(filters: Filters, first: str, second: str) -> dict[str, str]:
    """Return how a column is sorted, as aria-sort says it, and the address that sorts by it or turns that round."""
    up, down = ("descending", "ascending") if first == "newest" else ("ascending", "descending")
    sorted_ = {first: up, second: down}.get(filters.sort, "")
    return {"sorted": sorted_, "url": link("/", filters.but(sort=second if filters.sort == first else first))}


def _drop_target(filters: Filters, collection: str) -> dict[str, Any]:
    """Return where pictures go that are dropped on the list, and what it is called; nothing means the library alone.

    New pictures cannot be what the other filters ask for: then the list does not show them, and that is said.
    """
    given = filters.given
    fixed = {name: value for name, value in given.items() if name in ("category", "tag", "collection")}
    called = [fixed.get("category", ""), fixed.get("tag", ""), collection]
    others = set(given) - {*fixed, "sort", "tz"} - ({"status"} if filters.status == "new" else set())
    name = ", ".join(filter(None, called))
    return {**fixed, "name": name, "is_unseen": bool(others)} if fixed or others else {}


def _did_you_mean(filters: Filters) -> dict[str, str] | None:
    """Return a search that finds something and is spelled much like this one, with its address."""
    meant = suggest(db.session(), filters)
    return {"text": meant, "url": link("/", filters.but(q=meant))} if meant else None


def _chips(filters: Filters, described: dict[str, str]) -> list[dict[str, str]]:
    """Return each filter that is set, with the address that takes it away."""
    colour = filters.colour if filters.colour.startswith("#") else ""
    said = dict(described)
    if filters.given.get("tz") and filters.zone != context.usual_time_zone():
        said["tz"] = f"Days of {filters.zone}"
    return [
        {
            "text": text,
            "url": link("/", filters.but(**{name: ""})),
            "colour": colour if name == "colour" else "",
        }
        for name, text in said.items()
    ]


def sidebar_entries(filters: Filters, found: SidebarData) -> dict[str, list[dict[str, Any]]]:
    """Show statuses, categories and the most used tags with their counts, and the address that filters by each."""
    by_status = found.statuses
    statuses = [("", "All", found.total)] + [
        (status, status.capitalize(), by_status.get(status, 0)) for status in STATUSES
    ]
    return {
        "statuses": _entries(filters, "status", statuses),
        **_categories(filters, found.categories),
        "tags": _entries(filters, "tag", [(name, name, count) for name, count in found.tags]),
    }


def _categories(filters: Filters, found: Sequence[CategorySummary]) -> dict[str, list[Any]]:
    """Return which categories are shown, and which of them folded away; "names" are all of them."""
    chosen = fold(filters.category)
    parent_id = next((one.parent_id or one.id for one in found if fold(one.name) == chosen), None)
    few = len(found) <= FEW_CATEGORIES
    shown = [one for one in found if few or not one.parent_id or one.parent_id == parent_id]
    closed = {one.parent_id for one in found} - {one.parent_id for one in shown}
    entries = _entries(filters, "category", [(one.name, one.label, one.total) for one in shown])
    for entry, one in zip(entries, shown, strict=True):
        entry |= {"part": one.parent_id, "closed": one.id in closed}
    places = [place for place, one in enumerate(shown) if not one.parent_id]
    first = len(shown) if few or len(places) <= FIRST_CATEGORIES else places[FIRST_CATEGORIES]
    return {
        "categories": entries[:first],
        "more_categories": entries[first:],
        "names": [one.name for one in found],
    }


def _entries(filters: Filters, name: str, choices: Sequence[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """Return choices of the sidebar (value, label, count); choosing the active one again takes the filter off."""
    chosen = fold(bare_tag(getattr(filters, name)))
    urls = links_by(filters, name, (value for value, *_ in choices))
    return [
        {
            "label": label,
            "value": value,
            "count": count,
            "url": urls["" if active else value],
            "active": active,
        }
        for value, label, count in choices
        for active in [fold(bare_tag(value)) == chosen]
    ]


# What each name (artworks/search/palette.py) looks like.
SWATCHES = {
    "red": "#d32f2f", "orange": "#f28c28", "yellow": "#f2d22e", "lime": "#a6d12f", "green": "#2f9e44",
    "teal": "#1a9c94", "sky blue": "#38a3e0", "blue": "#2f55d4", "violet": "#7b45c9", "pink": "#e05aa8",
    "brown": "#8a6a4f", "cream": "#efe6cf", "black": "#0d0d0d", "grey": "#8c8c8c", "white": "#fdfdfd",
}  # fmt: skip
START = "#1a9c94"


def colour_choices(filters: Filters) -> dict[str, Any]:
    """Return what `library/_colours.html` shows; choosing the active swatch again takes the filter off."""
    urls = links_by(filters, "colour", SWATCHES)
    return {
        "swatches": [
            {
                "name": name,
                "colour": colour,
                "url": urls["" if name == filters.colour else name],
                "active": name == filters.colour,
            }
            for name, colour in SWATCHES.items()
        ],
        "chosen": filters.colour if filters.colour.startswith("#") else SWATCHES.get(filters.colour, START),
        "kept": [(name, value) for name, value in filters.given.items() if name != "colour"],
    }
