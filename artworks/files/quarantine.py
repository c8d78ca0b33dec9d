"""The quarantine inside the storage: originals that no row is about, moved there and not deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from artworks.adapters.storage.storage import Storage
from artworks.core.errors import Conflict, NotFound

FOLDER = "quarantine"
KEPT = timedelta(days=30)
MOMENT = "%Y%m%dT%H%M%SZ"
PLACE = re.compile(rf"{FOLDER}/(?P<moment>\d{{8}}T\d{{6}}Z)/(?P<key>.+)")


def quarantine(storage: Storage, key: str, moment: datetime | None = None) -> str:
    """Move a file into the quarantine and return its new key; raises NotFound when it is not there."""
    place = f"{FOLDER}/{(moment or datetime.now(UTC)).strftime(MOMENT)}/{key}"
    storage.move(key, place)
    return place


def in_quarantine(storage: Storage) -> Iterator[tuple[str, str, datetime]]:
    """Walk over the quarantine: key there, key where the file was, since when it lies there (UTC)."""
    for place, _modified, _size in storage.list(FOLDER):
        if found := PLACE.fullmatch(place):
            try:
                moment = datetime.strptime(found["moment"], MOMENT).replace(tzinfo=UTC)
            except ValueError:
                # A folder that somebody made by hand, with the name of no moment.
                continue
            yield place, found["key"], moment


def restore_all(storage: Storage, tell: Callable[[str], None] = lambda _key: None) -> tuple[int, list[str]]:
    """Move everything back to where it was; returns how many files, and the places of those whose name is taken.

    `tell` is called with the key of each file that is back.
    """
    count, taken = 0, []
    for place, key, _moment in in_quarantine(storage):
        try:
            storage.move(place, key)
            tell(key)
            count += 1
        except Conflict:
            taken.append(place)
        except NotFound:
            # Put back by another run at this moment.
            continue
    return count, taken


def delete_old(storage: Storage, now: datetime | None = None) -> int:
    """Delete what has lain in the quarantine for 30 days; returns how many files."""
    before = (now or datetime.now(UTC)) - KEPT
    count = 0
    for place, _key, moment in in_quarantine(storage):
        if moment <= before:
            storage.delete(place)
            count += 1
    return count
