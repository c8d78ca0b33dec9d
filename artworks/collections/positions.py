"""Positions in a collection: numbers that are only compared, so that one picture moves without the others."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ScalarSelect, func, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from artworks.core.errors import Conflict
from models import Base, CollectionImage, Image

POSITION_STEP = 1.0
# A thousand millionth: far from where a double ends, also in a collection of a million pictures.
SMALLEST_GAP = 2.0**-30
GONE = "The picture beside that place is not in this collection any more. Load the page again."

RENUMBER = text(
    "UPDATE collection_image AS c SET place = n.place FROM ("
    "SELECT image_id, row_number() OVER (ORDER BY place, image_id) AS place FROM collection_image "
    "WHERE collection_id = :id) AS n WHERE c.collection_id = :id AND c.image_id = n.image_id"
)


def first_picture(collection_id: InstrumentedAttribute[Any], outer: type[Base]) -> ScalarSelect[int]:
    """Return the query for the first picture of a collection that is named by a column of the query around it."""
    return (
        select(CollectionImage.image_id)
        .join(Image, Image.id == CollectionImage.image_id)
        .where(CollectionImage.collection_id == collection_id, Image.trashed_at.is_(None))
        .order_by(CollectionImage.place, CollectionImage.image_id)
        .limit(1)
        .correlate(outer)
        .scalar_subquery()
    )


def position_between(
    session: Session,
    collection_id: int,
    count: int,
    *,
    before: int | None = None,
    after: int | None = None,
    moved: int | None = None,
) -> tuple[float, float]:
    """Return positions for some pictures in a row: the one to count from, and the step from each to the next.

    They go before or after a picture of the collection, else to the end. The caller holds the lock of the collection;
    where no number is left between two, all are numbered afresh. `moved` is about to leave its position. Raises
    Conflict when the picture beside them is not in the collection.
    """
    found = _between(*_sides(session, collection_id, before, after, moved), count)
    if found is None:
        session.execute(RENUMBER, {"id": collection_id})
        found = _between(*_sides(session, collection_id, before, after, moved), count)
    if found is None:
        raise AssertionError("Numbered afresh, there is room for as many as can come at once.")
    return found


def _between(low: float | None, high: float | None, count: int) -> tuple[float, float] | None:
    if high is None:
        return low or 0.0, POSITION_STEP
    if low is None:
        return high - POSITION_STEP * (count + 1), POSITION_STEP
    step = (high - low) / (count + 1)
    return (low, step) if step >= SMALLEST_GAP else None


def _sides(
    session: Session, collection_id: int, before: int | None, after: int | None, moved: int | None
) -> tuple[float | None, float | None]:
    """Return the places on both sides of a gap; None where it is open."""
    others = [CollectionImage.collection_id == collection_id, CollectionImage.image_id != (moved or 0)]
    row = tuple_(CollectionImage.place, CollectionImage.image_id)
    if before is not None:
        high = _place(session, collection_id, before)
        beyond = [*others, row < tuple_(high, before)]
        return session.scalar(select(func.max(CollectionImage.place)).where(*beyond)), high
    if after is not None:
        low = _place(session, collection_id, after)
        beyond = [*others, row > tuple_(low, after)]
        return low, session.scalar(select(func.min(CollectionImage.place)).where(*beyond))
    return session.scalar(select(func.max(CollectionImage.place)).where(*others)), None


def _place(session: Session, collection_id: int, image_id: int) -> float:
    place = session.scalar(
        select(CollectionImage.place).where(
            CollectionImage.collection_id == collection_id, CollectionImage.image_id == image_id
        )
    )
    if place is None:
        raise Conflict(GONE)
    return place
