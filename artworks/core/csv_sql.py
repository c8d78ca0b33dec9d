"""CSV that the database writes: cells that are safe in a spreadsheet, lines, and a header in front of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, Text, cast, func, literal
from sqlalchemy.sql.elements import ColumnElement

from artworks.core.formula_signs import harmless

BYTE_ORDER_MARK = "\ufeff"
ROWS_AT_ONCE = 500
# What a written piece is passed to.
Write = Callable[[bytes], object]


def cell(value: Any) -> ColumnElement[str]:
    """Write one text cell: harmless in a spreadsheet, in quotes, inner quotes doubled (RFC 4180)."""
    text = harmless(func.coalesce(cast(value, Text), ""))
    quoted: ColumnElement[str] = literal('"').concat(func.replace(text, '"', '""')).concat('"')
    return quoted


def moment(column: Any) -> ColumnElement[str]:
    """Write a time as the contract has it."""
    written: ColumnElement[str] = func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    return written


def line(*cells: Any) -> ColumnElement[str]:
    """Write one line of cells, none of which may be null."""
    written: ColumnElement[str] = func.concat_ws(",", *cells).concat("\r\n")
    return written


def header_line(header: str, excel: bool) -> bytes:
    """Return the first line in UTF-8, with a byte-order mark in front for Excel."""
    return ((BYTE_ORDER_MARK if excel else "") + header + "\r\n").encode()


def encoded(
    connection: Connection, header: str, query: Select[str], *, excel: bool = False
) -> Iterator[bytes]:
    """Yield a header and the lines of a query in UTF-8, some hundred rows a piece.

    Reads through a cursor on the server, so memory stays the same for any number of rows. `excel` puts a byte-order
    mark in front, without which Excel misreads UTF-8.
    """
    yield header_line(header, excel)
    rows = connection.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE).execute(query)
    for some in rows.scalars().partitions():
        yield "".join(some).encode()
