"""The library as CSV: made by the database, read in pieces, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, case, cast, func, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from features.search import Filters, conditions, select_images
from models import Category, Image

HEADER = (
    "id,original_filename,stored_filename,post_title,description,hashtags,category,key_points,"
    "alt_text,status,created_at"
)
BYTE_ORDER_MARK = "\ufeff"
ROWS_AT_ONCE = 500
# A spreadsheet reads a cell that begins with one of these as a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Summary:
    """How many pictures an export has, and how many of them lack words."""

    count: int
    titles: int
    descriptions: int


def _cell(value: Any) -> ColumnElement[str]:
    """Write one text cell: a leading `'` before a formula sign, in quotes, inner quotes doubled (RFC 4180)."""
    text = func.coalesce(cast(value, Text), "")
    harmless = case((func.left(text, 1).in_(FORMULA_SIGNS), literal("'").concat(text)), else_=text)
    quoted: ColumnElement[str] = literal('"').concat(func.replace(harmless, '"', '""')).concat('"')
    return quoted


def _line() -> ColumnElement[str]:
    category = select(Category.name).where(Category.id == Image.category_id).scalar_subquery()
    cells = (
        Image.original_filename,
        Image.stored_filename,
        Image.post_title,
        Image.description,
        func.array_to_string(Image.hashtags, " "),
        category,
        Image.key_points,
        Image.alt_text,
        Image.status,
    )
    moment = func.to_char(func.timezone("UTC", Image.created_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    line: ColumnElement[str] = func.concat_ws(",", Image.id, *map(_cell, cells), moment).concat("\r\n")
    return line


def pieces(connection: Connection, filters: Filters, *, excel: bool = False) -> Iterator[bytes]:
    """Yield the CSV in UTF-8, some hundred rows a piece, in the order of the filters.

    Reads through a cursor on the server, so memory stays the same for any number of rows. `excel` puts a byte-order
    mark in front, without which Excel misreads UTF-8.
    """
    yield ((BYTE_ORDER_MARK if excel else "") + HEADER + "\r\n").encode()
    query = select_images(filters).options().with_only_columns(_line(), maintain_column_froms=True)
    rows = connection.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE).execute(query)
    for some in rows.scalars().partitions():
        yield "".join(some).encode()


def summary(session: Session, filters: Filters) -> Summary:
    """Count what an export would have, and how many titles and descriptions are still empty."""
    query = select(
        func.count(),
        func.count().filter(Image.post_title == ""),
        func.count().filter(Image.description == ""),
    ).where(*conditions(filters))
    return Summary(*session.execute(query).one())
