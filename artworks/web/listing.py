"""What the list pages need: filters from the address, the page of pictures, the sidebar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode

from flask import current_app, redirect, request
from flask.typing import ResponseReturnValue

from artworks.collections import collection as collections
from artworks.library.sidebar import Beside
from artworks.search import listing as search
from artworks.search.counts import survey
from artworks.search.filters import NAMES, Filters
from artworks.taxonomy.queries import Listed
from models import STATUSES, db

PAGE_SIZE = 50
# So many categories stand at the side with all their parts. Of more, only the chosen shelf shows its parts, and shelves
# after the first ones are folded away.
FEW_CATEGORIES, FIRST_SHELVES = 24, 12


def filters_from(args: Mapping[str, str]) -> Filters:
    """Read the filters of an address; raises Invalid."""
    given: dict[str, Any] = {name: args.get(name, "") for name in NAMES}
    return Filters(**given)


def link(path: str, filters: Filters, **more: str) -> str:
    """Write an address that keeps the filters."""
    pairs = {**filters.given, **more}
    return f"{path}?{urlencode(pairs)}" if pairs else path


def to_picture(image_id: int, **typed: str) -> ResponseReturnValue:
    """Lead back to a picture's page with the filters of this request, and what was typed for its fields.

    A form that stands in the review says `back=review` and leads back there.
    """
    if request.args.get("back") == "review":
        kept = {name: request.args[name] for name in ("batch", "done") if name in request.args}
        return redirect(link(f"/review/{image_id}", filters_from(request.args), **kept, **typed), 303)
    return redirect(link(f"/images/{image_id}", filters_from(request.args), **typed), 303)


def picture_page(image_id: int) -> ResponseReturnValue:
    """Show what `to_picture` leads to at once, for an answer that says by its status that nothing was done."""
    endpoint = "review.one" if request.args.get("back") == "review" else "library.detail"
    return cast(Callable[..., str], current_app.view_functions[endpoint])(image_id=image_id)


def query_of(filters: Filters) -> str:
    """Write the filters as the query part of an address, with its question mark; empty without filters."""
    return link("", filters)


def listing(filters: Filters, after: str, view: str, path: str = "/") -> dict[str, Any]:
    """Read one page of pictures and what is known about the list."""
    surveyed = survey(db.session(), filters) if filters.q else None
    page = search.page(db.session(), filters, PAGE_SIZE, after or None, surveyed)
    count, exact = search.counted(db.session(), filters, page, surveyed)
    return {
        "images": page.images,
        "listing": {
            "total": {"count": count, "exact": exact},
            "next_url": link(path, filters, after=page.next) if page.next else None,
            "filters": {name: getattr(filters, name) for name in NAMES},
            "chips": chips(filters),
            "kept": [(name, value) for name, value in filters.given.items() if name != "q"],
            "filtered": filters.narrows,
            "view": view,
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
    }


def quoted(words: str) -> str:
    """Put words between quotation marks, unless they bring their own."""
    return words if '"' in words else f"“{words}”"


def chips(filters: Filters) -> list[dict[str, str]]:
    """Name each filter that is set, with the address that takes it away."""
    texts = {name: value for name, value in filters.given.items() if name != "sort"}
    if "q" in texts:
        texts["q"] = quoted(texts["q"])
    if "status" in texts:
        texts["status"] = texts["status"].capitalize()
    if "collection" in texts:
        number = int(filters.collection)
        texts["collection"] = collections.names(db.session(), [number]).get(
            number, "A collection that is gone"
        )
    colour = filters.colour if filters.colour.startswith("#") else ""
    return [
        {
            "text": text,
            "url": link("/", filters.but(**{name: ""})),
            "colour": colour if name == "colour" else "",
        }
        for name, text in texts.items()
    ]


def sidebar(filters: Filters, found: Beside) -> dict[str, list[dict[str, Any]]]:
    """Show statuses, categories and the most used tags with their counts, and the address that filters by each."""
    by_status = found.statuses
    every = sum(by_status.values())
    statuses = [_entry(filters, "status", "", "All", every)] + [
        _entry(filters, "status", status, status.capitalize(), by_status.get(status, 0))
        for status in STATUSES
    ]
    return {
        "statuses": statuses,
        **_categories(filters, found.categories),
        "tags": [_entry(filters, "tag", name, name, count) for name, count in found.tags],
    }


def _categories(filters: Filters, found: Sequence[Listed]) -> dict[str, list[Any]]:
    """Choose which categories are shown, and which of them folded away; "names" are all of them."""
    chosen = filters.category.lower()
    shelf = next((one.parent_id or one.id for one in found if one.name.lower() == chosen), None)
    few = len(found) <= FEW_CATEGORIES
    shown = [one for one in found if few or not one.parent_id or one.parent_id == shelf]
    closed = {one.parent_id for one in found} - {one.parent_id for one in shown}
    entries = [
        {
            **_entry(filters, "category", one.name, one.label, one.total),
            "part": one.parent_id,
            "closed": one.id in closed,
        }
        for one in shown
    ]
    places = [place for place, one in enumerate(shown) if not one.parent_id]
    fold = len(shown) if few or len(places) <= FIRST_SHELVES else places[FIRST_SHELVES]
    return {
        "categories": entries[:fold],
        "more_categories": entries[fold:],
        "names": [one.name for one in found],
    }


def _entry(filters: Filters, name: str, value: str, label: str, count: int) -> dict[str, Any]:
    """One choice of the sidebar; choosing the active one again takes the filter off."""
    chosen = getattr(filters, name)
    active = chosen.lstrip("#").lower() == value.lstrip("#").lower()
    target = "" if active else value
    return {
        "label": label,
        "value": value,
        "count": count,
        "url": link("/", filters.but(**{name: target})),
        "active": active,
    }
