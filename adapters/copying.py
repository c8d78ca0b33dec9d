"""COPY of PostgreSQL as an iterator: the quickest way to get many rows out of it, in large pieces and little memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from queue import Full, Queue
from typing import Any

PIECE = 64 * 1024
# Pieces that may wait to be taken; the database waits while there are as many.
MOST_WAITING = 4
LOOK_SECONDS = 0.2


class _Left(Exception):  # noqa: N818 - nothing went wrong.
    """Nobody reads any more."""


class _Pipe:
    """What psycopg2 writes to, row by row: passes large pieces on."""

    def __init__(self) -> None:
        self._rows: list[bytes] = []
        self._size = 0
        self._queue: Queue[bytes | BaseException | None] = Queue(MOST_WAITING)
        self._left = threading.Event()

    def write(self, row: bytes) -> None:
        self._rows.append(row)
        self._size += len(row)
        if self._size >= PIECE:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            self.put(b"".join(self._rows))
        self._rows, self._size = [], 0

    def put(self, piece: bytes | BaseException | None) -> None:
        while not self._left.is_set():
            with suppress(Full):
                self._queue.put(piece, timeout=LOOK_SECONDS)
                return
        raise _Left

    def leave(self) -> None:
        self._left.set()

    def read(self) -> Iterator[bytes]:
        while (piece := self._queue.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece


def copied(connection: Any, statement: str, values: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield what `COPY (statement) TO STDOUT` gives, whole rows in pieces of about 64 kB.

    `connection` is psycopg2's, and this iterator's alone until it ends. Nothing is sent before the first piece is asked
    for. Raises what the database raises; the transaction is of no use after that, nor when the reader left early.
    """
    pipe = _Pipe()

    def run() -> None:
        end: BaseException | None = None
        try:
            with connection.cursor() as cursor:
                cursor.copy_expert(cursor.mogrify(statement, values), pipe)
            pipe.flush()
        except _Left:
            return
        except BaseException as error:  # noqa: BLE001 - it is raised where the rows are read.
            end = error
        with suppress(_Left):
            pipe.put(end)

    thread = threading.Thread(target=run, name="copy", daemon=True)
    thread.start()
    try:
        yield from pipe.read()
    finally:
        pipe.leave()
        thread.join()
