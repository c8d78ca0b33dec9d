"""Filters and sort orders as queries: one page by keyset, how many in all, and the neighbours of a picture."""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, cast, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import Text

from errors import BadRequest, Invalid
from models import STATUSES, Category, Image

SORTS = {"newest": "Newest", "oldest": "Oldest", "title": "Title"}
MOST_EXACT = 10_000
LONGEST_QUERY = 200
MOST_WORDS = 12


@dataclass(frozen=True)
class Filters:
    """What is looked for; an empty string filters nothing. Raises Invalid for a status or sort there is not."""

    q: str = ""
    category: str = ""
    tag: str = ""
    status: str = ""
    sort: str = "newest"
    trashed: bool = False
    ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("q", "category", "tag"):
            # Composed like the stored words, or a decomposed "é" would find nothing.
            text = unicodedata.normalize("NFC", getattr(self, name).replace("\0", ""))
            object.__setattr__(self, name, text.strip()[:LONGEST_QUERY])
        object.__setattr__(self, "sort", self.sort or "newest")
        if self.status and self.status not in STATUSES:
            raise Invalid("The status must be new, draft or ready.", field="status")
        if self.sort not in SORTS:
            raise Invalid("The order must be newest, oldest or title.", field="sort")

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set, for links; the order only when it is not the usual one."""
        pairs = {
            name: getattr(self, name) for name in ("q", "category", "tag", "status") if getattr(self, name)
        }
        if self.sort != "newest":
            pairs["sort"] = self.sort
        return pairs

    @property
    def narrows(self) -> bool:
        """Tell whether anything is filtered at all."""
        return bool(self.q or self.category or self.tag or self.status or self.ids)

    def but(self, **changes: Any) -> Filters:
        """Give a copy with some filters changed."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Page:
    """Some pictures in order, and the cursor of the next page when there is one."""

    images: Sequence[Image]
    next: str | None


def words_of(text: str) -> list[str]:
    """Split a query into words: runs of letters, marks and digits of any script, at most 12."""
    spaced = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    return spaced.split()[:MOST_WORDS]


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Give the WHERE clauses of the filters; every word must begin a word of the picture's text."""
    clauses: list[ColumnElement[bool]] = [
        Image.trashed_at.is_not(None) if filters.trashed else Image.trashed_at.is_(None)
    ]
    if filters.ids:
        clauses.append(Image.id.in_(filters.ids))
    if filters.status:
        clauses.append(Image.status == filters.status)
    if filters.category:
        wanted = select(Category.id).where(func.lower(Category.name) == func.lower(filters.category))
        clauses.append(Image.category_id == wanted.scalar_subquery())
    if filters.tag:
        tag = "#" + filters.tag.lstrip("#")
        clauses.append(Image.hashtags_folded.contains(func.image_fold(cast([tag], ARRAY(Text)))))
    if filters.q:
        clauses.append(_text_condition(filters.q))
    return clauses


def _text_condition(query: str) -> ColumnElement[bool]:
    words = words_of(query)
    if not words:
        # Signs alone ("100 %" has a word, "%%" has none) are no words to an index: look for them as they stand.
        return or_(
            *(column.contains(query, autoescape=True) for column in (Image.post_title, Image.description))
        )
    # Each word is quoted, so that nothing in it is read as an operator; words hold only letters, marks and digits.
    terms = " & ".join(f"'{word}':*" for word in words)
    return Image.search.bool_op("@@")(func.to_tsquery("simple", func.image_plain(terms)))


def _order(filters: Filters) -> tuple[list[ColumnElement[Any]], bool]:
    """Give the sort columns and whether they descend; the id makes every order total."""
    if filters.trashed:
        return [_column(Image.trashed_at), _column(Image.id)], True
    if filters.sort == "title":
        return [
            Image.post_title == "",
            func.lower(func.left(Image.post_title, 200)),
            _column(Image.id),
        ], False
    return [_column(Image.created_at), _column(Image.id)], filters.sort == "newest"


def _column(attribute: Any) -> ColumnElement[Any]:
    expression: ColumnElement[Any] = attribute.expression
    return expression


def _place(image: Image, filters: Filters) -> list[Any]:
    """Give the values of the sort columns of one picture, as a cursor keeps them."""
    if filters.trashed:
        return [image.trashed_at, image.id]
    if filters.sort == "title":
        return [image.post_title == "", image.post_title[:200], image.id]
    return [image.created_at, image.id]


def _beyond(filters: Filters, place: list[Any], *, back: bool = False) -> ColumnElement[bool]:
    """Give the clause for what comes after (or before) a place, as one row comparison that an index answers."""
    columns, descending = _order(filters)
    values: list[Any] = [literal(value) for value in place]
    if filters.sort == "title" and not filters.trashed:
        # Folded by the database, so that Python's idea of lower case never differs from the index's.
        values[1] = func.lower(values[1])
    row, limit = tuple_(*columns), tuple_(*values)
    return row < limit if descending != back else row > limit


def _encode(place: list[Any]) -> str:
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in place]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def _decode(cursor: str, filters: Filters) -> list[Any]:
    """Read a cursor back; raises BadRequest for anything that is not one of ours for this order."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if filters.sort == "title" and not filters.trashed:
            unnamed, title, number = place
            if not isinstance(unnamed, bool) or not isinstance(title, str) or "\0" in title:
                raise ValueError
            title.encode()
            return [unnamed, title, _id(number)]
        moment, number = place
        return [_moment(moment), _id(number)]
    except (ValueError, TypeError, RecursionError):
        raise BadRequest("That page address is not one of ours. Start again from the first page.") from None


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


def select_images(filters: Filters) -> Select[Image]:
    """Give the pictures that match, in order, with their category and suggestion in the same statement."""
    columns, descending = _order(filters)
    query = select(Image).options(joinedload(Image.category_row), joinedload(Image.suggestion))
    ordered = (column.desc() if descending else column for column in columns)
    return query.where(*conditions(filters)).order_by(*ordered)


def page(session: Session, filters: Filters, limit: int, after: str | None = None) -> Page:
    """Read one page of at most `limit` pictures in one statement, from a cursor on; never by OFFSET."""
    query = select_images(filters).limit(limit + 1)
    if after:
        query = query.where(_beyond(filters, _decode(after, filters)))
    found = list(session.scalars(query))
    more = len(found) > limit
    return Page(found[:limit], _encode(_place(found[limit - 1], filters)) if more else None)


def total(session: Session, filters: Filters) -> tuple[int, bool]:
    """Count what matches, up to 10,000; the flag tells whether the number is exact."""
    some = select(Image.id).where(*conditions(filters)).limit(MOST_EXACT + 1).subquery()
    count = session.scalar(select(func.count()).select_from(some)) or 0
    return min(count, MOST_EXACT), count <= MOST_EXACT


@dataclass(frozen=True)
class Neighbours:
    """The pictures before and after one in a filtered order, and its place (1-based) when it is among them."""

    previous: int | None
    next: int | None
    index: int | None
    total: int | None


def neighbours(session: Session, filters: Filters, image: Image) -> Neighbours:
    """Find what stands before and after a picture; its place is left out in lists of more than 10,000."""
    columns, descending = _order(filters)
    place = _place(image, filters)

    def nearest(back: bool) -> int | None:
        falls = descending != back
        ordered = (column.desc() if falls else column.asc() for column in columns)
        clause = _beyond(filters, place, back=back)
        return session.scalar(
            select(Image.id).where(*conditions(filters), clause).order_by(*ordered).limit(1)
        )

    count, exact = total(session, filters)
    among = session.scalar(select(Image.id).where(*conditions(filters), Image.id == image.id)) is not None
    index = None
    if exact and among:
        before = select(Image.id).where(*conditions(filters), _beyond(filters, place, back=True)).subquery()
        index = (session.scalar(select(func.count()).select_from(before)) or 0) + 1
    return Neighbours(nearest(True), nearest(False), index, count if index else None)
