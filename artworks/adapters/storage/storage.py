"""Where picture files live: what a store can do, whether it is a folder or a bucket, and the names of its files."""

from __future__ import annotations

import hashlib
import re
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from artworks.adapters.storage.faults import unusable, without_log
from artworks.core.errors import AppError

# A key is a path of plain names: nothing hidden, no "..", no leading slash, no control character. Files of an older
# library keep the names they have, so spaces and letters of any script are let through.
_NAME = r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,254}"
_KEY = re.compile(rf"{_NAME}(?:/{_NAME}){{0,3}}")
RENDITIONS = "renditions"
_CHECK = "check-"
_CHECK_KEY = re.compile(rf"{_CHECK}[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}")
_CHECK_TIME = timedelta(hours=1)
# Bytes of a name that still takes "-thumbnail.webp": no disk takes more than 255. Later versions of renditions have
# theirs in the name, too.
_LONGEST_STEM = 240
_LONGEST_STEM_OF_VERSION = 230
_RENDITION_ENDINGS = {"image/jpeg": "jpg", "image/webp": "webp"}
RENDITION_TYPES = tuple(_RENDITION_ENDINGS)


def rendition_key(stored_filename: str, kind: str, media_type: str, version: int) -> str:
    """Return the key of one of a picture's renditions, e.g. "renditions/5f0c.png-preview-v2.webp"; version 1 has none.

    `kind` and `version` are those of artworks/imaging/rendition_kinds.py.
    """
    stem = stored_filename
    if len(stem.encode()) > (_LONGEST_STEM if version == 1 else _LONGEST_STEM_OF_VERSION):
        # A name of an older library that fits just so, but not with something added.
        stem = hashlib.sha256(stem.encode()).hexdigest()
    ending = "" if version == 1 else f"-v{version}"
    return f"{RENDITIONS}/{stem}-{kind}{ending}.{_RENDITION_ENDINGS[media_type]}"


class Storage(ABC):
    """Keep whole files under keys such as "5f0c….jpg" and "renditions/5f0c…-preview.webp".

    A file is there wholly or not at all. Every method raises ValueError for a key that is not a plain path,
    StorageFull when there is no room, StorageAway when the store cannot be used just now and StorageUnusable when
    the operator has to mend something first; all three carry a `detail` for the operator, and it is logged.
    """

    @abstractmethod
    def put(self, key: str, source: Path | bytes) -> None:
        """Store a file wholly, replacing what was there; when this returns it survives a power cut."""

    @abstractmethod
    def read(self, key: str) -> bytes:
        """Return a whole file. Raises NotFound."""

    @abstractmethod
    def open(self, key: str) -> BinaryIO:
        """Open a file for reading. Raises NotFound."""

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Return whether there is a file under this key."""

    @abstractmethod
    def size(self, key: str) -> int:
        """Return the size of a file in bytes. Raises NotFound."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove a file; a missing one is fine."""

    @abstractmethod
    def move(self, source: str, target: str) -> None:
        """Move a file to another key, keeping its bytes; a file under that key is never replaced.

        Raises NotFound for a missing file and Conflict when the target is taken.
        """

    @abstractmethod
    def list(
        self, folder: str = "", after: str = "", *, deep: bool = True
    ) -> Iterator[tuple[str, datetime, int]]:
        """Walk over the files in the order of their keys: key, time last written (UTC), size in bytes.

        `folder` is such as "renditions", "" for all; `after` is the key behind which to begin; without `deep` folders
        inside are passed over. Hidden files are left out. May hold the interpreter for long in an object store: use it
        in a process of its own.
        """

    @abstractmethod
    def local_path(self, key: str) -> Path | None:
        """Return the path of a file on this machine, or None when it lives elsewhere."""

    @contextmanager
    def reading(self, key: str) -> Iterator[None]:
        """Turn what the system says of the file at a `local_path` into the errors of this store."""
        checked_key(key)
        yield

    @abstractmethod
    def clean(self) -> int:
        """Remove what killed processes left half-written; returns how many files that were."""

    def clean_checks(self) -> int:
        """Remove what checks that were broken off an hour ago left; returns how many files. Lists the whole store."""
        before, removed = datetime.now(UTC) - _CHECK_TIME, 0
        for key, modified, _size in self.list("", _CHECK, deep=False):
            if not key.startswith(_CHECK):
                break
            if _CHECK_KEY.fullmatch(key) and modified < before:
                self.delete(key)
                removed += 1
        return removed

    def check(self) -> None:
        """Write, read back and delete a small file. Raises Unavailable or StorageFull with the reason as `detail`.

        The reason is not logged: whoever asks tells it.
        """
        with without_log():
            self._check()

    def _check(self) -> None:
        key, marker = f"{_CHECK}{uuid.uuid4()}", b"Artwork Image Manager"
        self.put(key, marker)
        try:
            same = self.read(key) == marker
        except AppError:
            with suppress(AppError):
                self.delete(key)
            raise
        self.delete(key)
        if not same:
            raise unusable("The picture store gave back other bytes than were written.")


def is_key(name: str) -> bool:
    """Return whether a name can be a key; what lies in a store under other names is not ours to touch."""
    return _KEY.fullmatch(name) is not None


def checked_key(key: str) -> str:
    """Return the key back, or raise ValueError: a key that is no plain path is a mistake in the program."""
    if not is_key(key):
        raise ValueError(f"Not a storage key: {key!r}")
    return key
