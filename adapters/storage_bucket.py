"""Picture files in an object store that speaks S3."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import opendal
from opendal import exceptions as opendal_errors

from adapters.storage import Storage, checked_key, is_key
from errors import Conflict, NotFound, StorageFull, Unavailable


@contextmanager
def _bucket_errors() -> Iterator[None]:
    """Turn the library's errors into named ones; its texts hold addresses and are not for the person."""
    try:
        yield
    except opendal_errors.NotFound as error:
        raise NotFound("This file is not in the picture store.") from error
    except opendal_errors.PermissionDenied as error:
        raise Unavailable("The picture store refused the access key.") from error
    except opendal_errors.Error as error:
        if "QuotaExceeded" in str(error):
            raise StorageFull("There is no room left for more pictures.") from error
        raise Unavailable("The picture store cannot be reached just now.") from error


class BucketStorage(Storage):
    """Keep files in an object store, where a put is whole or nothing and durable by contract.

    The connection is made at the first call, not before: its threads would not survive the fork of a server.
    """

    def __init__(self, scheme: str, options: dict[str, str]) -> None:
        self.scheme = scheme
        self._options = options

    @cached_property
    def _operator(self) -> opendal.Operator:
        return opendal.Operator(self.scheme, **self._options)

    def put(self, key: str, source: Path | bytes) -> None:
        """Store a file wholly, replacing what was there; when this returns it survives a power cut."""
        data = source if isinstance(source, bytes) else source.read_bytes()
        with _bucket_errors():
            self._operator.write(checked_key(key), data)

    def read(self, key: str) -> bytes:
        """Give a whole file. Raises NotFound."""
        with _bucket_errors():
            return bytes(self._operator.read(checked_key(key)))

    def open(self, key: str) -> BinaryIO:
        """Give a whole file as a stream; files are at most an upload's size. Raises NotFound."""
        return io.BytesIO(self.read(key))

    def exists(self, key: str) -> bool:
        """Say whether there is a file under this key."""
        with _bucket_errors():
            return self._operator.exists(checked_key(key))

    def size(self, key: str) -> int:
        """Give the size of a file in bytes. Raises NotFound."""
        with _bucket_errors():
            return self._operator.stat(checked_key(key)).content_length

    def delete(self, key: str) -> None:
        """Remove a file; a missing one is fine."""
        with _bucket_errors():
            self._operator.delete(checked_key(key))

    def move(self, source: str, target: str) -> None:
        """Give a file another key, by a copy; raises NotFound and Conflict."""
        if self.exists(target):
            raise Conflict("There is a file of that name already.")
        with _bucket_errors():
            self._operator.copy(checked_key(source), checked_key(target))
        self.delete(source)

    def list(
        self, folder: str = "", after: str = "", *, deep: bool = True
    ) -> Iterator[tuple[str, datetime, int]]:
        """Walk over the files in the order of their keys: key, time last written (now if unknown), size in bytes."""
        prefix = f"{folder}/" if folder else ""
        with _bucket_errors():
            for entry in self._operator.list(prefix, recursive=deep, start_after=after or None):
                if is_key(entry.path) and entry.path > after:
                    found = entry.metadata
                    yield entry.path, found.last_modified or datetime.now(UTC), found.content_length

    def local_path(self, key: str) -> Path | None:
        """Give None: the file lives elsewhere."""
        checked_key(key)
        return None

    def clean(self, *, thorough: bool = False) -> int:
        """Do nothing: an object store shows no half-written file."""
        return 0
