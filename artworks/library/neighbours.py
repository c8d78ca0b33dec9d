"""The pictures beside one in its list, for the strip of its page and the viewer: by keyset, bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from artworks.search import listing
from artworks.search.conditions import conditions
from artworks.search.filters import Filters
from artworks.search.pagination import join_order_table, order_of
from models import Image

# So many pictures are read at once to each side, whatever is asked for.
MOST = 24


class StripImage(NamedTuple):
    """What the strip and the viewer show of a picture."""

    id: int
    rendition_version: int
    stored_filename: str
    original_filename: str
    media_type: str | None
    size_bytes: int | None
    width: int | None
    height: int | None
    post_title: str
    description: str
    key_points: str
    alt_text: str


COLUMNS = tuple(getattr(Image, name) for name in StripImage._fields)


@dataclass(frozen=True)
class Neighbours:
    """Some pictures of a list that follow each other; `starts` and `ends` tell whether none come before and after."""

    images: Sequence[StripImage]
    starts: bool
    ends: bool


def strip_image(image: Image) -> StripImage:
    """Return what is shown of a picture whose row was read."""
    return StripImage(*(getattr(image, name) for name in StripImage._fields))


def around(session: Session, filters: Filters, image: Image, each: int = MOST) -> Neighbours:
    """Read a picture with at most `each` others on both sides, in the order of the list; it need not be in it."""
    back, on = _beside(session, filters, image, (True, False), each)
    return Neighbours([*back.images, strip_image(image), *on.images], back.starts, on.ends)


def beside(session: Session, filters: Filters, image: Image, *, back: bool, limit: int = MOST) -> Neighbours:
    """Read at most `limit` pictures that come before, or after, one in the order of the list."""
    return _beside(session, filters, image, (back,), limit)[0]


def _beside(
    session: Session, filters: Filters, image: Image, ways: Sequence[bool], limit: int
) -> list[Neighbours]:
    ids = listing.ranked_ids(session, filters) or []
    if image.id in ids:
        return [_among(session, ids, ids.index(image.id), back, limit) for back in ways]
    filters = filters.but(sort="newest") if filters.sort == "best" else filters
    found = listing.place_of(session, filters, image)
    if found is None:
        return [Neighbours([], True, True) for _ in ways]
    order = order_of(filters)

    def read(back: bool) -> Neighbours:
        query = select(*COLUMNS).where(*conditions(filters), order.after_cursor(found[0], back=back))
        query = join_order_table(query, filters).order_by(*order.order_by(back=back)).limit(limit + 1)
        return _cut(session.execute(query).all(), back=back, limit=limit)

    return [read(back) for back in ways]


def _among(session: Session, ids: list[int], at: int, back: bool, limit: int) -> Neighbours:
    some = ids[max(at - limit, 0) : at] if back else ids[at + 1 : at + 1 + limit]
    more = len(some) < (at if back else len(ids) - at - 1)
    return _with_ends(named(session, some), back=back, more=more)


def at_end(session: Session, filters: Filters, *, last: bool, limit: int = MOST) -> Neighbours:
    """Read the first pictures of a list, or the last ones, in its order."""
    if ids := listing.ranked_ids(session, filters):
        some = ids[-limit:] if last else ids[:limit]
        return _with_ends(named(session, some), back=last, more=len(ids) > limit, whole=True)
    filters = filters.but(sort="newest") if filters.sort == "best" else filters
    order = order_of(filters)
    query = join_order_table(select(*COLUMNS), filters).where(*conditions(filters))
    rows = session.execute(query.order_by(*order.order_by(back=last)).limit(limit + 1)).all()
    return _cut(rows, back=last, limit=limit, whole=True)


def named(session: Session, ids: Sequence[int]) -> list[StripImage]:
    """Read pictures outside the trash in the order of their ids as given."""
    if not ids:
        return []
    query = select(*COLUMNS).where(Image.id.in_(ids), Image.trashed_at.is_(None))
    found = {row.id: StripImage._make(row) for row in session.execute(query)}
    return [found[number] for number in ids if number in found]


def _cut(rows: Sequence[Row[Any]], *, back: bool, limit: int, whole: bool = False) -> Neighbours:
    images = [StripImage._make(row) for row in rows[:limit]]
    return _with_ends(images[::-1] if back else images, back=back, more=len(rows) > limit, whole=whole)


def _with_ends(images: Sequence[StripImage], *, back: bool, more: bool, whole: bool = False) -> Neighbours:
    """Say where more comes; `whole` is for pictures that stand at an end of the list themselves."""
    return Neighbours(images, starts=not more if back else whole, ends=whole if back else not more)
