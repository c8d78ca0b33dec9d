"""Temporary files: what an error of the system means for them, and which ones a killed process left behind."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from artworks.adapters.storage.faults import away, full, too_many_files
from artworks.adapters.storage.folder_errors import NO_FILES_CODES, NO_ROOM_CODES

# Younger ones may have been made this very moment, and not be held yet.
_YOUNG_SECONDS = 1.0
# Where the file system has no locks, only the age tells.
_ABANDONED_SECONDS = 3600.0
NO_ROOM_HERE = "There is no room left on the disk for this file. Whoever runs this program has to make some."
NOT_TAKEN_IN = "The program cannot take in a file right now. Whoever runs it finds the reason in its log."


@contextmanager
def temporary_file_errors(folder: Path) -> Iterator[None]:
    """Turn the system's errors about a temporary file in `folder` into named ones."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in NO_ROOM_CODES:
            raise full(
                f"No room is left for temporary files in {folder} ({reason}); make some there.", NO_ROOM_HERE
            ) from error
        if error.errno in NO_FILES_CODES:
            raise too_many_files() from error
        raise away(f"No temporary file can be made in {folder}: {reason}.", NOT_TAKEN_IN) from error


def hold(file: IO[bytes]) -> None:
    """Lock a temporary file for as long as it is open: the kernel lets go of it when its process is killed.

    Where the file system has no locks nothing happens; `remove_abandoned` then goes by the age.
    """
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def remove_abandoned(folder: Path, prefix: str, names: re.Pattern[str] | None = None) -> int:
    """Remove the temporary files of a folder that nobody holds any more; returns how many those were.

    Walks over the names of the folder; `prefix` is what those of temporary files begin with, and `names` what
    they look like as a whole.
    """
    try:
        with os.scandir(folder) as entries:
            found = [Path(entry.path) for entry in entries if entry.name.startswith(prefix)]
    except FileNotFoundError:
        return 0
    return sum(_remove_if_abandoned(path) for path in found if names is None or names.fullmatch(path.name))


def _remove_if_abandoned(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            age = time.time() - os.fstat(file.fileno()).st_mtime
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            except OSError:
                # A file system without locks.
                age -= _ABANDONED_SECONDS
            if age < _YOUNG_SECONDS:
                return False
            path.unlink()
    except FileNotFoundError:
        # Its writer has just ended.
        return False
    return True
