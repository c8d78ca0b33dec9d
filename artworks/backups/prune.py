"""Older backups that go, and originals that no backup names any more; nothing goes before the newest is proved."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from artworks.adapters.places.place import BackupPlace, MissingNameError
from artworks.backups.archive import DamagedArchiveError
from artworks.backups.state import BackupError
from artworks.backups.vault import Vault
from artworks.backups.verify import FILES, describe_damage

RUNNING = "running"
MOMENT = "%Y%m%dT%H%M%SZ"
_NOTE = re.compile(rf"{RUNNING}/(?P<moment>\d{{8}}T\d{{6}}Z)-(?P<owner>[0-9a-f]{{16}})-[0-9a-f]{{8}}")
# So long ago a backup was begun that certainly has ended, or was killed.
GIVEN_UP_AFTER = timedelta(days=2)


@contextmanager
def noted(place: BackupPlace, owner: str) -> Iterator[None]:
    """Note in the place that `owner` makes a backup there, so that nobody else removes what it counts on.

    Notes that this owner's killed backups left go: it makes one at a time.
    """
    for name, found in _notes(place):
        if found["owner"] == owner or _is_given_up(found):
            place.delete(name)
    name = f"{RUNNING}/{datetime.now(UTC):{MOMENT}}-{owner}-{uuid.uuid4().hex[:8]}"
    with place.put(name) as target:
        target.write(b"A backup is being made. This goes when it ends.\n")
    try:
        yield
    finally:
        place.delete(name)


def _notes(place: BackupPlace) -> list[tuple[str, re.Match[str]]]:
    try:
        names = [name for name, _ in place.list(RUNNING)]
    except MissingNameError:
        return []
    return [(name, found) for name in names if (found := _NOTE.fullmatch(name))]


def _is_given_up(found: re.Match[str]) -> bool:
    moment = datetime.strptime(found["moment"], MOMENT).replace(tzinfo=UTC)
    return moment < datetime.now(UTC) - GIVEN_UP_AFTER


def prune(vault: Vault, keep: int, owner: str) -> tuple[int, int]:
    """Keep the newest archives and what they name; returns how many archives and originals went.

    Raises BackupError, and removes nothing, where an archive that stays cannot be read to its end, or somebody else
    makes a backup in this place.
    """
    if any(found["owner"] != owner and not _is_given_up(found) for _, found in _notes(vault.place)):
        raise BackupError("Nothing older was removed: another program is making a backup in the same place.")
    archives = vault.archives()
    needed: set[bytes] = set()
    for name in archives[:keep]:
        needed |= _originals_of(vault, name)
    for name in archives[keep:]:
        vault.delete_archive(name)
    gone = [name for name, _ in vault.objects() if bytes.fromhex(name) not in needed]
    for name in gone:
        vault.delete_object(name)
    return len(archives[keep:]), len(gone)


def _originals_of(vault: Vault, name: str) -> set[bytes]:
    """Return the names of the originals that an archive names."""
    found = set()
    try:
        for section in vault.read_archive(name).sections():
            if section.kind == FILES:
                files = (json.loads(line) for line in section.lines)
                hashes = {file["sha256"] for file in files if "sha256" in file}
                found |= {bytes.fromhex(vault.object_of(one)) for one in hashes}
    except (DamagedArchiveError, MissingNameError) as error:
        raise BackupError(f"Nothing older was removed. {describe_damage(name, error)}") from None
    return found
