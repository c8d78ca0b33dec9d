"""A temporary file that one thread writes and another one reads meanwhile, so that neither waits for the other."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from artworks.adapters.storage.temporary_files import temporary_file_errors

PIECE = 64 * 1024
# The writer and the reader.
SIDES = 2
INTERRUPT_SECONDS = 0.2


class ReaderLeftError(Exception):
    """Nobody reads any more, so nothing more is to be written."""


class Spool:
    """A file without a name, which is gone with its process however that ends.

    The writer calls `write` and at last `end`; the reader calls `read` and at last `leave`, at any time. The file is
    closed, and `on_close` called, when both have ended. Raises StorageFull or StorageAway when no file can be made in
    the folder, which is made when it is not there.
    """

    def __init__(self, folder: Path, on_close: Callable[[], object]) -> None:
        with temporary_file_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            # Closed by the last one who needs it, and not at the end of a block.
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        self._folder, self._on_close = folder, on_close
        self._change = threading.Condition()
        self._sides = SIDES
        self._size = 0
        self._ended = self._left = False
        self._error: BaseException | None = None
        self._interrupt: Callable[[], object] | None = None

    @property
    def size(self) -> int:
        """Return how many bytes were written so far."""
        return self._size

    @property
    def is_left(self) -> bool:
        """Return whether nobody reads any more."""
        return self._left

    def write(self, piece: bytes) -> None:
        """Append some bytes. Raises ReaderLeftError, StorageFull and StorageAway."""
        if self._left:
            raise ReaderLeftError
        with temporary_file_errors(self._folder):
            view = memoryview(piece)
            while view:
                view = view[self._file.write(view) :]
        with self._change:
            self._size += len(piece)
            self._change.notify_all()

    @contextmanager
    def interrupted_by(self, interrupt: Callable[[], object]) -> Iterator[None]:
        """Call `interrupt` when the reader leaves inside: for a writer that may be waiting for somebody else."""
        with self._change:
            self._interrupt = interrupt
        try:
            yield
        finally:
            with self._change:
                self._interrupt = None
                self._change.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Say that all is written, or with what error it broke off; the room on the disk is given back then."""
        with self._change:
            self._ended, self._error = True, error
            if error is not None:
                os.ftruncate(self._file.fileno(), 0)
            # Whoever sees the end is the last one then.
            self._sides -= 1
            self._change.notify_all()
            is_last = not self._sides
        if is_last:
            self._close()

    def read(self, offset: int) -> bytes:
        """Return the next bytes from a place on, and wait for them; none at the end.

        Raises what the writing broke off with, also before what was written until then is read: the sooner the reader
        knows, the better.
        """
        with self._change:
            self._change.wait_for(lambda: self._ended or self._size > offset)
            if self._error is not None:
                raise self._error
        return os.pread(self._file.fileno(), PIECE, offset)

    def wait(self) -> int:
        """Wait until all is written and return how many bytes that is. Raises what the writing broke off with."""
        with self._change:
            self._change.wait_for(lambda: self._ended)
            if self._error is not None:
                raise self._error
        return self._size

    def leave(self) -> None:
        """Say that nothing more is read; to be called once. The writer stops at what it writes next, or sooner."""
        with self._change:
            self._left = True
            self._sides -= 1
            is_last, is_writing = not self._sides, self._interrupt is not None
        if is_last:
            self._close()
        elif is_writing:
            threading.Thread(target=self._keep_interrupting, name="interrupt", daemon=True).start()

    def _keep_interrupting(self) -> None:
        """Interrupt the writer until it has stopped: what comes before a statement has begun is lost."""
        with self._change:
            # Under the lock, so that nothing else is interrupted that comes after.
            while self._interrupt is not None:
                self._interrupt()
                self._change.wait(INTERRUPT_SECONDS)

    def _close(self) -> None:
        self._file.close()
        self._on_close()
