"""Lists of pictures: one page by keyset.

A search is answered in one of two ways, each of which alone would be slow somewhere. When few pictures match, all
of them are ranked and the best come first. When many match (`surveys.MANY`), ranking them would take seconds and tell
little, so the newest come first. How many match is judged by a sample before (`surveys.survey`); a library of up to
`surveys.SMALL` pictures is always ranked. Those newest first are looked for among as many of the newest pictures as
should hold two pages of them. Where more than `PROBED_MOST` would be needed, or these are too few after all because
the matches are old, as many as count as few are ranked, whichever the database finds first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.util import ClauseAdapter

from artworks.search.conditions import conditions
from artworks.search.counts import MANY, Survey, survey
from artworks.search.cursors import decode, encode
from artworks.search.filters import SORTS, Filters
from artworks.search.pagination import NEWEST, Order, joined, order_of, rank
from artworks.search.query import words_of
from artworks.search.totals import size, total
from models import Image

__all__ = ["SORTS", "Filters", "Page", "conditions", "counted", "page", "select_images", "words_of"]

# To look through so many of the newest pictures takes as long as a search may take.
PROBED_MOST = 26_000


@dataclass(frozen=True)
class Page:
    """Some pictures in order, and the cursor of the next page when there is one.

    `count` is how many match in all, where that fell off on the way; `exact` tells whether to the last one.
    """

    images: Sequence[Image]
    next: str | None
    count: int | None = None
    exact: bool = True


def select_images(filters: Filters) -> Select[Image]:
    """Return the pictures that match, in order, with their category and suggestion in the same statement."""
    return _selected(filters, None)


def _selected(filters: Filters, named: Mapping[str, list[int]] | None) -> Select[Image]:
    return joined(_whole(), filters).where(*conditions(filters, named)).order_by(*order_of(filters).sorted())


def _whole() -> Select[Image]:
    return select(Image).options(joinedload(Image.category_row), joinedload(Image.suggestion))


def page(
    session: Session,
    filters: Filters,
    limit: int,
    after: str | None = None,
    surveyed: Survey | None = None,
) -> Page:
    """Read one page of at most `limit` pictures, from a cursor on; never by OFFSET.

    Takes one statement, two for a search whose matches are not new, and one more to look round when that is not
    done yet.
    """
    place = decode(after, filters) if after else None
    seen = surveyed or (survey(session, filters) if filters.q else Survey())
    if filters.sort != "best" or filters.trashed:
        return _page(session, _selected(filters, seen.named), order_of(filters), limit, place)
    if place is not None:
        ranked = isinstance(place[0], float)
        return (_ranked if ranked else _newest)(session, filters, seen, limit, place)
    return _recent(session, filters, seen, limit, None) or _ranked(session, filters, seen, limit, None)


def _recent(
    session: Session, filters: Filters, seen: Survey, limit: int, place: Sequence[Any] | None
) -> Page | None:
    """Look for a page among so many of the newest pictures as should hold two; None when they do not.

    The pictures are taken first and looked through after that: left to itself the database would rather begin with the
    index of words, which takes long for the very words that this is about.
    """
    if not (seen.large and seen.many):
        return None
    probed = 2 * (limit + 1) * seen.live // seen.expected
    if probed > PROBED_MOST:
        return None
    table = Image.__table__
    newest = select(table).where(table.c.trashed_at.is_(None)).order_by(*NEWEST.sorted()).limit(probed)
    if place is not None:
        newest = newest.where(NEWEST.beyond(place))
    taken = newest.subquery()
    matching = ClauseAdapter(taken).traverse(and_(*conditions(filters, seen.named)))
    first = select(taken.c.id).where(matching).order_by(taken.c.created_at.desc(), taken.c.id.desc())
    found = first.limit(limit + 1).subquery("found")
    query = _whole().where(Image.id.in_(found.select())).order_by(*NEWEST.sorted())
    page = _page(session, query, NEWEST, limit, None)
    return replace(page, count=max(size(seen.at_least), limit + 1), exact=False) if page.next else None


def _page(
    session: Session,
    query: Select[Image],
    order: Order,
    limit: int,
    place: Sequence[Any] | None,
) -> Page:
    query = query.add_columns(*order.columns).limit(limit + 1)
    if place is not None:
        query = query.where(order.beyond(place))
    found = session.execute(query).all()
    cursor = encode(found[limit - 1][1:]) if len(found) > limit else None
    return Page([row[0] for row in found[:limit]], cursor)


def _newest(
    session: Session, filters: Filters, seen: Survey, limit: int, place: Sequence[Any] | None
) -> Page:
    query = _selected(filters.but(sort="newest"), seen.named)
    return _recent(session, filters, seen, limit, place) or _page(session, query, NEWEST, limit, place)


def _ranked(
    session: Session, filters: Filters, seen: Survey, limit: int, place: Sequence[Any] | None
) -> Page:
    """Read a page of the best matches: found by the index of words, ranked, and only those of the page read whole."""
    found = (
        select(Image.id, rank(filters).label("rank"))
        .where(*conditions(filters, seen.named, seen.common))
        .limit(MANY)
        .cte("found")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    within = Order((found.c.rank, found.c.id), descends=True)
    best = select(found.c.id, found.c.rank).order_by(*within.sorted()).limit(limit + 1)
    if place is not None:
        best = best.where(within.beyond(place))
    chosen = best.subquery("best")
    query = _whole().join(chosen, chosen.c.id == Image.id)
    order = Order((chosen.c.rank, chosen.c.id), descends=True)
    counted = select(func.count()).select_from(found).scalar_subquery()
    rows = session.execute(query.add_columns(*order.columns, counted).order_by(*order.sorted())).all()
    count = rows[0][-1] if rows else 0
    cursor = encode(rows[limit - 1][1:-1]) if len(rows) > limit else None
    # A page further on knows nothing of a list that has become shorter.
    known = count if rows or place is None else None
    return Page([row[0] for row in rows[:limit]], cursor, known, exact=count < MANY)


def counted(
    session: Session, filters: Filters, page: Page, surveyed: Survey | None = None
) -> tuple[int, bool]:
    """Return how many match and whether that is exact: from the page where it is known, else counted."""
    return total(session, filters, surveyed) if page.count is None else (page.count, page.exact)
