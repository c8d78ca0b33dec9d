"""Backups in an object store that speaks S3, in pieces, so that no file has to fit into memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property, partial

import opendal
from opendal.layers import RetryLayer, TimeoutLayer

from artworks.adapters.places.place import (
    PIECE,
    BackupPlace,
    MissingNameError,
    PlaceError,
    Writing,
    checked_name,
)
from artworks.adapters.storage.bucket_errors import FAULTS, BucketAddress, bucket_error
from artworks.adapters.storage.faults import without_log
from artworks.core.errors import NotFound

# Seconds that one piece may take, and how often it is tried.
SECONDS = 60.0
TRIES = 3
# Bytes of one part of an upload. A store takes 10,000 parts, so 160 GB in one file.
PART = 16 << 20
# What is raised while a file is read or written comes wrapped in an OSError.
_FAULTS: tuple[type[Exception], ...] = (OSError, *FAULTS)


class BucketPlace(BackupPlace):
    """Keep files in a bucket, where a file appears only once its last part was accepted.

    The connection is made at the first call; what uses this is a process of its own, as the library holds the
    interpreter while it lists.
    """

    def __init__(self, options: Mapping[str, str]) -> None:
        self._options = dict(options)
        keyless = not (options.get("access_key_id") or os.environ.get("AWS_ACCESS_KEY_ID"))
        self._address = BucketAddress(options["bucket"], options.get("endpoint") or "AWS", keyless)

    @cached_property
    def _operator(self) -> opendal.Operator:
        patient = TimeoutLayer(timeout=SECONDS, io_timeout=SECONDS)
        return opendal.Operator("s3", **self._options).layer(patient).layer(RetryLayer(max_times=TRIES))

    @contextmanager
    def put(self, name: str) -> Iterator[Writing]:
        """Send a file in parts, and complete it when the block ends well; otherwise it never appears."""
        with self._errors(name, writing=True):
            file = self._operator.open(checked_name(name), "wb", chunk=PART)
        yield _Parts(file, partial(self._errors, name, writing=True))
        with self._errors(name, writing=True):
            file.close()

    def get(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces of a mebibyte."""
        with self._errors(name):
            # The reading of a missing file tells no more than that it failed.
            self._operator.stat(checked_name(name))
            file = self._operator.open(name, "rb")
        while True:
            with self._errors(name):
                piece = bytes(file.read(PIECE))
            if not piece:
                return
            yield piece

    def list(self, folder: str) -> Iterator[tuple[str, int]]:
        """Yield name and size of every file below a folder."""
        with self._errors(folder):
            for entry in self._operator.list(f"{checked_name(folder)}/", recursive=True):
                if not entry.path.endswith("/"):
                    yield entry.path, entry.metadata.content_length

    def delete(self, name: str) -> None:
        """Remove a file; a missing one is fine."""
        with self._errors(name):
            self._operator.delete(checked_name(name))

    @contextmanager
    def _errors(self, name: str, *, writing: bool = False) -> Iterator[None]:
        """Turn the library's errors into ours."""
        try:
            yield
        except _FAULTS as error:
            with without_log():
                known = bucket_error(self._address, error, writing=writing)
            if isinstance(known, NotFound):
                raise MissingNameError(f"{name} is not in the bucket {self._address.bucket}.") from error
            said = (known.detail or str(known)).replace("STORAGE_URL", "the place's address")
            raise PlaceError(f"The place for backups cannot be used: {said}") from error


class _Parts:
    """What a file in a bucket is written to."""

    def __init__(self, file: opendal.file.File, errors: Callable[[], AbstractContextManager[None]]) -> None:
        self._file, self._errors = file, errors

    def write(self, piece: bytes) -> None:
        with self._errors():
            self._file.write(piece)
