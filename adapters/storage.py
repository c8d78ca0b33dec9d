"""Where picture files live: a local folder or an S3 bucket, behind the same few calls."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl, urlsplit

import opendal
from opendal import exceptions as opendal_errors

from errors import NotFound, StorageFull, Unavailable

# A key is a path of plain names: nothing hidden, no "..", no leading slash, no control character. Files of an older
# library keep the names they have, so spaces and letters of any script are let through.
_NAME = r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,254}"
_KEY = re.compile(rf"{_NAME}(?:/{_NAME}){{0,3}}")
_NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT))
_PART = ".part-"
_RENDITION_ENDINGS = {"image/jpeg": "jpg", "image/webp": "webp"}


def rendition_key(stored_filename: str, kind: str, media_type: str) -> str:
    """Name the key of a picture's "thumbnail" or "preview", e.g. "renditions/5f0c.png-preview.webp"."""
    return f"renditions/{stored_filename}-{kind}.{_RENDITION_ENDINGS[media_type]}"


class Storage(ABC):
    """Keep whole files under keys such as "5f0c….jpg" and "renditions/5f0c…-preview.webp".

    A file is there wholly or not at all. Every method raises ValueError for a key that is not a plain path,
    StorageFull when there is no room and Unavailable when the store cannot be used.
    """

    @staticmethod
    def from_url(
        url: str, *, access_key_id: str | None = None, secret_access_key: str | None = None
    ) -> Storage:
        """Open the store a setting names: a folder, or `s3://bucket/prefix?region=…&endpoint=…`.

        Connects to nothing and creates nothing. Keys left out are looked for where AWS tools look. Raises
        ValueError with a sentence for an address that cannot be one.
        """
        if "://" not in url:
            return FolderStorage(Path(url))
        parts = urlsplit(url)
        if parts.scheme == "file":
            return FolderStorage(Path(parts.path))
        if parts.scheme != "s3" or not parts.netloc:
            raise ValueError("STORAGE_URL must be a folder or s3://bucket?region=…&endpoint=….")
        options = dict(parse_qsl(parts.query))
        if unknown := set(options) - {"region", "endpoint"}:
            raise ValueError(
                f"STORAGE_URL has an unknown part: {sorted(unknown)[0]}. Use region and endpoint."
            )
        options |= {"bucket": parts.netloc, "root": parts.path or "/"}
        if access_key_id and secret_access_key:
            options |= {"access_key_id": access_key_id, "secret_access_key": secret_access_key}
        return BucketStorage("s3", options)

    @abstractmethod
    def put(self, key: str, source: Path | bytes) -> None:
        """Store a file wholly, replacing what was there; when this returns it survives a power cut."""

    @abstractmethod
    def read(self, key: str) -> bytes:
        """Give a whole file. Raises NotFound."""

    @abstractmethod
    def open(self, key: str) -> BinaryIO:
        """Open a file for reading. Raises NotFound."""

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Say whether there is a file under this key."""

    @abstractmethod
    def size(self, key: str) -> int:
        """Give the size of a file in bytes. Raises NotFound."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove a file; a missing one is fine."""

    @abstractmethod
    def list(self) -> Iterator[tuple[str, datetime, int]]:
        """Walk over every file: key, time last written (UTC), size in bytes. Hidden files are left out."""

    @abstractmethod
    def local_path(self, key: str) -> Path | None:
        """Give the path of a file on this machine, or None when it lives elsewhere."""

    @abstractmethod
    def clean(self, older_than: datetime) -> int:
        """Remove what killed processes left half-written before that time; gives the number removed."""

    def check(self) -> None:
        """Write, read back and delete a small file. Raises Unavailable with a sentence when that fails."""
        key, marker = f"check-{uuid.uuid4()}", b"Artwork Image Manager"
        self.put(key, marker)
        same = self.read(key) == marker
        self.delete(key)
        if not same:
            raise Unavailable("The picture store gave back other bytes than were written.")


def checked_key(key: str) -> str:
    """Give the key back, or raise ValueError: a key that is no plain path is a mistake in the program."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"Not a storage key: {key!r}")
    return key


@contextmanager
def _folder_errors() -> Iterator[None]:
    """Turn the system's file errors into named ones."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("This file is not in the picture store.") from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull("There is no room left for more pictures.") from error
        raise Unavailable(
            f"The picture folder cannot be used: {error.strerror or 'unknown reason'}."
        ) from error


class FolderStorage(Storage):
    """Keep files in a folder of this machine.

    A put writes a hidden file beside the target, flushes it, renames it over the target and flushes the
    folder: the order that survives a crash at every step (Pillai et al., OSDI 2014).
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def put(self, key: str, source: Path | bytes) -> None:
        """Store a file wholly, replacing what was there; when this returns it survives a power cut."""
        target = self._path(key)
        with _folder_errors():
            self._make_folder(target.parent)
            part = target.with_name(f"{_PART}{uuid.uuid4()}")
            try:
                _write_durably(part, source)
                part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            _flush_folder(target.parent)

    def read(self, key: str) -> bytes:
        """Give a whole file. Raises NotFound."""
        with _folder_errors():
            return self._path(key).read_bytes()

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading. Raises NotFound."""
        with _folder_errors():
            return self._path(key).open("rb")

    def exists(self, key: str) -> bool:
        """Say whether there is a file under this key."""
        return self._path(key).is_file()

    def size(self, key: str) -> int:
        """Give the size of a file in bytes. Raises NotFound."""
        with _folder_errors():
            return self._path(key).stat().st_size

    def delete(self, key: str) -> None:
        """Remove a file; a missing one is fine."""
        with _folder_errors():
            self._path(key).unlink(missing_ok=True)

    def list(self) -> Iterator[tuple[str, datetime, int]]:
        """Walk over every file: key, time last written (UTC), size in bytes. Hidden files are left out."""
        for path in sorted(self.root.rglob("*")):
            key = path.relative_to(self.root).as_posix()
            if not _KEY.fullmatch(key) or not path.is_file():
                continue
            try:
                found = path.stat()
            except FileNotFoundError:
                # Deleted while we walked.
                continue
            yield key, datetime.fromtimestamp(found.st_mtime, UTC), found.st_size

    def local_path(self, key: str) -> Path | None:
        """Give the path a file has on this machine, whether it is there or not."""
        return self._path(key)

    def clean(self, older_than: datetime) -> int:
        """Remove what killed processes left half-written before that time; gives the number removed."""
        removed = 0
        for part in self.root.rglob(f"{_PART}*"):
            try:
                if part.stat().st_mtime < older_than.timestamp():
                    part.unlink()
                    removed += 1
            except FileNotFoundError:
                # Its put has just ended.
                continue
        return removed

    def _path(self, key: str) -> Path:
        return self.root / checked_key(key)

    def _make_folder(self, folder: Path) -> None:
        """Create the folder and flush its parent, or the rename below could be lost with it."""
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            _flush_folder(folder.parent)


def _write_durably(part: Path, source: Path | bytes) -> None:
    """Write a new file and wait until it is on the disk."""
    with part.open("xb") as target:
        if isinstance(source, bytes):
            target.write(source)
        else:
            with source.open("rb") as origin:
                shutil.copyfileobj(origin, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())


def _flush_folder(folder: Path) -> None:
    """Wait until a rename in this folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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

    def list(self) -> Iterator[tuple[str, datetime, int]]:
        """Walk over every file: key, time last written (now if unknown), size in bytes."""
        with _bucket_errors():
            for entry in self._operator.list("", recursive=True):
                if _KEY.fullmatch(entry.path):
                    found = entry.metadata
                    yield entry.path, found.last_modified or datetime.now(UTC), found.content_length

    def local_path(self, key: str) -> Path | None:
        """Give None: the file lives elsewhere."""
        checked_key(key)
        return None

    def clean(self, older_than: datetime) -> int:
        """Do nothing: an object store shows no half-written file."""
        return 0
