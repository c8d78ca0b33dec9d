"""Lists of pictures: one page by keyset, and where in a list a picture stands.

A search is answered in one of two ways, each of which alone would be slow somewhere. When few pictures match, all
of them are ranked and the best come first. When many match (`counts.MANY`), ranking them would take seconds and tell
little, so the newest come first. How many match is judged by a sample before (`counts.estimate`); a library of up to
`counts.SMALL` pictures is always ranked. Those newest first are looked for among as many of the newest pictures as
should hold two pages of them; where it is quicker, all are found by the index of words and sorted. Where more than
`PROBED_MOST` pictures would be looked through, or these hold too few after all because the matches are old, as many as
count as few are ranked, whichever the database finds first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, Subquery, and_, bindparam, func, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.util import ClauseAdapter

from artworks.search.conditions import conditions
from artworks.search.counts import MANY, MOST_EXACT, SearchEstimate, count_matches, estimate, round_down
from artworks.search.filters import Filters
from artworks.search.listed_image import LISTED, ListedImage
from artworks.search.pagination import (
    NEWEST,
    SortOrder,
    decode_cursor,
    encode_cursor,
    join_order_table,
    order_of,
    rank,
)
from models import Image

# To look through so many of the newest pictures takes as long as a search may take.
PROBED_MOST = 26_000
# Pictures of a page by which it is decided how a search is listed, whoever asks.
ROUND = 50
# A picture with its category and suggestion, in the same statement.
WHOLE = select(Image).options(joinedload(Image.category_row), joinedload(Image.suggestion))
T = TypeVar("T")


@dataclass(frozen=True)
class ResultPage(Generic[T]):
    """Some pictures in order, and the cursor of the next page when there is one.

    `count` is how many match in all, where that is known from reading the page; `exact`, whether to the last one.
    """

    images: Sequence[T]
    next: str | None
    count: int | None = None
    exact: bool = True


def select_images(filters: Filters) -> Select[Image]:
    """Return the pictures that match, in order, with their category and suggestion in the same statement."""
    return _select_matching(WHOLE, filters, None)


def _select_matching(
    pictures: Select[T], filters: Filters, named: Mapping[str, list[int]] | None
) -> Select[T]:
    return (
        join_order_table(pictures, filters)
        .where(*conditions(filters, named))
        .order_by(*order_of(filters).order_by())
    )


def page(
    session: Session,
    filters: Filters,
    limit: int,
    after: str | None = None,
    estimated: SearchEstimate | None = None,
) -> ResultPage[Image]:
    """Read one page of at most `limit` pictures, from a cursor on; never by OFFSET.

    Takes one statement, two for a search whose matches are not new, and one more to look round when that is not
    done yet.
    """
    return _page(session, WHOLE, filters, limit, after, estimated)


def page_of_rows(
    session: Session,
    filters: Filters,
    limit: int,
    after: str | None = None,
    estimated: SearchEstimate | None = None,
) -> ResultPage[ListedImage]:
    """Read the same page with no more of each picture than its row shows."""
    return _page(session, LISTED, filters, limit, after, estimated)


def _page(
    session: Session,
    pictures: Select[T],
    filters: Filters,
    limit: int,
    after: str | None,
    estimated: SearchEstimate | None,
) -> ResultPage[T]:
    place = decode_cursor(after, filters) if after else None
    estimated = estimated or (estimate(session, filters) if filters.q else SearchEstimate())
    if filters.sort != "best" or filters.trashed:
        matching = _select_matching(pictures, filters, estimated.named)
        return _read_page(session, matching, order_of(filters), limit, place)
    if place is not None:
        if isinstance(place[0], float):
            return _page_of_found(session, pictures, filters, estimated, limit, place, ranked=True)
        return _page_of_newest(session, pictures, filters, estimated, limit, place)
    return _page_of_recent(session, pictures, filters, estimated, limit, None) or _page_of_found(
        session, pictures, filters, estimated, limit, None, ranked=True
    )


def _select_newest(place: Sequence[Any] | None) -> Subquery:
    """Return as many of the newest pictures, from a place on, as the parameter `probed` says."""
    table = Image.__table__
    newest = select(table).where(table.c.trashed_at.is_(None)).order_by(*NEWEST.order_by())
    if place is not None:
        newest = newest.where(NEWEST.after_cursor(place))
    return newest.limit(bindparam("probed")).subquery()


# The columns of a subquery take as long to be made as the rest of the statement.
_NEWEST = _select_newest(None)


def _page_of_recent(
    session: Session,
    pictures: Select[T],
    filters: Filters,
    estimated: SearchEstimate,
    limit: int,
    place: Sequence[Any] | None,
) -> ResultPage[T] | None:
    """Return a page from among so many of the newest pictures as should hold two; None when they do not.

    The pictures are taken first and looked through after that: left to itself the database would rather begin with the
    index of words, which takes long for the very words that this is about.
    """
    if not (estimated.large and estimated.many):
        return None
    probed = 2 * (limit + 1) * estimated.live // estimated.expected
    if estimated.by_index < min(probed, PROBED_MOST):
        return _page_of_found(session, pictures, filters, estimated, limit, place, ranked=False)
    if probed > PROBED_MOST:
        return None
    taken = _NEWEST if place is None else _select_newest(place)
    matching = ClauseAdapter(taken).traverse(and_(*conditions(filters, estimated.named)))
    first = select(taken.c.id).where(matching).order_by(taken.c.created_at.desc(), taken.c.id.desc())
    found = first.limit(limit + 1).subquery("found")
    query = pictures.where(Image.id.in_(found.select())).order_by(*NEWEST.order_by())
    page = _read_page(session, query, NEWEST, limit, None, {"probed": probed})
    return (
        replace(page, count=max(round_down(estimated.at_least), limit + 1), exact=False)
        if page.next
        else None
    )


def _read_page(
    session: Session,
    query: Select[T],
    order: SortOrder,
    limit: int,
    place: Sequence[Any] | None,
    parameters: Mapping[str, Any] | None = None,
) -> ResultPage[T]:
    query = query.add_columns(*order.columns).limit(limit + 1)
    if place is not None:
        query = query.where(order.after_cursor(place))
    found = session.execute(query, parameters).all()
    cursor = encode_cursor(found[limit - 1][1:]) if len(found) > limit else None
    return ResultPage([row[0] for row in found[:limit]], cursor)


def _page_of_newest(
    session: Session,
    pictures: Select[T],
    filters: Filters,
    estimated: SearchEstimate,
    limit: int,
    place: Sequence[Any] | None,
) -> ResultPage[T]:
    query = _select_matching(pictures, filters.but(sort="newest"), estimated.named)
    return _page_of_recent(session, pictures, filters, estimated, limit, place) or _read_page(
        session, query, NEWEST, limit, place
    )


def _page_of_found(
    session: Session,
    pictures: Select[T],
    filters: Filters,
    estimated: SearchEstimate,
    limit: int,
    place: Sequence[Any] | None,
    *,
    ranked: bool,
) -> ResultPage[T]:
    """Read a page of what the index of words finds, of which only the pictures of the page are read whole.

    `ranked`, the best come first, of the first `counts.MANY` that are found; else the newest of all.
    """
    key = rank(filters) if ranked else Image.created_at
    matching = select(Image.id, key.label("key")).where(
        *conditions(filters, estimated.named, estimated.common)
    )
    found = (
        (matching.limit(MANY) if ranked else matching)
        .cte("found")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    within = SortOrder((found.c.key, found.c.id), descending=True)
    first = select(found.c.id, found.c.key).order_by(*within.order_by()).limit(limit + 1)
    if place is not None:
        first = first.where(within.after_cursor(place))
    chosen = first.subquery("chosen")
    query = pictures.join(chosen, chosen.c.id == Image.id)
    order = SortOrder((chosen.c.key, chosen.c.id), descending=True)
    counted = select(func.count()).select_from(found).scalar_subquery()
    rows = session.execute(query.add_columns(*order.columns, counted).order_by(*order.order_by())).all()
    count = rows[0][-1] if rows else 0
    cursor = encode_cursor(rows[limit - 1][1:-1]) if len(rows) > limit else None
    # A page further on knows nothing of a list that has become shorter.
    known = count if rows or place is None else None
    return ResultPage([row[0] for row in rows[:limit]], cursor, known, exact=not ranked or count < MANY)


def count_of(
    session: Session, filters: Filters, page: ResultPage[Any], estimated: SearchEstimate | None = None
) -> tuple[int, bool]:
    """Return how many match and whether that is exact: from the page where it is known, else counted."""
    return count_matches(session, filters, estimated) if page.count is None else (page.count, page.exact)


@dataclass(frozen=True)
class Position:
    """The pictures before and after one in a filtered order, and its place (1-based) when it is among them."""

    previous: int | None
    next: int | None
    index: int | None
    total: int | None


def ranked_ids(session: Session, filters: Filters) -> list[int] | None:
    """Return the ids of a search's list in its order where the best come first; None for a list in any other order.

    They are at most `counts.MANY`, from one statement beside those that look round.
    """
    if filters.sort != "best" or filters.trashed:
        return None
    estimated = estimate(session, filters)
    ids = select(Image.id)
    if _page_of_recent(session, ids, filters, estimated, ROUND, None):
        return None
    return [*_page_of_found(session, ids, filters, estimated, MANY, None, ranked=True).images]


def place_of(session: Session, filters: Filters, image: Image) -> tuple[Sequence[Any], bool] | None:
    """Return the place of a picture in an order that is not by rank, and whether it is listed; None for nowhere."""
    own = join_order_table(select(*order_of(filters).columns), filters).where(Image.id == image.id)
    place = session.execute(own.where(*conditions(filters))).one_or_none()
    if place is not None:
        return place, True
    outside = session.execute(own).one_or_none() if filters.sort != "arranged" else None
    return None if outside is None else (outside, False)


def position_of(session: Session, filters: Filters, image: Image, *, number_alone: bool = False) -> Position:
    """Return what stands before and after a picture; its place is left out in lists of more than 10,000.

    `number_alone` is for whoever knows already what stands beside it.
    """
    ids = ranked_ids(session, filters) or []
    if image.id in ids:
        return _position_among(ids, ids.index(image.id))
    if filters.sort == "best":
        filters = filters.but(sort="newest")
    found = place_of(session, filters, image)
    if found is None:
        return Position(None, None, None, None)
    place, among = found
    order, matching = order_of(filters), conditions(filters)

    def nearest(back: bool) -> int | None:
        query = join_order_table(select(Image.id), filters).where(
            *matching, order.after_cursor(place, back=back)
        )
        found: int | None = session.scalar(query.order_by(*order.order_by(back=back)).limit(1))
        return found

    count, exact = count_matches(session, filters)
    index = None
    if exact and among and count <= MOST_EXACT:
        before = (
            join_order_table(select(Image.id), filters)
            .where(*matching, order.after_cursor(place, back=True))
            .subquery()
        )
        index = (session.scalar(select(func.count()).select_from(before)) or 0) + 1
    total = count if index else None
    return (
        Position(None, None, index, total)
        if number_alone
        else Position(nearest(True), nearest(False), index, total)
    )


def _position_among(ids: list[int], at: int) -> Position:
    following = ids[at + 1] if at + 1 < len(ids) else None
    return Position(ids[at - 1] if at else None, following, at + 1, len(ids))
