"""Exports on their way: how many there may be, whether the disk has room, and the file that the answer follows.

The database writes at its own speed into a file without a name, so its connection and its transaction end with the last
row, however slowly the answer is read. What is held until the answer has ended is that file and a slot.
"""

from __future__ import annotations

import logging
import shutil
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from artworks.adapters.postgres.copy_rows import cancel
from artworks.adapters.storage.process_slots import Slot, SlotsTakenError, take_slot
from artworks.adapters.storage.spool import Spool
from artworks.core.csv_sql import Write
from artworks.core.errors import AppError, RateLimited, StorageFull, Unavailable
from models import Base
from utils import human_size

MOST, MOST_EACH = 4, 2
RETRY_SECONDS = 10
# What commas, quotes, numbers and times add to what a row has of texts, in bytes.
ROW_BYTES = 100
# How many rows a table has, and the bytes of its long texts, which are stored elsewhere and do not count in their rows.
STORED_APART = text(
    "SELECT reltuples, coalesce(pg_relation_size(nullif(reltoastrelid, 0)), 0) FROM pg_class"
    " WHERE oid = to_regclass(:table)"
)
# The disk is to have so many times the estimate.
SPARE = 2
# However much there is, the database is done by then: at its own speed it writes gigabytes in this time.
STATEMENT_TIMEOUT = "SET LOCAL statement_timeout = '10min'"
TOO_MANY = (
    f"{MOST} exports are being sent right now, and that is as many as there can be. Try again in a moment."
)
TOO_MANY_EACH = (
    f"{MOST_EACH} of your exports are still on their way. Wait for one, or stop one, then try again."
)
NO_ROOM = (
    "The disk of this program has too little room to make this file, which will have about {size}. Export less at once,"
    " or ask whoever runs the program to make room."
)
BROKEN = "This export broke off. Try again in a moment."
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Export:
    """What is taken along: how it is written, and the same rows as they are stored, by which its size is estimated.

    `table` is where the rows are from.
    """

    write: Callable[[Connection, Write], None]
    rows: Select[Any]
    table: type[Base]


def estimate(session: Session, export: Export) -> int:
    """Return about how many bytes an export has, by what the database knows of its tables."""
    connection = session.connection()
    query = export.rows.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {query}", query.params).scalar_one()
    rows, width = (int(found[0]["Plan"][name]) for name in ("Plan Rows", "Plan Width"))
    in_all, apart = session.execute(STORED_APART, {"table": export.table.__tablename__}).one()
    return rows * (width + ROW_BYTES) + int(apart * rows / max(rows, in_all, 1))


def reserve(folder: Path, receiver: str, size: int) -> Slot:
    """Take a slot for an export of about so many bytes, whose file will be in a folder.

    Raises RateLimited when there are as many exports as may be, of everybody or of this receiver, and StorageFull when
    the disk has too little room for it beside what the others still write.
    """
    try:
        slot, promised = take_slot(folder, receiver, size, most=MOST, most_each=MOST_EACH)
    except SlotsTakenError as error:
        raise RateLimited(TOO_MANY_EACH if error.by_owner else TOO_MANY, retry_after=RETRY_SECONDS) from None
    free = shutil.disk_usage(folder).free
    if free < SPARE * size + promised:
        slot.free()
        shown = human_size(size)
        log.warning("An export of about %s was refused: %s has %s free.", shown, folder, human_size(free))
        raise StorageFull(NO_ROOM.format(size=shown))
    return slot


class ExportFile(Iterator[bytes]):
    """The bytes of an export, as they are written; `close` ends it, and so does nobody holding it any more.

    The first ones are there when this is made. `on_close` is called when it has ended and nothing is written any more.
    Raises StorageFull and StorageAway when no file can be made, and what the database raises.
    """

    def __init__(
        self, engine: Engine, export: Export, folder: Path, slot: Slot, on_close: Callable[[], object]
    ) -> None:
        try:
            spool = self._spool = Spool(folder, on_close)
        except BaseException:
            on_close()
            raise
        self._offset = 0
        self.close = weakref.finalize(self, spool.leave)
        self.close.atexit = False
        writer = threading.Thread(
            target=_write_file, args=(engine, export, spool, slot), name="export", daemon=True
        )
        try:
            _start(writer, spool)
            spool.read(0)
        except BaseException:
            self.close()
            raise

    def wait(self) -> int:
        """Wait until all is written, and return how many bytes that is."""
        return self._spool.wait()

    def __next__(self) -> bytes:
        """Return the next bytes; raises what ended the writing before its end."""
        piece = self._spool.read(self._offset)
        if not piece:
            self.close()
            raise StopIteration
        self._offset += len(piece)
        return piece


def _start(writer: threading.Thread, spool: Spool) -> None:
    try:
        writer.start()
    except RuntimeError:
        # The system gives no more threads.
        spool.end()
        raise Unavailable(BROKEN, retry_after=RETRY_SECONDS) from None


def _write_file(engine: Engine, export: Export, spool: Spool, slot: Slot) -> None:
    """Write an export into its file."""
    failure: BaseException | None = None
    try:
        _write(engine, export, spool)
    except (AppError, SQLAlchemyError) as error:
        failure = error
    except BaseException:
        failure = AppError(BROKEN)
        if not spool.is_left:
            log.exception("An export broke off.")
    finally:
        with suppress(OSError):
            slot.reserve(0)
        spool.end(failure)


def _write(engine: Engine, export: Export, spool: Spool) -> None:
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        connection.exec_driver_sql(STATEMENT_TIMEOUT)
        try:
            with spool.interrupted_by(partial(cancel, driver)):
                export.write(connection, spool.write)
        except BaseException:
            # Rows may still be on their way to it.
            connection.invalidate()
            raise
