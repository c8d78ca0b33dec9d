"""Picture files in an object store that speaks S3."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, TypeVar

import opendal
from opendal.layers import TimeoutLayer

from artworks.adapters.storage.bucket_errors import (
    FAULTS,
    NO_BUCKET,
    BucketAddress,
    bucket_error,
    code_of,
    status_of,
)
from artworks.adapters.storage.faults import missing
from artworks.adapters.storage.storage import Storage, checked_key, is_key
from artworks.core.errors import Conflict

# Seconds after which a store that does not answer is given up, and the bytes a slow line may take one second more for.
SECONDS = 10.0
BYTES_A_SECOND = 1 << 20
# Seconds for which a bucket that answered counts as there.
SURE_FOR = 60.0
T = TypeVar("T")


class BucketStorage(Storage):
    """Keep files in an object store, where a put is whole or nothing and durable by contract.

    The connection is made at the first call, not before: its threads would not survive the fork of a server.
    """

    def __init__(self, scheme: str, options: dict[str, str]) -> None:
        self.scheme = scheme
        self._options = options
        self._seen = 0.0
        region = options.get("region")
        at = options.get("endpoint") or ("AWS" + (f" in {region}" if region else ""))
        keyless = not (options.get("access_key_id") or os.environ.get("AWS_ACCESS_KEY_ID"))
        self._place = BucketAddress(options.get("bucket", scheme), at, keyless)

    @cached_property
    def _endless(self) -> opendal.Operator:
        return opendal.Operator(self.scheme, **self._options)

    @cached_property
    def _operator(self) -> opendal.Operator:
        return self._endless.layer(TimeoutLayer(timeout=SECONDS, io_timeout=SECONDS))

    def put(self, key: str, source: Path | bytes) -> None:
        """Store a file wholly, replacing what was there; when this returns it survives a power cut."""
        data = source if isinstance(source, bytes) else source.read_bytes()
        checked_key(key)
        with self._errors(writing=True):
            patient = TimeoutLayer(timeout=SECONDS, io_timeout=SECONDS + len(data) / BYTES_A_SECOND)
            self._endless.layer(patient).write(key, data)
        self._saw_bucket()

    def read(self, key: str) -> bytes:
        """Return a whole file. Raises NotFound."""
        checked_key(key)
        with self._errors():
            data = bytes(self._operator.read(key))
        self._saw_bucket()
        return data

    def open(self, key: str) -> BinaryIO:
        """Return a whole file as a stream; files are at most an upload's size. Raises NotFound."""
        return io.BytesIO(self.read(key))

    def exists(self, key: str) -> bool:
        """Return whether there is a file under this key."""
        there = self._ask(key, lambda: self._operator.exists(key))
        if not there:
            # To a question without a body, a bucket that is not there looks like a file that is not.
            self._look_for_bucket(key)
        return there

    def size(self, key: str) -> int:
        """Return the size of a file in bytes. Raises NotFound."""
        return self._ask(key, lambda: self._operator.stat(key)).content_length

    def delete(self, key: str) -> None:
        """Remove a file; a missing one is fine."""
        checked_key(key)
        with self._errors():
            self._operator.delete(key)
        # The library takes it for success when the whole bucket is gone.
        if time.monotonic() - self._seen > SURE_FOR:
            self._look_for_bucket(key)
            self._saw_bucket()

    def move(self, source: str, target: str) -> None:
        """Move a file to another key, by a copy; raises NotFound and Conflict."""
        if self.exists(target):
            raise Conflict("There is a file of that name already.")
        if not self.exists(source):
            # A copy of a missing file is answered in as many ways as there are servers.
            raise missing()
        with self._errors(writing=True):
            self._operator.copy(checked_key(source), checked_key(target))
        self.delete(source)

    def list(
        self, folder: str = "", after: str = "", *, deep: bool = True
    ) -> Iterator[tuple[str, datetime, int]]:
        """Walk over the files in the order of their keys: key, time last written (now if unknown), size in bytes."""
        prefix = f"{folder}/" if folder else ""
        with self._errors():
            for entry in self._operator.list(prefix, recursive=deep, start_after=after or None):
                if is_key(entry.path) and entry.path > after:
                    found = entry.metadata
                    yield entry.path, found.last_modified or datetime.now(UTC), found.content_length

    def local_path(self, key: str) -> Path | None:
        """Return None: the file lives elsewhere."""
        checked_key(key)
        return None

    def clean(self) -> int:
        """Do nothing: an object store shows no half-written file."""
        return 0

    @contextmanager
    def _errors(self, *, writing: bool = False) -> Iterator[None]:
        """Turn the library's errors into named ones."""
        try:
            yield
        except FAULTS as error:
            raise bucket_error(self._place, error, writing=writing) from error

    def _ask(self, key: str, question: Callable[[], T]) -> T:
        """Return what the store says of a file; one that refuses without a reason is asked so that it tells it."""
        checked_key(key)
        with self._errors():
            try:
                return question()
            except FAULTS as error:
                if status_of(error) and not code_of(error):
                    self._operator.read(key, offset=0, size=1)
                raise

    def _look_for_bucket(self, key: str) -> None:
        """Raise StorageUnusable when there is no bucket; whatever else is wrong is no sign of that."""
        with self._errors():
            try:
                self._operator.read(key, offset=0, size=1)
            except FAULTS as error:
                if code_of(error) == NO_BUCKET:
                    raise

    def _saw_bucket(self) -> None:
        self._seen = time.monotonic()
