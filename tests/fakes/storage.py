"""A store in memory with the methods of `artworks.adapters.storage.storage.Storage`, which can be told to fail."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from artworks.adapters.storage.storage import Storage, checked_key
from artworks.core.errors import AppError, Conflict, NotFound


class MemoryStorage(Storage):
    """Keep files in a dict; `fail_next(error, after=n)` makes the n-th call from now raise."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, datetime]] = {}
        self.calls: list[tuple[str, str]] = []
        self._failure: tuple[int, AppError] | None = None

    def fail_next(self, error: AppError, after: int = 1) -> None:
        """Let the `after`-th call from now raise `error` instead of doing anything."""
        self._failure = (len(self.calls) + after, error)

    def put(self, key: str, source: Path | bytes) -> None:
        """Store a file."""
        self._called("put", key)
        data = source if isinstance(source, bytes) else source.read_bytes()
        self.files[key] = (data, datetime.now(UTC))

    def read(self, key: str) -> bytes:
        """Return a whole file."""
        self._called("read", key)
        return self._file(key)

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading."""
        self._called("open", key)
        return io.BytesIO(self._file(key))

    def exists(self, key: str) -> bool:
        """Return whether there is a file under this key."""
        self._called("exists", key)
        return key in self.files

    def size(self, key: str) -> int:
        """Return the size of a file in bytes."""
        self._called("size", key)
        return len(self._file(key))

    def delete(self, key: str) -> None:
        """Remove a file; a missing one is fine."""
        self._called("delete", key)
        self.files.pop(key, None)

    def move(self, source: str, target: str) -> None:
        """Give a file another key."""
        self._called("move", source)
        if target in self.files:
            raise Conflict("There is a file of that name already.")
        self._file(source)
        self.files[checked_key(target)] = self.files.pop(source)

    def list(
        self, folder: str = "", after: str = "", *, deep: bool = True
    ) -> Iterator[tuple[str, datetime, int]]:
        """Walk over every file."""
        prefix = f"{folder}/" if folder else ""
        for key, (data, written) in sorted(self.files.items()):
            if key.startswith(prefix) and key > after and (deep or "/" not in key[len(prefix) :]):
                yield key, written, len(data)

    def local_path(self, key: str) -> Path | None:
        """Return None: nothing is on the disk."""
        return None

    def clean(self) -> int:
        """Do nothing: there are no half-written files."""
        return 0

    def _file(self, key: str) -> bytes:
        if key not in self.files:
            raise NotFound("This file is not in the picture store.")
        return self.files[key][0]

    def _called(self, name: str, key: str) -> None:
        self.calls.append((name, checked_key(key)))
        if self._failure and len(self.calls) >= self._failure[0]:
            error, self._failure = self._failure[1], None
            raise error
