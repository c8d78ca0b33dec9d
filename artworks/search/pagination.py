"""The orders of a list, made total by the picture's id, and the cursors that say where a page of it ends."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Double, Select, cast, func, literal, tuple_
from sqlalchemy.sql.elements import ColumnElement

from artworks.core.errors import BadRequest
from artworks.search.conditions import ranking_query
from artworks.search.filters import Filters
from models import CollectionImage, Image


@dataclass(frozen=True)
class SortOrder:
    """The columns of an order, which the id makes total, and whether they all descend."""

    columns: tuple[ColumnElement[Any], ...]
    descending: bool

    def order_by(self, *, back: bool = False) -> list[ColumnElement[Any]]:
        """Return the columns for ORDER BY; `back` is the other way round."""
        return [column.desc() if self.descending != back else column.asc() for column in self.columns]

    def after_cursor(self, place: Sequence[Any], *, back: bool = False) -> ColumnElement[bool]:
        """Return the clause for what comes after (or before) a place, as one row comparison that an index answers."""
        row, limit = tuple_(*self.columns), tuple_(*map(literal, place))
        return row < limit if self.descending != back else row > limit


def rank(filters: Filters) -> ColumnElement[Any]:
    """Return how well a picture answers the words of a search, as a number."""
    words = ranking_query(filters.query)
    # Double precision, so that a cursor holds exactly what is compared.
    return literal(0.0) if words is None else cast(func.ts_rank(Image.search, words, 1), Double)


def order_of(filters: Filters) -> SortOrder:
    """Return the order that the filters ask for; the trash has one of its own."""
    number: ColumnElement[Any] = Image.id.expression
    if filters.trashed:
        return SortOrder((Image.trashed_at.expression, number), descending=True)
    orders = {
        "oldest": lambda: SortOrder((Image.created_at.expression, number), descending=False),
        "title": lambda: SortOrder(
            (Image.post_title == "", func.lower(func.left(Image.post_title, 200)), number), descending=False
        ),
        # Those without a title come last, whichever way the others go.
        "title_down": lambda: SortOrder(
            (Image.post_title != "", func.lower(func.left(Image.post_title, 200)), number), descending=True
        ),
        "status": lambda: SortOrder(_by_status(), descending=True),
        "status_down": lambda: SortOrder(_by_status(), descending=False),
        "edited": lambda: SortOrder((Image.updated_at.expression, number), descending=True),
        "largest": lambda: SortOrder((func.coalesce(Image.size_bytes, 0), number), descending=True),
        "best": lambda: SortOrder((rank(filters), number), descending=True),
        "arranged": lambda: SortOrder((CollectionImage.place.expression, number), descending=False),
    }
    return orders[filters.sort]() if filters.sort in orders else NEWEST


def _by_status() -> tuple[ColumnElement[Any], ...]:
    """Return how much of a picture is still to be done, as the index `image_progress` has it, and when it was added."""
    return (
        Image.status != "ready",
        Image.status == "new",
        Image.created_at.expression,
        Image.id.expression,
    )


NEWEST = SortOrder((Image.created_at.expression, Image.id.expression), descending=True)


def join_order_table(query: Select[Any], filters: Filters) -> Select[Any]:
    """Add the table that the order needs."""
    if filters.sort != "arranged":
        return query
    here = (CollectionImage.image_id == Image.id) & (CollectionImage.collection_id == int(filters.collection))
    return query.join(CollectionImage, here)


def encode_cursor(place: Sequence[Any]) -> str:
    """Return the cursor of the page after a place: the values of the order's columns there."""
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in place]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, filters: Filters) -> list[Any]:
    """Return the values that a cursor holds; raises BadRequest for anything that is not one of ours for this order."""
    try:
        *values, number = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [*_checked_values(values, "trashed" if filters.trashed else filters.sort), _checked_id(number)]
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise BadRequest("That page address is not one of ours. Start again from the first page.") from None


def _checked_values(values: list[Any], sort: str) -> list[Any]:
    if sort in ("title", "title_down"):
        unnamed, title = values
        if not isinstance(unnamed, bool) or not isinstance(title, str) or "\0" in title:
            raise ValueError
        title.encode()
        return [unnamed, title]
    if sort in ("status", "status_down"):
        *to_do, added = values
        if list(map(type, to_do)) != [bool, bool]:
            raise ValueError
        return [*to_do, _parse_time(added)]
    (value,) = values
    if sort == "largest":
        return [_checked_id(value)]
    # A search is in the order of its rank, or of the newest.
    if sort in ("arranged", "best") and type(value) in (int, float):
        number = float(value)
        if not -1e300 < number < 1e300:
            raise ValueError
        return [number]
    if sort == "arranged":
        raise ValueError
    return [_parse_time(value)]


def _parse_time(value: str) -> datetime:
    """Return a time as `encode_cursor` writes it; other zones could lead out of the years the database knows."""
    moment = datetime.fromisoformat(value)
    if moment.utcoffset() != timedelta(0):
        raise ValueError
    return moment


def _checked_id(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError
    return value
