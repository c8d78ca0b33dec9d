"""Backups in a folder of this machine, or of a disk or share that is mounted there."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from artworks.adapters.places.place import (
    PIECE,
    BackupPlace,
    MissingNameError,
    PlaceError,
    Writing,
    checked_name,
)
from artworks.adapters.storage.fsync import flush_folder
from artworks.adapters.storage.temporary_files import hold, remove_abandoned

_PART = ".part-"
_PART_NAME = re.compile(r"\.part-[0-9a-f-]{36}")


class FolderPlace(BackupPlace):
    """Keep files in a folder: written beside under a hidden name, flushed, renamed, and the folder flushed."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._is_ready = False

    @contextmanager
    def put(self, name: str) -> Iterator[Writing]:
        """Write a hidden file, and rename it when the block ends well."""
        target = self.root / checked_name(name)
        with self._errors():
            self._make_ready()
            part = self.root / f"{_PART}{uuid.uuid4()}"
            try:
                with part.open("xb") as file:
                    # Held until it has its name: what nobody holds was left by a process that was killed.
                    hold(file)
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                    self._make_folder(target.parent)
                    part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            flush_folder(target.parent)

    def get(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces of a mebibyte."""
        with self._errors():
            try:
                file = (self.root / checked_name(name)).open("rb")
            except FileNotFoundError:
                raise MissingNameError(f"{name} is not in {self.root}.") from None
            with file:
                while piece := file.read(PIECE):
                    yield piece

    def list(self, folder: str) -> Iterator[tuple[str, int]]:
        """Yield name and size of every whole file below a folder."""
        with self._errors():
            # Of one that is not there, the walk below would say that it is empty.
            if not self.root.is_dir():
                raise MissingNameError(f"The place for backups is not there: {self.root} is no folder.")
            yield from self._walk(self.root / checked_name(folder), folder)

    def _walk(self, path: Path, name: str) -> Iterator[tuple[str, int]]:
        try:
            entries = os.scandir(path)
        except FileNotFoundError:
            return
        with entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                inner = f"{name}/{entry.name}"
                if entry.is_dir():
                    yield from self._walk(path / entry.name, inner)
                else:
                    yield inner, entry.stat().st_size

    def delete(self, name: str) -> None:
        """Remove a file; a missing one is fine."""
        with self._errors():
            (self.root / checked_name(name)).unlink(missing_ok=True)

    def _make_ready(self) -> None:
        """Make the folder, but none above it, where a disk may not be mounted; remove what killed processes left."""
        if not self._is_ready:
            if not self.root.is_dir():
                self.root.mkdir()
                flush_folder(self.root.parent)
            remove_abandoned(self.root, _PART, _PART_NAME)
            self._is_ready = True

    def _make_folder(self, folder: Path) -> None:
        if folder != self.root and not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            flush_folder(folder.parent)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = error.filename or self.root
            raise PlaceError(f"The place for backups cannot be used: {where}: {error.strerror}.") from error
