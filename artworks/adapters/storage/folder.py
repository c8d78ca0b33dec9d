"""Picture files in a folder of this machine."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from artworks.adapters.storage.faults import missing
from artworks.adapters.storage.folder_errors import folder_errors, is_folder
from artworks.adapters.storage.fsync import flush_folder
from artworks.adapters.storage.storage import RENDITIONS, Storage, checked_key, is_key
from artworks.adapters.storage.temporary_files import hold, remove_abandoned
from artworks.core.errors import Conflict, NotFound

_PART = ".part-"
_PART_NAME = re.compile(rf"\{_PART}[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}")


class FolderStorage(Storage):
    """Keep files in a folder of this machine.

    A put writes a hidden file beside the target, flushes it, renames it over the target and flushes the
    folder: the order that survives a crash at every step (Pillai et al., OSDI 2014).
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        # A folder that was there is never made again: its disk is no longer mounted, and what is written now would
        # be on another one.
        self._was_there = is_folder(self.root)

    def put(self, key: str, source: Path | bytes) -> None:
        """Store a file wholly, replacing what was there; when this returns it survives a power cut."""
        target = self._path(key)
        with folder_errors(self.root, writing=True):
            self._make_folder(target.parent)
            part = target.with_name(f"{_PART}{uuid.uuid4()}")
            try:
                with part.open("xb") as file:
                    # Held until it has its name, so that `clean` can tell it from one whose process was killed.
                    hold(file)
                    _write_durably(file, source)
                    part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            flush_folder(target.parent)

    def read(self, key: str) -> bytes:
        """Return a whole file. Raises NotFound."""
        with folder_errors(self.root):
            return self._path(key).read_bytes()

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading. Raises NotFound."""
        with folder_errors(self.root):
            return self._path(key).open("rb")

    def exists(self, key: str) -> bool:
        """Return whether there is a file under this key."""
        path = self._path(key)
        try:
            with folder_errors(self.root):
                return stat.S_ISREG(path.stat().st_mode)
        except NotFound:
            return False

    def size(self, key: str) -> int:
        """Return the size of a file in bytes. Raises NotFound."""
        with folder_errors(self.root):
            return self._path(key).stat().st_size

    def delete(self, key: str) -> None:
        """Remove a file; a missing one is fine."""
        path = self._path(key)
        with suppress(NotFound), folder_errors(self.root):
            path.unlink()

    def move(self, source: str, target: str) -> None:
        """Move a file to another key; raises NotFound and Conflict."""
        origin, place = self._path(source), self._path(target)
        with folder_errors(self.root, writing=True):
            if not origin.exists():
                raise missing()
            if place.exists():
                raise Conflict("There is a file of that name already.")
            self._make_folder(place.parent)
            origin.rename(place)
            flush_folder(place.parent)
            flush_folder(origin.parent)

    def list(
        self, folder: str = "", after: str = "", *, deep: bool = True
    ) -> Iterator[tuple[str, datetime, int]]:
        """Walk over the files in the order of their keys: key, time last written (UTC), size in bytes."""
        with folder_errors(self.root):
            # Of a folder that is not there or cannot be read, rglob would say that it is empty.
            os.scandir(self.root).close()
            yield from self._walk(folder, after, deep)

    def _walk(self, folder: str, after: str, deep: bool) -> Iterator[tuple[str, datetime, int]]:
        for key in self._keys(folder, deep):
            path = self.root / key
            if key <= after or not is_key(key) or not path.is_file():
                continue
            try:
                found = path.stat()
            except FileNotFoundError:
                # Deleted while we walked.
                continue
            yield key, datetime.fromtimestamp(found.st_mtime, UTC), found.st_size

    def _keys(self, folder: str, deep: bool) -> Sequence[str]:
        if deep:
            return sorted(path.relative_to(self.root).as_posix() for path in (self.root / folder).rglob("*"))
        place = self.root / folder
        prefix = f"{folder}/" if folder else ""
        # Names only, and not paths: of a million files that is a tenth of the memory.
        names = os.listdir(place) if place.is_dir() else []  # noqa: PTH208
        return sorted(f"{prefix}{name}" for name in names)

    def local_path(self, key: str) -> Path | None:
        """Return the path a file has on this machine, whether it is there or not."""
        return self._path(key)

    @contextmanager
    def reading(self, key: str) -> Iterator[None]:
        """Turn what the system says of the file at a `local_path` into the errors of this store."""
        checked_key(key)
        with folder_errors(self.root):
            yield

    def clean(self) -> int:
        """Remove what killed processes left half-written; returns how many files that were."""
        return sum(
            remove_abandoned(place, _PART, _PART_NAME) for place in (self.root, self.root / RENDITIONS)
        )

    def _path(self, key: str) -> Path:
        return self.root / checked_key(key)

    def _make_folder(self, folder: Path) -> None:
        """Create the folder and flush its parent, or the rename below could be lost with it."""
        if not folder.is_dir():
            if self._was_there and not self.root.is_dir():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.root))
            folder.mkdir(parents=True, exist_ok=True)
            flush_folder(folder.parent)
        self._was_there = True


def _write_durably(target: BinaryIO, source: Path | bytes) -> None:
    """Write a new file and wait until it is on the disk."""
    if isinstance(source, bytes):
        target.write(source)
    else:
        with source.open("rb") as origin:
            shutil.copyfileobj(origin, target, 1 << 20)
    target.flush()
    os.fsync(target.fileno())
