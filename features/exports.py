"""The library as CSV: made by the database, read in pieces, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Text, case, cast, func, literal, select
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


def cell(value: Any) -> ColumnElement[str]:
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
    return line(Image.id, *map(cell, cells), moment(Image.created_at))


def moment(column: Any) -> ColumnElement[str]:
    """Write a time as the contract has it."""
    written: ColumnElement[str] = func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    return written


def line(*cells: Any) -> ColumnElement[str]:
    """Write one line of cells, none of which may be null."""
    written: ColumnElement[str] = func.concat_ws(",", *cells).concat("\r\n")
    return written


def pieces(connection: Connection, filters: Filters, *, excel: bool = False) -> Iterator[bytes]:
    """Yield the CSV of pictures in the order of the filters."""
    query = select_images(filters).options().with_only_columns(_line(), maintain_column_froms=True)
    return encoded(connection, HEADER, query, excel=excel)


def encoded(
    connection: Connection, header: str, query: Select[str], *, excel: bool = False
) -> Iterator[bytes]:
    """Yield a header and the lines of a query in UTF-8, some hundred rows a piece.

    Reads through a cursor on the server, so memory stays the same for any number of rows. `excel` puts a byte-order
    mark in front, without which Excel misreads UTF-8.
    """
    yield ((BYTE_ORDER_MARK if excel else "") + header + "\r\n").encode()
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
