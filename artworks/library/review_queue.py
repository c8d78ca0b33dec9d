"""The review: which pictures wait for a person's word, in which order, and where among them one stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import CompoundSelect, Select, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.elements import ColumnElement

from artworks.search.conditions import conditions
from artworks.search.counts import MOST_EXACT
from artworks.search.filters import Filters
from models import BatchItem, Image, Suggestion

Clause = ColumnElement[bool]


class ReviewPosition(NamedTuple):
    """Where a picture stands in the order, whether it still waits or not."""

    created_at: datetime
    id: int


@dataclass(frozen=True)
class ReviewQueue:
    """What is reviewed: drafts and pictures with a suggestion, of some filters and, if given, of one batch.

    The order is that of the library, newest first or oldest first. A series was added together, so its pictures
    come one after the other, as in the list the person came from. And nothing a person does in the review moves a
    picture: by the last change, or by title, an edit would send it to another place while it is looked at.
    """

    filters: Filters = field(default_factory=Filters)
    batch: int | None = None

    @property
    def newest_first(self) -> bool:
        """Return which end comes first; the order by title is read as the usual one."""
        return self.filters.sort != "oldest"

    @property
    def narrows(self) -> bool:
        """Return whether anything is left out at all."""
        return self.filters.narrows or self.batch is not None


def position_of(session: Session, image_id: int) -> ReviewPosition | None:
    """Return where a picture stands, waiting or not, in the trash or not; None when it is gone for good."""
    found = session.execute(select(Image.created_at, Image.id).where(Image.id == image_id)).first()
    return ReviewPosition(*found) if found else None


def following(
    session: Session, queue: ReviewQueue, after: ReviewPosition | None, limit: int
) -> Sequence[Image]:
    """Read the next `limit` pictures that wait, from the first or from behind a place on; one statement."""
    return _read_images(session, queue, after, limit, back=False)


def preceding(session: Session, queue: ReviewQueue, before: ReviewPosition) -> Image | None:
    """Read the last picture that waits before a place."""
    found = _read_images(session, queue, before, 1, back=True)
    return found[0] if found else None


def count(session: Session, queue: ReviewQueue) -> tuple[int, bool]:
    """Count what waits, up to 10,000; the flag tells whether the number is exact."""
    number = _count_waiting(session, queue)
    return min(number, MOST_EXACT), number <= MOST_EXACT


def count_before(session: Session, queue: ReviewQueue, place: ReviewPosition) -> int:
    """Count what waits before a place, up to 10,000."""
    return min(_count_waiting(session, queue, _after_position(queue, place, back=True)), MOST_EXACT)


def _count_waiting(session: Session, queue: ReviewQueue, *clauses: Clause) -> int:
    some = union_all(*_waiting_lists(queue, *clauses)).limit(MOST_EXACT + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _waiting_lists(queue: ReviewQueue, *clauses: Clause) -> list[Select[datetime, int]]:
    """Return what waits as two lists without a picture in common: the drafts, and the others with a suggestion.

    One list with an OR would read every picture of the library. The index image_status answers the first in the
    order of the queue, from any place on; the second starts from the suggestions, of which there are few.
    """
    rows = select(Image.created_at, Image.id).where(*conditions(queue.filters), *clauses)
    if queue.batch is not None:
        members = select(BatchItem.image_id).where(BatchItem.batch_id == queue.batch)
        rows = rows.where(Image.id.in_(members))
    suggested = rows.join(Suggestion, Suggestion.image_id == Image.id)
    return [rows.where(Image.status == "draft"), suggested.where(Image.status != "draft")]


def _after_position(queue: ReviewQueue, place: ReviewPosition, *, back: bool) -> Clause:
    """Return the clause for what comes after (or before) a place, as one row comparison that the index answers."""
    row, limit = tuple_(Image.created_at, Image.id), tuple_(literal(place.created_at), literal(place.id))
    return row < limit if queue.newest_first != back else row > limit


def nearest(
    queue: ReviewQueue, place: ReviewPosition | None, limit: int, *, back: bool
) -> CompoundSelect[datetime, int]:
    """Return times and ids of the `limit` pictures nearest to a place; each list is cut before the merge."""
    falls = queue.newest_first != back
    clauses = [_after_position(queue, place, back=back)] if place else []
    ends = [column.desc() if falls else column.asc() for column in (Image.created_at, Image.id)]
    both = union_all(*(part.order_by(*ends).limit(limit) for part in _waiting_lists(queue, *clauses)))
    columns = both.selected_columns
    order = (columns.created_at, columns.id)
    return both.order_by(*(column.desc() if falls else column.asc() for column in order)).limit(limit)


def _read_images(
    session: Session, queue: ReviewQueue, place: ReviewPosition | None, limit: int, *, back: bool
) -> Sequence[Image]:
    near = nearest(queue, place, limit, back=back).subquery()
    falls = queue.newest_first != back
    order = (near.c.created_at, near.c.id)
    query = (
        select(Image)
        .join(near, near.c.id == Image.id)
        .options(joinedload(Image.category_row), joinedload(Image.suggestion))
        .order_by(*(column.desc() if falls else column.asc() for column in order))
    )
    return list(session.scalars(query))
