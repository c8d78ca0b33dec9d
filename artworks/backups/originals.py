"""The originals of a snapshot: which they are, and each new one written to the place, once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

from sqlalchemy import Connection, Result, String, cast, literal_column, null, select, union_all

from artworks.adapters.storage.storage import Storage
from artworks.backups.archive import ArchiveWriter
from artworks.backups.vault import Vault
from artworks.core.errors import NotFound
from artworks.settings.installation import LOGO
from models import Image, Setting

PIECE = 1 << 20
ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Original:
    """A file as the rows know it; size and hash are None where nobody has read it yet."""

    key: str
    size: int | None
    sha256: str | None


@dataclass
class Copied:
    """What became of the originals: how many there are, how many were new, and which are not as the rows say."""

    files: int = 0
    new: int = 0
    new_bytes: int = 0
    missing: int = 0
    changed: int = 0


def spool(connection: Connection, file: IO[bytes]) -> int:
    """Write the originals that the rows of a snapshot are about into a temporary file; returns how many."""
    pictures = select(Image.stored_filename, Image.size_bytes, Image.sha256)
    logo = select(Setting.value, null(), cast(null(), String)).where(
        Setting.name == LOGO, Setting.value != ""
    )
    rows: Result[*tuple[Any, ...]] = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
        union_all(pictures, logo).order_by(literal_column("1"))
    )
    count = 0
    for row in rows:
        file.write(json.dumps(list(row)).encode() + b"\n")
        count += 1
    return count


def read_spool(file: IO[bytes]) -> Iterator[Original]:
    """Yield what `spool` wrote."""
    file.seek(0)
    for line in file:
        yield Original(*json.loads(line))


class Copier:
    """Writes originals to a place, and what they are into the archive."""

    def __init__(
        self, vault: Vault, storage: Storage, archive: ArchiveWriter, tell: Callable[[str], None]
    ) -> None:
        self._vault, self._storage, self._archive, self._tell = vault, storage, archive, tell
        # Of each original that is there, 32 bytes of its name and 8 of its size: a whole one, if both are right.
        self._there = {_mark(name, size) for name, size in vault.objects()}
        self.copied = Copied()

    def copy(self, original: Original) -> None:
        """Write one if it is not there yet. Raises what storage and place raise, but for a file that is missing."""
        self.copied.files += 1
        if original.sha256 and original.size is not None and self._is_there(original.sha256, original.size):
            self._note(original.key, original.size, original.sha256)
            return
        try:
            file = self._storage.open(original.key)
        except (NotFound, ValueError):
            self.copied.missing += 1
            self._tell(f"{original.key} is not where the pictures are, so it is not in this backup.")
            self._archive.write_fields({"key": original.key, "missing": True})
            return
        with closing(file):
            self._copy_file(original, file)

    def _copy_file(self, original: Original, file: BinaryIO) -> None:
        sha256, size = _hash(file)
        if original.sha256 and sha256 != original.sha256:
            self.copied.changed += 1
            self._tell(f"{original.key} has other bytes than were stored; it is in this backup as it is now.")
        if not self._is_there(sha256, size):
            file.seek(0)
            name = self._vault.object_of(sha256)
            self._vault.write_object(name, _same_pieces(file, sha256))
            self._there.add(_mark(name, self._vault.stored_size(size)))
            self.copied.new += 1
            self.copied.new_bytes += size
        self._note(original.key, size, sha256)

    def _is_there(self, sha256: str, size: int) -> bool:
        return _mark(self._vault.object_of(sha256), self._vault.stored_size(size)) in self._there

    def _note(self, key: str, size: int, sha256: str) -> None:
        self._archive.write_fields({"key": key, "size": size, "sha256": sha256})


def _mark(name: str, size: int) -> bytes:
    return bytes.fromhex(name) + size.to_bytes(8, "big")


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _hash(file: BinaryIO) -> tuple[str, int]:
    """Return the hash of a file and its size."""
    found, size = hashlib.sha256(), 0
    for piece in _pieces(file):
        found.update(piece)
        size += len(piece)
    return found.hexdigest(), size


def _same_pieces(file: BinaryIO, sha256: str) -> Iterator[bytes]:
    """Yield a file once more; raises OSError at its end if it was another one meanwhile, so that it is not kept."""
    found = hashlib.sha256()
    for piece in _pieces(file):
        found.update(piece)
        yield piece
    if found.hexdigest() != sha256:
        raise OSError("The file was changed while it was read.")
