"""Lists of pictures: one page by keyset, how many in all, and the neighbours of a picture.

A search is answered in one of two ways, each of which alone would be slow somewhere. When few pictures match, all
of them are ranked and the best come first. When many match, ranking them would take seconds and tell little, so the
newest come first. A library of up to `RANKED_LIBRARY` pictures is always ranked. In a larger one the newest pictures
are looked through first: at least `PROBED`, and as many as should hold two pages of matches where the database expects
more than `MANY`. When they do not fill a page, few pictures match: they are ranked, up to `RANKED_MOST`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Double, Select, and_, cast, func, literal, null, select, tuple_, union_all
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.util import ClauseAdapter

from errors import BadRequest
from features.conditions import conditions, document, has_word, naming
from features.filters import SORTS, Filters
from features.query import words_of
from models import Category, Collection, CollectionImage, Image, StatusCount, Tag

__all__ = [
    "MOST_EXACT", "SORTS", "Filters", "Neighbours", "Page", "Survey", "conditions", "counted", "neighbours", "page",
    "select_images", "survey", "total", "words_of",
]  # fmt: skip

MOST_EXACT = 10_000
# In a large library fewer are counted: each may cost a look at a hundred others.
MOST_COUNTED = 400
MANY = 5_000
PROBED = 2_000
RANKED_LIBRARY = 10_000
RANKED_MOST = 3_000
# To look for a word in a picture that another word has found takes as long as to find it in so many by the index.
COMMON = 50


@dataclass(frozen=True)
class Survey:
    """What is known before a list is read.

    How many pictures there are outside the trash, how many the database expects to match (0 where it was not asked),
    which categories words of the search name, and which words are too common to be looked up.
    """

    live: int
    expected: int
    named: Mapping[str, list[int]]
    common: frozenset[str] = frozenset()

    @property
    def large(self) -> bool:
        """Tell whether it would take long to look at every picture."""
        return self.live > RANKED_LIBRARY


@dataclass(frozen=True)
class Page:
    """Some pictures in order, and the cursor of the next page when there is one.

    `count` is how many match in all, where that fell off on the way; `exact` tells whether to the last one.
    """

    images: Sequence[Image]
    next: str | None
    count: int | None = None
    exact: bool = True


@dataclass(frozen=True)
class _Order:
    """The columns of an order, which the id makes total, and whether they all descend."""

    columns: tuple[ColumnElement[Any], ...]
    descends: bool

    def sorted(self, *, back: bool = False) -> list[ColumnElement[Any]]:
        return [column.desc() if self.descends != back else column.asc() for column in self.columns]

    def beyond(self, place: Sequence[Any], *, back: bool = False) -> ColumnElement[bool]:
        """Give the clause for what comes after (or before) a place, as one row comparison that an index answers."""
        row, limit = tuple_(*self.columns), tuple_(*map(literal, place))
        return row < limit if self.descends != back else row > limit


def _rank(filters: Filters) -> ColumnElement[Any]:
    words = document(filters.query)
    # Double precision, so that a cursor holds exactly what is compared.
    return literal(0.0) if words is None else cast(func.ts_rank(Image.search, words, 1), Double)


def _order(filters: Filters) -> _Order:
    number: ColumnElement[Any] = Image.id.expression
    if filters.trashed:
        return _Order((Image.trashed_at.expression, number), descends=True)
    orders = {
        "oldest": lambda: _Order((Image.created_at.expression, number), descends=False),
        "title": lambda: _Order(
            (Image.post_title == "", func.lower(func.left(Image.post_title, 200)), number), descends=False
        ),
        "edited": lambda: _Order((Image.updated_at.expression, number), descends=True),
        "largest": lambda: _Order((func.coalesce(Image.size_bytes, 0), number), descends=True),
        "best": lambda: _Order((_rank(filters), number), descends=True),
        "arranged": lambda: _Order((CollectionImage.place.expression, number), descends=False),
    }
    return orders[filters.sort]() if filters.sort in orders else _NEWEST


_NOTHING_SEEN = Survey(0, 0, {})
_NEWEST = _Order((Image.created_at.expression, Image.id.expression), descends=True)


def _joined(query: Select[Any], filters: Filters) -> Select[Any]:
    """Add the table that the order needs."""
    if filters.sort != "arranged":
        return query
    here = (CollectionImage.image_id == Image.id) & (CollectionImage.collection_id == int(filters.collection))
    return query.join(CollectionImage, here)


def select_images(filters: Filters) -> Select[Image]:
    """Give the pictures that match, in order, with their category and suggestion in the same statement."""
    return _selected(filters, None)


def _selected(filters: Filters, named: Mapping[str, list[int]] | None) -> Select[Image]:
    return _joined(_whole(), filters).where(*conditions(filters, named)).order_by(*_order(filters).sorted())


def _whole() -> Select[Image]:
    return select(Image).options(joinedload(Image.category_row), joinedload(Image.suggestion))


def survey(session: Session, filters: Filters) -> Survey:
    """Look round before a list is read; asks a large library how much of it matches."""
    words = filters.query.words
    named = naming(filters.query).subquery()
    pairs = select(func.jsonb_object_agg(named.c[0], named.c[1])).scalar_subquery() if words else null()
    live = select(func.coalesce(func.sum(StatusCount.images), 0)).scalar_subquery()
    # One list must not take every core; and what is expected is told for each word only by a plan for one.
    alone = func.set_config("max_parallel_workers_per_gather", "0", True)
    found = session.execute(select(live, pairs, alone)).one()
    ids = {word: (found[1] or {}).get(str(place), []) for place, word in enumerate(words, 1)}
    seen = Survey(int(found[0]), 0, ids)
    if seen.large and filters.query.ranks:
        expected, *each = _expected(
            session, [conditions(filters, ids), *([has_word(word, ids[word])] for word in words)]
        )
        rarest = min(each, default=0)
        common = {word for word, count in zip(words, each, strict=True) if count > COMMON * max(rarest, 1)}
        return replace(seen, expected=expected, common=frozenset(common))
    return seen


def _expected(session: Session, searches: list[list[ColumnElement[bool]]]) -> list[int]:
    """Ask the database how many pictures it expects each search to find; it looks at none of them for that."""
    connection = session.connection()
    every = union_all(*(select(Image.id).where(*clauses) for clauses in searches))
    compiled = every.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}", compiled.params).scalar_one()
    whole = plan["Plan"]
    parts = whole["Plans"] if whole["Node Type"] == "Append" else [whole]
    return [int(part["Plan Rows"]) for part in parts]


def page(
    session: Session,
    filters: Filters,
    limit: int,
    after: str | None = None,
    surveyed: Survey | None = None,
) -> Page:
    """Read one page of at most `limit` pictures, from a cursor on; never by OFFSET.

    Takes one statement, two for the first page of a search, and one more to look round when that is not done yet.
    """
    place = _decode(after, filters) if after else None
    seen = surveyed or (survey(session, filters) if filters.q else _NOTHING_SEEN)
    if filters.sort != "best" or filters.trashed:
        return _page(session, _selected(filters, seen.named), _order(filters), limit, place)
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
    if not seen.large:
        return None
    table = Image.__table__
    many = PROBED
    if seen.expected > MANY:
        # The estimate is trusted to be too high, but not to be too low.
        many = max(PROBED, 2 * (limit + 1) * seen.live // seen.expected)
    newest = select(table).where(table.c.trashed_at.is_(None)).order_by(*_NEWEST.sorted()).limit(many)
    if place is not None:
        newest = newest.where(_NEWEST.beyond(place))
    taken = newest.subquery()
    matching = ClauseAdapter(taken).traverse(and_(*conditions(filters, seen.named)))
    found = select(taken.c.id).where(matching).limit(limit + 1).subquery("found")
    query = _whole().where(Image.id.in_(found.select())).order_by(*_NEWEST.sorted())
    page = _page(session, query, _NEWEST, limit, None)
    if not page.next:
        return None
    # What is true of the newest will do for the size of the whole, which would take longer to count than to read.
    expected = max(seen.expected, seen.live * (limit + 1) // many)
    return replace(page, count=_size(expected), exact=False)


def _page(
    session: Session,
    query: Select[Image],
    order: _Order,
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
    return _recent(session, filters, seen, limit, place) or _page(session, query, _NEWEST, limit, place)


def _ranked(
    session: Session, filters: Filters, seen: Survey, limit: int, place: Sequence[Any] | None
) -> Page:
    """Read a page of the best matches: found by the index of words, ranked, and only those of the page read whole."""
    found = (
        select(Image.id, _rank(filters).label("rank"))
        .where(*conditions(filters, seen.named, seen.common))
        .limit(RANKED_MOST)
        .cte("found")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    within = _Order((found.c.rank, found.c.id), descends=True)
    best = select(found.c.id, found.c.rank).order_by(*within.sorted()).limit(limit + 1)
    if place is not None:
        best = best.where(within.beyond(place))
    chosen = best.subquery("best")
    query = _whole().join(chosen, chosen.c.id == Image.id)
    order = _Order((chosen.c.rank, chosen.c.id), descends=True)
    counted = select(func.count()).select_from(found).scalar_subquery()
    rows = session.execute(query.add_columns(*order.columns, counted).order_by(*order.sorted())).all()
    count = rows[0][-1] if rows else 0
    cursor = encode(rows[limit - 1][1:-1]) if len(rows) > limit else None
    # A page further on knows nothing of a list that has become shorter.
    known = count if rows or place is None else None
    return Page([row[0] for row in rows[:limit]], cursor, known, exact=count < RANKED_MOST)


def encode(place: Sequence[Any]) -> str:
    """Write the cursor of the page after a place: the values of the order's columns there."""
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in place]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def _decode(cursor: str, filters: Filters) -> list[Any]:
    """Read a cursor back; raises BadRequest for anything that is not one of ours for this order."""
    try:
        *values, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [*_values(values, "trashed" if filters.trashed else filters.sort), _id(number)]
    except (ValueError, TypeError, RecursionError):
        raise BadRequest("That page address is not one of ours. Start again from the first page.") from None


def _values(values: list[Any], sort: str) -> list[Any]:
    if sort == "title":
        unnamed, title = values
        if not isinstance(unnamed, bool) or not isinstance(title, str) or "\0" in title:
            raise ValueError
        title.encode()
        return [unnamed, title]
    (value,) = values
    if sort == "largest":
        return [_id(value)]
    # A search is in the order of its rank, or of the newest.
    if sort in ("arranged", "best") and type(value) in (int, float):
        number = float(value)
        if not -1e300 < number < 1e300:
            raise ValueError
        return [number]
    if sort == "arranged":
        raise ValueError
    return [_moment(value)]


def _moment(value: str) -> datetime:
    """Read a time as `_encode` writes it; other zones could lead out of the years the database knows."""
    moment = datetime.fromisoformat(value)
    if moment.utcoffset() != timedelta(0):
        raise ValueError
    return moment


def _id(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError
    return value


def total(session: Session, filters: Filters, surveyed: Survey | None = None) -> tuple[int, bool]:
    """Count what matches; the flag tells whether the number is exact.

    Kept counts answer a list of one filter or none; others are counted up to 10,000, in a large library to 400.
    Of a search that many match only the size is told, as the database expects it.
    """
    kept = _kept(session, filters)
    if kept is not None:
        return kept, True
    seen = surveyed or survey(session, filters)
    if seen.expected > MANY:
        return _size(seen.expected), False
    most = MOST_COUNTED if seen.large and not filters.query.ranks else MOST_EXACT
    # In the order of an index: where many match, it ends soon, and where few do, the order costs nothing.
    matching = select(Image.id).where(*conditions(filters, seen.named)).order_by(*_NEWEST.sorted())
    some = matching.limit(most + 1).subquery()
    count = session.scalar(select(func.count()).select_from(some)) or 0
    return min(count, most), count <= most


def counted(
    session: Session, filters: Filters, page: Page, surveyed: Survey | None = None
) -> tuple[int, bool]:
    """Give how many match and whether that is exact: from the page where it is known, else counted."""
    return total(session, filters, surveyed) if page.count is None else (page.count, page.exact)


def _size(count: int) -> int:
    """Round down to the first digit: 23,417 is 20,000 and more."""
    size: int = 10 ** (len(str(count)) - 1)
    return count // size * size


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
        "collection": select(Collection.images).where(Collection.id == int(filters.collection or 0)),
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
    order = _order(filters)
    matching = conditions(filters)
    own = _joined(select(*order.columns), filters).where(Image.id == image.id)
    place = session.execute(own.where(*matching)).one_or_none()
    among = place is not None
    if place is None and filters.sort != "arranged":
        place = session.execute(own).one_or_none()
    if place is None:
        return Neighbours(None, None, None, None)

    def nearest(back: bool) -> int | None:
        query = _joined(select(Image.id), filters).where(*matching, order.beyond(place, back=back))
        found: int | None = session.scalar(query.order_by(*order.sorted(back=back)).limit(1))
        return found

    count, exact = total(session, filters)
    index = None
    if exact and among and count <= MOST_EXACT:
        before = (
            _joined(select(Image.id), filters).where(*matching, order.beyond(place, back=True)).subquery()
        )
        index = (session.scalar(select(func.count()).select_from(before)) or 0) + 1
    return Neighbours(nearest(True), nearest(False), index, count if index else None)
