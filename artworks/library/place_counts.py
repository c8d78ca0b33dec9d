"""How many there are of what the places hold, beside each of them on every page: read in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from artworks.library.waiting import waiting_query
from artworks.sharing import share_link as shares
from models import Collection, Image, LookAlike, ShareLink, StatusCount

MOST_COUNTED = 1000
# Each has two pictures to look at.
MOST_PAIRS = 100


@dataclass(frozen=True)
class PlaceCounts:
    """Pictures outside the trash, those that wait for the review, collections, open galleries, undecided pairs."""

    images: int
    waiting: int
    collections: int
    galleries: int
    look_alikes: int


def count_places(session: Session) -> PlaceCounts:
    """Count them; what triggers do not keep up to 1,000, and pairs up to 100."""
    return PlaceCounts(*session.execute(_statement()).one())


@cache
def _statement() -> Select[Any]:
    """Return the statement; it is made once, which takes longer than to answer it."""
    first, second = aliased(Image), aliased(Image)
    pairs = (
        select(LookAlike.first_id)
        .join(first, first.id == LookAlike.first_id)
        .join(second, second.id == LookAlike.second_id)
        .where(LookAlike.kept_at.is_(None), first.trashed_at.is_(None), second.trashed_at.is_(None))
    )
    return select(
        select(func.coalesce(func.sum(StatusCount.images), 0)).scalar_subquery(),
        waiting_query(),
        _count(select(Collection.id).where(Collection.deleted_at.is_(None)), MOST_COUNTED),
        _count(select(ShareLink.id).where(shares.is_open()), MOST_COUNTED),
        _count(pairs, MOST_PAIRS),
    )


def _count(query: Any, most: int) -> Any:
    return select(func.count()).select_from(query.limit(most).subquery()).scalar_subquery()
