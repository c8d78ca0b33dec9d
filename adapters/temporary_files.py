"""What an error of the operating system means for a temporary file, which is not the picture store's fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.storage_faults import BUSY, away, full
from adapters.storage_folder_errors import NO_FILES, NO_ROOM

NO_ROOM_HERE = "There is no room left on the disk for this file. Whoever runs this program has to make some."
NOT_TAKEN_IN = "The program cannot take in a file right now. Whoever runs it finds the reason in its log."


@contextmanager
def temporary_file_errors(folder: Path) -> Iterator[None]:
    """Turn the system's errors about a temporary file in `folder` into named ones."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in NO_ROOM:
            raise full(
                f"No room is left for temporary files in {folder} ({reason}); make some there.", NO_ROOM_HERE
            ) from error
        if error.errno in NO_FILES:
            raise away(
                f"The program has too many files open ({reason}); raise its limit (ulimit -n).", BUSY
            ) from error
        raise away(f"No temporary file can be made in {folder}: {reason}.", NOT_TAKEN_IN) from error
