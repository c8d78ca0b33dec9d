"""The sidebar of the library, whatever its size: read in one statement from counts that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.orm import Session

from artworks.taxonomy import queries as taxonomy
from artworks.taxonomy.queries import CategorySummary
from artworks.texts.folding import folded_name
from models import Collection, SavedView, StatusCount

TAGS_SHOWN = 12
CATEGORIES_SHOWN = 100
COLLECTIONS_SHOWN = 12
VIEWS_SHOWN = 100


@dataclass(frozen=True)
class SidebarData:
    """Pictures of each status, categories and tags in use, collections and saved views."""

    statuses: dict[str, int]
    categories: list[CategorySummary]
    tags: list[tuple[str, int]]
    collections: list[Collection]
    views: list[SavedView]

    @property
    def total(self) -> int:
        """Return how many pictures there are outside the trash."""
        return sum(self.statuses.values())


def read_sidebar(session: Session) -> SidebarData:
    """Read what the sidebar shows."""
    statuses, categories, tags, sets, saved = session.execute(_statement()).one()
    return SidebarData(
        statuses={row["status"]: row["images"] for row in statuses},
        categories=[taxonomy.summary_of(**row) for row in categories],
        tags=[(row["shown"], row["images"]) for row in tags],
        collections=[Collection(**row) for row in sets],
        views=[SavedView(**row) for row in saved],
    )


@cache
def _statement() -> Select[Any]:
    """Return the statement; it is made once, which takes longer than to answer it."""
    collections = select(Collection.id, Collection.name, Collection.images).where(
        Collection.deleted_at.is_(None)
    )
    views = select(SavedView.id, SavedView.name, SavedView.filters)
    lists = (
        _rows_as_json(select(StatusCount.status, StatusCount.images), "one_status"),
        _rows_as_json(taxonomy.categories_in_use_query(CATEGORIES_SHOWN), "one_category"),
        _rows_as_json(taxonomy.most_used_tags("", TAGS_SHOWN), "one_tag"),
        _rows_as_json(
            collections.order_by(folded_name(Collection.name)).limit(COLLECTIONS_SHOWN), "one_collection"
        ),
        _rows_as_json(views.order_by(folded_name(SavedView.name)).limit(VIEWS_SHOWN), "one_view"),
    )
    return select(*lists)


def _rows_as_json(query: Any, name: str) -> Any:
    """Return a query as one value: its rows in their order, as JSON."""
    rows = query.subquery(name)
    made = func.coalesce(func.jsonb_agg(func.to_jsonb(literal_column(name))), func.jsonb_build_array())
    return select(made).select_from(rows).scalar_subquery()
