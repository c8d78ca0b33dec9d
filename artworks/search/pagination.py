"""The orders of a list: columns that an index has in this order, made total by the picture's id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Double, Select, cast, func, literal, tuple_
from sqlalchemy.sql.elements import ColumnElement

from artworks.search.conditions import document
from artworks.search.filters import Filters
from models import CollectionImage, Image


@dataclass(frozen=True)
class Order:
    """The columns of an order, which the id makes total, and whether they all descend."""

    columns: tuple[ColumnElement[Any], ...]
    descends: bool

    def sorted(self, *, back: bool = False) -> list[ColumnElement[Any]]:
        """Return the columns for ORDER BY; `back` is the other way round."""
        return [column.desc() if self.descends != back else column.asc() for column in self.columns]

    def beyond(self, place: Sequence[Any], *, back: bool = False) -> ColumnElement[bool]:
        """Return the clause for what comes after (or before) a place, as one row comparison that an index answers."""
        row, limit = tuple_(*self.columns), tuple_(*map(literal, place))
        return row < limit if self.descends != back else row > limit


def rank(filters: Filters) -> ColumnElement[Any]:
    """Return how well a picture answers the words of a search, as a number."""
    words = document(filters.query)
    # Double precision, so that a cursor holds exactly what is compared.
    return literal(0.0) if words is None else cast(func.ts_rank(Image.search, words, 1), Double)


def order_of(filters: Filters) -> Order:
    """Return the order that the filters ask for; the trash has one of its own."""
    number: ColumnElement[Any] = Image.id.expression
    if filters.trashed:
        return Order((Image.trashed_at.expression, number), descends=True)
    orders = {
        "oldest": lambda: Order((Image.created_at.expression, number), descends=False),
        "title": lambda: Order(
            (Image.post_title == "", func.lower(func.left(Image.post_title, 200)), number), descends=False
        ),
        "edited": lambda: Order((Image.updated_at.expression, number), descends=True),
        "largest": lambda: Order((func.coalesce(Image.size_bytes, 0), number), descends=True),
        "best": lambda: Order((rank(filters), number), descends=True),
        "arranged": lambda: Order((CollectionImage.place.expression, number), descends=False),
    }
    return orders[filters.sort]() if filters.sort in orders else NEWEST


NEWEST = Order((Image.created_at.expression, Image.id.expression), descends=True)


def joined(query: Select[Any], filters: Filters) -> Select[Any]:
    """Add the table that the order needs."""
    if filters.sort != "arranged":
        return query
    here = (CollectionImage.image_id == Image.id) & (CollectionImage.collection_id == int(filters.collection))
    return query.join(CollectionImage, here)
