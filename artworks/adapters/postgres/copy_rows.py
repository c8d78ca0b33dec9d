"""COPY of PostgreSQL, the quickest way to get many rows out of it and into it: in large pieces."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg2

PIECE = 64 * 1024
log = logging.getLogger(__name__)


class _Pieces:
    """What psycopg2 writes to, row by row: passes large pieces on."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._rows: list[bytes] = []
        self._size = 0

    def write(self, row: bytes) -> None:
        self._rows.append(row)
        self._size += len(row)
        if self._size >= PIECE:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            self._write(b"".join(self._rows))
        self._rows, self._size = [], 0


def copy_out(
    connection: Any, statement: str, values: Mapping[str, Any], write: Callable[[bytes], object]
) -> None:
    """Pass on what `COPY (statement) TO STDOUT` gives, whole rows in pieces of about 64 kB.

    `connection` is psycopg2's. Raises what the database raises and what `write` raises; the connection is of no use
    after that, because rows may still be on their way to it.
    """
    pieces = _Pieces(write)
    with connection.cursor() as cursor:
        cursor.copy_expert(cursor.mogrify(statement, values), pieces)
    pieces.flush()


class _Lines:
    """What psycopg2 reads from: lines, joined to what it asks for."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines

    def read(self, size: int) -> bytes:
        found: list[bytes] = []
        while size > 0 and (line := next(self._lines, b"")):
            found.append(line)
            size -= len(line)
        return b"".join(found)


def copy_in(connection: Any, statement: str, lines: Iterator[bytes]) -> None:
    """Send lines to `COPY … FROM STDIN`; raises what the database raises and what the lines raise."""
    with connection.cursor() as cursor:
        cursor.copy_expert(statement, _Lines(lines), PIECE)


def cancel(connection: Any) -> None:
    """Ask the database to break off what psycopg2's `connection` does in another thread."""
    try:
        connection.cancel()
    except psycopg2.Error as error:
        # It comes to an end by its timeout.
        log.warning("A statement could not be broken off: %s", type(error).__name__)
