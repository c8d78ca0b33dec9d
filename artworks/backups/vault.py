"""What lies in a place: archives by their time, originals by their content, and how both are sealed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from artworks.adapters.places.place import BackupPlace, MissingNameError, Writing
from artworks.adapters.sealed_stream import (
    BrokenSealError,
    SealedWriter,
    SealingKey,
    WrongPassphraseError,
    find_key,
    make_key,
    sealed_size,
    unseal_stream,
)
from artworks.backups.archive import ArchiveReader, DamagedArchiveError
from artworks.backups.state import BackupError

ARCHIVES, OBJECTS = "archives", "objects"
ABOUT = "place.json"
MOST_BYTES = 10_000
MOMENT = "%Y%m%dT%H%M%S.%fZ"
_ARCHIVE = re.compile(rf"{ARCHIVES}/(\d{{8}}T\d{{6}}\.\d{{6}}Z-[0-9a-f]{{8}}\.backup)")
_OBJECT = re.compile(rf"{OBJECTS}/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})")
WRONG = "The passphrase is another one than that which sealed the backups in this place."
Ask = Callable[[bool], str]


class DamagedOriginalError(ValueError):
    """An original in the place that is not as it was written; the message is the end of a sentence about it."""


@dataclass(frozen=True)
class Vault:
    """A place with backups; `key` seals all that is in it, None where nothing is sealed."""

    place: BackupPlace
    key: SealingKey | None

    def archives(self) -> list[str]:
        """Return the names of the archives, the newest first."""
        found = (_ARCHIVE.fullmatch(name) for name, _ in self.place.list(ARCHIVES))
        return sorted((match[1] for match in found if match), reverse=True)

    def new_name(self, now: datetime, number: str) -> str:
        """Return the name of an archive that is begun now (UTC), after all that are there even if the clock was."""
        try:
            newest = next(iter(self.archives()), "")
        except MissingNameError:
            newest = ""
        if newest:
            last = datetime.strptime(newest.partition("-")[0], MOMENT).replace(tzinfo=UTC)
            now = max(now, last + timedelta(microseconds=1))
        return f"{now.strftime(MOMENT)}-{number[:8]}.backup"

    def choose(self, name: str | None) -> str:
        """Return the archive of that name, or the newest; raises BackupError with those there are."""
        there = self.archives()
        if not there:
            raise BackupError("There is no backup in this place.")
        wanted = (name or there[0]).removeprefix(f"{ARCHIVES}/")
        if wanted not in there:
            listed = "\n".join(f"  {one}" for one in there)
            raise BackupError(f"There is no backup {wanted} in this place. There are:\n{listed}")
        return wanted

    @contextmanager
    def write_archive(self, name: str) -> Iterator[Writing]:
        """Give what to write an archive to; it is there once the block ends well."""
        with self.place.put(f"{ARCHIVES}/{name}") as target:
            if self.key is None:
                yield target
            else:
                target.write(json.dumps({"sealed": self.key.recipe}).encode() + b"\n")
                sealing = SealedWriter(target, self.key, name)
                yield sealing
                sealing.finish()

    def read_archive(self, name: str) -> ArchiveReader:
        """Begin to read an archive; raises DamagedArchiveError."""
        return ArchiveReader(self._archive_pieces(name))

    def _archive_pieces(self, name: str) -> Iterator[bytes]:
        pieces = self.place.get(f"{ARCHIVES}/{name}")
        if self.key is None:
            yield from pieces
            return
        head, rest = _split_line(pieces)
        if head.get("sealed") != self.key.recipe:
            raise DamagedArchiveError(
                "is cut off, or its first line was changed: it does not say how it was sealed"
            )
        try:
            yield from unseal_stream(rest, self.key, name)
        except BrokenSealError as error:
            raise DamagedArchiveError(str(error)) from None

    def delete_archive(self, name: str) -> None:
        """Remove an archive."""
        self.place.delete(f"{ARCHIVES}/{name}")

    def object_of(self, sha256: str) -> str:
        """Return the name under which an original with that hash lies."""
        return self.key.name_of(sha256) if self.key else sha256

    def stored_size(self, size: int) -> int:
        """Return how many bytes an original of that size has in the place."""
        return sealed_size(size) if self.key else size

    def objects(self) -> Iterator[tuple[str, int]]:
        """Yield the originals there are: name and size in the place."""
        for path, size in self.place.list(OBJECTS):
            if found := _OBJECT.fullmatch(path):
                yield found[2], size

    def write_object(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write an original."""
        with self.place.put(_path(name)) as target:
            sealing = SealedWriter(target, self.key, name) if self.key else None
            for piece in pieces:
                (sealing or target).write(piece)
            if sealing:
                sealing.finish()

    def read_object(self, sha256: str) -> Iterator[bytes]:
        """Yield an original; raises DamagedOriginalError, and MissingNameError."""
        name = self.object_of(sha256)
        pieces = self.place.get(_path(name))
        try:
            yield from unseal_stream(pieces, self.key, name) if self.key else pieces
        except BrokenSealError as error:
            raise DamagedOriginalError(str(error)) from None

    def delete_object(self, name: str) -> None:
        """Remove an original."""
        self.place.delete(_path(name))


def open_for_reading(place: BackupPlace, ask: Ask) -> Vault:
    """Return what is in a place; `ask` is asked for the passphrase where it is sealed. Raises BackupError."""
    said = _recipe_of_archives(place)
    try:
        about = _read_about(place).get("sealed")
    except (MissingNameError, BackupError):
        about = said
    if not about and not said:
        return Vault(place, None)
    passphrase = ask(False)
    try:
        return Vault(place, _find_key(passphrase, about or said))
    except BackupError:
        if not said or said == about:
            raise
        # One of the two was changed.
        return Vault(place, _find_key(passphrase, said))


def open_for_writing(place: BackupPlace, ask: Ask, *, sealed: bool) -> Vault:
    """Return what is in a place, which is begun if there is nothing in it; it is sealed as a whole or not at all.

    `ask` is asked with True for a new passphrase. Raises BackupError.
    """
    try:
        begun = _read_about(place)
    except MissingNameError:
        begun = None
    if begun is None:
        return Vault(place, _start_place(place, ask, sealed=sealed))
    recipe = begun.get("sealed")
    if sealed and not recipe:
        raise BackupError(
            "The backups in this place are not encrypted. Choose another place for encrypted ones."
        )
    # A place that is sealed stays so, whether it is said again or not.
    return Vault(place, _find_key(ask(False), recipe) if recipe else None)


def _start_place(place: BackupPlace, ask: Ask, *, sealed: bool) -> SealingKey | None:
    """Write what a place is, so that a backup that is cut goes on with the same key."""
    try:
        recipe = _recipe_of_archives(place)
        key = _find_key(ask(False), recipe) if recipe else make_key(ask(True)) if sealed else None
    except MissingNameError:
        # The folder itself is not there yet.
        key = make_key(ask(True)) if sealed else None
    about = {"artwork-image-manager": "place of backups", "format": 1, "sealed": key.recipe if key else None}
    with place.put(ABOUT) as target:
        target.write(json.dumps(about, indent=1).encode())
    return key


def _read_about(place: BackupPlace) -> dict[str, Any]:
    raw = b"".join(place.get(ABOUT))[:MOST_BYTES]
    try:
        about = json.loads(raw)
        if about["artwork-image-manager"] != "place of backups" or not isinstance(about["format"], int):
            raise ValueError(ABOUT)
    except (ValueError, TypeError, KeyError):
        raise BackupError(
            f"{ABOUT} in this place was changed, and cannot be read. Delete it: the archives say the same."
        ) from None
    if about["format"] > 1:
        raise BackupError(
            "The backups in this place were made by a newer version of the program. Update the program."
        )
    return dict(about)


def _recipe_of_archives(place: BackupPlace) -> Any:
    """Return how the key is made that sealed the newest archive which says so, None where there is none."""
    for name in Vault(place, None).archives():
        head, _ = _split_line(place.get(f"{ARCHIVES}/{name}"))
        if head:
            return head["sealed"]
    return None


def _find_key(passphrase: str, recipe: Any) -> SealingKey:
    try:
        return find_key(passphrase, recipe)
    except WrongPassphraseError:
        raise BackupError(WRONG) from None
    except BrokenSealError as error:
        raise BackupError(f"This place {error}.") from None


def _split_line(pieces: Iterator[bytes]) -> tuple[dict[str, Any], Iterator[bytes]]:
    """Return how something is sealed, by its first line, and the rest; nothing where it is not."""
    start = next(pieces, b"")
    line, end, rest = start.partition(b"\n")
    try:
        head = json.loads(line) if end else None
    except (ValueError, RecursionError):
        head = None
    is_sealed = isinstance(head, dict) and isinstance(head.get("sealed"), dict)
    return (head if is_sealed and isinstance(head, dict) else {}), chain((rest,), pieces)


def _path(name: str) -> str:
    return f"{OBJECTS}/{name[:2]}/{name}"
