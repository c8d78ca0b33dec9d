"""What goes wrong with a place where pictures are kept: plain words for people, exact ones for the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from artworks.core.errors import AppError, NotFound, StorageAway, StorageFull, StorageUnusable

MISSING_FILE = "This file is not in the picture store."
NO_ROOM = (
    "There is no room left for more pictures. Whoever runs this program has to make some where they are kept."
)
AWAY = "The place where pictures are kept cannot be reached right now. Try again in a moment."
BUSY = "The place where pictures are kept is too busy right now. Try again in a moment."
UNUSABLE = (
    "The place where pictures are kept cannot be used as it is set up. "
    "Whoever runs this program finds the reason in its log."
)
READ_ONLY = "Nothing can be stored where the pictures are kept. Whoever runs this program finds the reason in its log."
# Seconds after which a program may well ask again.
RETRY_AFTER = 5.0
log = logging.getLogger(__name__)
_probing = ContextVar("probing", default=False)
E = TypeVar("E", bound=AppError)


@contextmanager
def without_log() -> Iterator[None]:
    """Leave faults out of the log, for a caller who tells them in another way."""
    before = _probing.set(True)
    try:
        yield
    finally:
        _probing.reset(before)


def missing() -> NotFound:
    """Return the error of a file that is not there, which is nobody's fault."""
    return NotFound(MISSING_FILE)


def away(detail: str, message: str = AWAY) -> StorageAway:
    """Return the error of a place that may work again by itself, and log what is known of it."""
    return _logged(StorageAway(message, detail=detail, retry_after=RETRY_AFTER))


def too_many_files() -> StorageAway:
    """Return the error of a process that may open no more files, and log what to raise."""
    return away("The program has too many files open; raise its limit (ulimit -n, LimitNOFILE).", BUSY)


def unusable(detail: str, message: str = UNUSABLE) -> StorageUnusable:
    """Return the error of a place that the operator has to mend, and log how."""
    return _logged(StorageUnusable(message, detail=detail))


def full(detail: str, message: str = NO_ROOM) -> StorageFull:
    """Return the error of a place without room, and log where to make some."""
    return _logged(StorageFull(message, detail=detail))


def _logged(error: E) -> E:
    if not _probing.get():
        log.warning("%s", error.detail)
    return error
