"""What keeps decoding in bounds within one process: who decodes when, memory given back, late warnings.

It knows nothing of the imaging library but the name of its log.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# A picture that needs more than this waits for the other ones like it.
HEAVY_BYTES = 50_000_000
# Of a core that others want too, a tenth. Not less: now and then such a thread holds Python's lock, and then whoever
# waits for the lock waits for the thread.
NICENESS = 10
# No more pictures at a time than cores, and one at a time of those that need much memory.
_slots = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
_heavy = threading.Lock()


@contextmanager
def one_of_few(decoder_bytes: int) -> Iterator[None]:
    """Wait for a free core, and for the other heavy picture if this is one too."""
    if decoder_bytes < HEAVY_BYTES:
        with _slots:
            yield
        return
    # The heavy one waits before it takes a core, so that light ones pass by.
    with _heavy, _slots:
        yield


@contextmanager
def beside(decoder_bytes: int) -> Iterator[None]:
    """Decode beside the others, in a thread that gives way: it takes no core from whoever waits for an answer."""
    if decoder_bytes < HEAVY_BYTES:
        yield
        return
    with _heavy:
        yield


def give_way() -> None:
    """Let this thread work little while others want to; it cannot be taken back. Does nothing but on Linux."""
    if sys.platform == "linux":
        # There, and only there, every thread has a priority of its own.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class LateWarnings(logging.Handler):
    """Notice what libvips says of a JPEG when it closes it.

    A warning stops the next strip of lines from being read, so those of the last strip come only here. The
    picture is closed, and this called, in the thread that opened it, as its last use ends.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._of_thread = threading.local()

    @property
    def seen(self) -> bool:
        """Say whether this thread's picture had any."""
        return bool(self._of_thread.seen)

    @seen.setter
    def seen(self, value: bool) -> None:
        self._of_thread.seen = value

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one line of libvips's log."""
        if "read gave" in record.getMessage():
            self._of_thread.seen = True


def listen() -> LateWarnings:
    """Take over libvips's log: what is wrong with a picture is told to its owner, not to the operator."""
    warnings = LateWarnings()
    log = logging.getLogger("pyvips")
    log.addHandler(warnings)
    log.setLevel(logging.WARNING)
    log.propagate = False
    return warnings


def return_memory() -> None:
    """Let the C library give large blocks back to the system at once.

    glibc otherwise raises its own threshold after the first large block and keeps up to ten pictures' worth.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            m_mmap_threshold = -3
            libc.mallopt(m_mmap_threshold, 256 * 1024)
