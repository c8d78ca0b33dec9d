"""Saved views: filters with a name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from artworks.core import versions
from artworks.core.database import get_or_404
from artworks.core.errors import Invalid
from artworks.core.text import clean_name, unique_name_or_conflict
from artworks.search.filters import NAMES, Filters
from artworks.texts.folding import folded_name
from models import SavedView


def parse_filters(given: Mapping[str, Any], zone: tzinfo) -> Filters:
    """Read the filters of a view; raises Invalid for unknown ones, for values that do not fit, and for none at all.

    The days of its search stay those of `zone`, where the view is made, whoever opens it later and wherever.
    """
    unknown = [name for name in given if name not in NAMES]
    if unknown:
        raise Invalid(f"There is no filter called {unknown[0][:60]}.", field="filters")
    filters = Filters(**{name: value for name, value in given.items() if value}, zone=zone).with_zone()
    if not filters.given:
        raise Invalid("These are all pictures in the usual order. Choose a filter first.", field="filters")
    return filters


def create(session: Session, name: object, filters: Filters) -> SavedView:
    """Keep filters under a name; raises Invalid, and Conflict when there is a view of that name."""
    view = SavedView(name=clean_name(name), filters=filters.given)
    with unique_name_or_conflict(session, "view", view.name):
        session.add(view)
    return view


def edit(
    session: Session,
    view: SavedView,
    name: object = None,
    filters: Filters | None = None,
    *,
    version: int | None = None,
) -> None:
    """Rename a view or give it other filters; None leaves it. Raises Stale, Invalid and Conflict."""
    versions.hold(session, view)
    current = {"id": view.id, "name": view.name, "filters": filters_as_stored(view), "version": view.version}
    versions.check(version, view.version, f"It is called “{view.name}” now.", current)
    new_name = view.name if name is None else clean_name(name)
    new_filters = view.filters if filters is None else filters.given
    if (new_name, new_filters) == (view.name, view.filters):
        return
    with unique_name_or_conflict(session, "view", new_name):
        view.name, view.filters = new_name, dict(new_filters)
        view.version += 1


def find(session: Session, view_id: int) -> SavedView:
    """Read one view; raises NotFound."""
    return get_or_404(session, SavedView, view_id, "There is no such view. It may have been deleted.")


def listed(session: Session, limit: int = 1000) -> list[SavedView]:
    """List the views by name."""
    return list(session.scalars(select(SavedView).order_by(folded_name(SavedView.name)).limit(limit)))


def filters_as_stored(view: SavedView) -> dict[str, str]:
    """Return the filters of a view in the order of an address; what is no filter (any more) is left out.

    Views that were made up to 1.1.0 name no zone: their days are those of UTC.
    """
    kept = {name: str(view.filters[name]) for name in NAMES if view.filters.get(name)}
    if "tz" not in kept and Filters(q=kept.get("q", "")).has_days:
        kept["tz"] = "UTC"
    return kept
