"""How many pictures a list holds: from kept counts, by counting few, or as a size."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from artworks.search.conditions import conditions
from artworks.search.counts import Survey, survey
from artworks.search.filters import Filters
from artworks.search.pagination import NEWEST
from models import Category, Collection, Image, StatusCount, Tag

MOST_EXACT = 10_000
# In a large library fewer are counted: each may cost a look at a hundred others.
MOST_COUNTED = 400


def total(session: Session, filters: Filters, surveyed: Survey | None = None) -> tuple[int, bool]:
    """Count what matches; the flag tells whether the number is exact.

    Kept counts answer a list of one filter or none; others are counted up to 10,000, in a large library to 400.
    Of a search that many match only the size is told, as a sample has it.
    """
    kept = _kept(session, filters)
    if kept is not None:
        return kept, True
    seen = surveyed or survey(session, filters)
    if seen.many and seen.at_least:
        return size(seen.at_least), False
    most = MOST_COUNTED if seen.large and not filters.query.ranks else MOST_EXACT
    # In the order of an index: where many match, it ends soon, and where few do, the order costs nothing.
    matching = select(Image.id).where(*conditions(filters, seen.named)).order_by(*NEWEST.sorted())
    some = matching.limit(most + 1).subquery()
    count = session.scalar(select(func.count()).select_from(some)) or 0
    return min(count, most), count <= most


def size(count: int) -> int:
    """Round down to the first digit: 23,417 is 20,000 and more."""
    digit: int = 10 ** (len(str(count)) - 1)
    return count // digit * digit


def _kept(session: Session, filters: Filters) -> int | None:
    """Read the count that the database keeps for a list of one filter or none; None when it keeps none."""
    names = filters.given.keys() - {"sort"}
    if filters.trashed or filters.ids or len(names) > 1:
        return None
    if not names:
        return int(session.scalar(select(func.sum(StatusCount.images))) or 0)
    (name,) = names
    counts: dict[str, Select[Any]] = {
        "status": select(StatusCount.images).where(StatusCount.status == filters.status),
        "tag": select(Tag.images).where(
            Tag.folded == func.lower(func.left("#" + filters.tag.lstrip("#"), 200))
        ),
        "collection": select(Collection.images).where(
            Collection.id == int(filters.collection or 0), Collection.deleted_at.is_(None)
        ),
        "category": _in_category(filters.category),
    }
    if name not in counts:
        return None
    return int(session.scalar(counts[name]) or 0)


def _in_category(name: str) -> Select[Any]:
    same = select(Category.id).where(func.lower(Category.name) == func.lower(name)).scalar_subquery()
    inside = Category.id == same
    if " / " not in name:
        inside |= Category.parent_id == same
    return select(func.sum(Category.images)).where(inside)
