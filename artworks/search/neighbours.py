"""What stands before and after a picture in a list, and where in it the picture stands."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from artworks.search.conditions import conditions
from artworks.search.filters import Filters
from artworks.search.pagination import joined, order_of
from artworks.search.totals import MOST_EXACT, total
from models import Image


@dataclass(frozen=True)
class Neighbours:
    """The pictures before and after one in a filtered order, and its place (1-based) when it is among them."""

    previous: int | None
    next: int | None
    index: int | None
    total: int | None


def neighbours(session: Session, filters: Filters, image: Image) -> Neighbours:
    """Find what stands before and after a picture; its place is left out in lists of more than 10,000.

    A search is gone through from the newest on, however its list is ordered.
    """
    if filters.sort == "best":
        filters = filters.but(sort="newest")
    order = order_of(filters)
    matching = conditions(filters)
    own = joined(select(*order.columns), filters).where(Image.id == image.id)
    place = session.execute(own.where(*matching)).one_or_none()
    among = place is not None
    if place is None and filters.sort != "arranged":
        place = session.execute(own).one_or_none()
    if place is None:
        return Neighbours(None, None, None, None)

    def nearest(back: bool) -> int | None:
        query = joined(select(Image.id), filters).where(*matching, order.beyond(place, back=back))
        found: int | None = session.scalar(query.order_by(*order.sorted(back=back)).limit(1))
        return found

    count, exact = total(session, filters)
    index = None
    if exact and among and count <= MOST_EXACT:
        before = joined(select(Image.id), filters).where(*matching, order.beyond(place, back=True)).subquery()
        index = (session.scalar(select(func.count()).select_from(before)) or 0) + 1
    return Neighbours(nearest(True), nearest(False), index, count if index else None)
