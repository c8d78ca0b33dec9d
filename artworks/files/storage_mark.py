"""The mark in the storage that names the one database which may delete there; a copy of it counts as another one."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Select, String, delete, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from artworks.adapters.storage.storage import Storage
from artworks.core.errors import Conflict, NotFound
from artworks.files.identity import identify, is_same
from models import Image, PendingFile, StorageMark, StorageScan

# Not hidden, so that whoever copies the pictures copies it too.
KEY = "database-mark.json"
MOST_BYTES = 10_000
NOTE = "This says which database may delete pictures here. Keep it beside them; README.md tells more."
SAMPLE = 20
# Names that this program gives to originals.
STEM = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ORIGINAL = re.compile(rf"{STEM}\.(?:png|jpg|gif)")
# So many files are looked at for one of ours, in a storage that was never used by this database.
MOST_LOOKED_AT = 10_000
MOST_COMPARED = 1_000
# For the advisory lock under which a mark is renewed; any number that nothing else in this database takes.
LOCK = 4_732_910_656
TRIES = 3

RANDOM_ORIGINALS = text("""
    SELECT DISTINCT picked.stored_filename FROM (
        SELECT low + floor(random() * (high - low + 1))::bigint AS start
        FROM (SELECT min(id) AS low, max(id) AS high FROM image) AS ends, generate_series(1, :count) OFFSET 0
    ) AS point, LATERAL (
        SELECT stored_filename FROM image WHERE id >= point.start AND created_at < :before ORDER BY id LIMIT 1
    ) AS picked
""")
# `xmin` is the transaction that wrote the row.
ROWS: Select[str, bool, str, datetime] = select(
    StorageMark.token,
    StorageMark.files_missing_accepted,
    literal_column("xmin::text", String),
    StorageMark.created_at,
)


class MarkRow(NamedTuple):
    """A row of storage_mark, with the transaction that wrote it."""

    token: str
    files_missing_accepted: bool
    transaction: str
    created_at: datetime


@dataclass(frozen=True)
class StorageState:
    """What this database may do in its storage, and a sentence for the operator where something is wrong.

    `marked` tells that the storage carries this database's mark, `claimable` that it may be given one silently,
    `missing` that none of the pictures looked at is there, of `looked_at`.
    """

    marked: bool
    claimable: bool = False
    missing: bool = False
    accepted: bool = False
    looked_at: int = 0
    foreign: bool = False

    @property
    def may_delete(self) -> bool:
        """Whether files may be deleted."""
        return self.marked and not self.blocked

    @property
    def blocked(self) -> bool:
        """Whether uploads wait: what is there is not the storage that the rows are about."""
        return self.missing and not (self.marked and self.accepted)

    @property
    def problem(self) -> str:
        """Return what is wrong and what to do, for the operator; empty when nothing is."""
        if self.blocked:
            looked = f"{self.looked_at} pictures" if self.looked_at > 1 else "the only picture"
            return (
                f"The files of the pictures are missing: of {looked} looked at, none is there. Uploads wait, and "
                "nothing is deleted. Is a disk not mounted, or is STORAGE_URL wrong? If this is the right place all "
                "the same, run python main.py adopt."
            )
        if self.marked or self.claimable:
            return ""
        reason = (
            "The pictures belong to another database, or this one is a copy."
            if self.foreign
            else "The pictures do not carry the mark of this database."
        )
        return (
            f"{reason} Nothing is deleted, the trash included; everything else works. If DATABASE_URL and "
            "STORAGE_URL are right and this database is to have them, run python main.py adopt."
        )


def inspect_storage(session: Session, storage: Storage) -> StorageState:
    """Return what this database may do in its storage; reads the mark and looks for at most 20 originals.

    Commits, so that no transaction is open while the storage is asked, which may take long.
    """
    session.commit()
    mark, rows = _marks(session, storage)
    own = _own_row(session, mark, rows)
    # What was added after the mark was last seen may lie below a disk that is not mounted any more.
    marked_at = max((row.created_at for row in rows), default=None)
    names = _originals_at_random(session, marked_at) or _originals_at_random(session, None)
    session.commit()
    present = any(_is_there(storage, name) for name in names)
    # The files of a few pictures may all have been deleted by hand; then it is the mark that tells whether the place is
    # right, once there is one.
    missing = bool(names) and not present and (len(names) >= SAMPLE or (own is None and bool(rows)))
    return StorageState(
        marked=own is not None,
        claimable=mark is None and not rows and _is_claimable(session, storage, names),
        missing=missing,
        accepted=own is not None and own.files_missing_accepted,
        looked_at=len(names),
        foreign=mark is not None and own is None,
    )


def may_be_missing(session: Session) -> bool:
    """Return whether a storage can be known to lack its files: by a mark that it was given, or by many pictures."""
    return bool(_rows(session)) or len(_originals_at_random(session, None)) >= SAMPLE


def settle(session: Session, storage: Storage) -> StorageState:
    """Renew the mark where it is this database's, set it where none is and none is needed; returns the state.

    To be called at every start, so that a copy of the database made before it has an older token. Where it is neither,
    that is remembered, and nothing is claimed silently any more.
    """
    with _lock_mark(session):
        state = inspect_storage(session, storage)
        if state.marked or state.claimable:
            _renew(session, storage, accepted=state.accepted and state.missing)
            if state.claimable and not state.looked_at:
                # That there is no file of ours was just seen.
                session.execute(
                    insert(StorageScan)
                    .values(name="orphans", finished_at=func.now())
                    .on_conflict_do_nothing()
                )
                session.commit()
            state = inspect_storage(session, storage)
        elif not _rows(session):
            # The operator was told so; from now on it takes their word, whatever is found later.
            session.add(StorageMark(token=secrets.token_hex(32)))
            session.commit()
    return state


def renew(session: Session, storage: Storage) -> bool:
    """Renew the mark if it is this database's, and tell whether it is; to be called once a minute.

    A copy of the database, and an older one that is put back, then has an older token, if it is not of this minute.
    """
    with _lock_mark(session):
        mark, rows = _marks(session, storage)
        own = _own_row(session, mark, rows)
        if own is not None:
            _renew(session, storage, accepted=own.files_missing_accepted)
    return own is not None


def adopt(session: Session, storage: Storage) -> StorageState:
    """Mark the storage as this database's, by the operator's word; returns what was found before.

    What was begun is forgotten: in a copy of a database it may be about files that are another one's by now.
    """
    with _lock_mark(session):
        before = inspect_storage(session, storage)
        session.execute(delete(PendingFile))
        _renew(session, storage, accepted=before.missing)
    return before


def ensure_may_delete(session: Session, storage: Storage) -> None:
    """Raise Conflict, with what to do, unless the storage carries this database's mark.

    Where no start has looked at the two yet (each leaves a row, also where it finds another one's mark) there is
    nothing to go by. Commits, as `inspect_storage` does.
    """
    session.commit()
    mark, rows = _marks(session, storage)
    if _own_row(session, mark, rows) is not None or (mark is None and not rows):
        return
    raise Conflict(
        "Nothing was deleted: the place where the pictures are kept does not carry the mark of this database. "
        "Whoever runs the program settles it with python main.py adopt.",
        detail="Nothing was deleted: the place where the pictures are kept does not carry the mark of this database. "
        "If DATABASE_URL and STORAGE_URL are right and this database is to have them, run python main.py adopt.",
    )


def _originals_at_random(session: Session, before: datetime | None) -> list[str]:
    """Return the stored names of 20 pictures at random, all when there are no more; only of those added `before`.

    Two index scans.
    """
    before = before or datetime.now(UTC) + timedelta(days=1)
    first = select(Image.stored_filename).where(Image.created_at < before).limit(SAMPLE + 1)
    names = list(session.scalars(first))
    if len(names) > SAMPLE:
        names = list(session.scalars(RANDOM_ORIGINALS, {"count": SAMPLE, "before": before}))
        # Where ids have gaps, some are met twice.
        names += list(session.scalars(first.limit(SAMPLE - len(names)))) if len(names) < SAMPLE else []
    return names


def _is_there(storage: Storage, name: str) -> bool:
    try:
        return storage.exists(name)
    except ValueError:
        # A name of an older database that no storage takes.
        return False


def _is_claimable(session: Session, storage: Storage, names: list[str]) -> bool:
    """Return whether a storage without a mark may get one without asking.

    That is so for an empty one, and at the first start of the version that brought marks, where most of the pictures
    are there and most of the originals that are met first are theirs.
    """
    if not names:
        return not _holds_originals(storage)
    if 2 * sum(_is_there(storage, name) for name in names) < len(names):
        return False
    found = [key for key, _, _ in islice(storage.list(deep=False), MOST_LOOKED_AT) if ORIGINAL.fullmatch(key)]
    found = found[:MOST_COMPARED]
    known = session.scalar(select(func.count()).select_from(Image).where(Image.stored_filename.in_(found)))
    session.commit()
    return 2 * (known or 0) >= len(found)


def _holds_originals(storage: Storage) -> bool:
    """Return whether there is a file that this program named, then of another database's; unknown counts as yes."""
    count = 0
    for key, _modified, _size in islice(storage.list(deep=False), MOST_LOOKED_AT):
        if ORIGINAL.fullmatch(key):
            return True
        count += 1
    return count == MOST_LOOKED_AT


def _marks(session: Session, storage: Storage) -> tuple[dict[str, Any] | None, list[MarkRow]]:
    """Read the storage's mark and this database's rows of it, once more while they do not fit: one may be renewed."""
    for _ in range(TRIES):
        mark = _read_mark(storage)
        rows = _rows(session)
        session.commit()
        if mark is None or any(row.token == mark.get("token") for row in rows):
            break
    return mark, rows


def _rows(session: Session) -> list[MarkRow]:
    return [MarkRow(*row) for row in session.execute(ROWS)]


def read_token(storage: Storage) -> str | None:
    """Return the token that the storage carries, None without one."""
    token = (_read_mark(storage) or {}).get("token")
    return token if isinstance(token, str) else None


def _read_mark(storage: Storage) -> dict[str, Any] | None:
    """Return the mark of the storage; an unreadable one, such as a folder in its place, is nobody's."""
    path = storage.local_path(KEY)
    if path is not None and os.path.lexists(path) and not path.is_file():
        return {}
    try:
        if storage.size(KEY) > MOST_BYTES:
            return {}
        mark = json.loads(storage.read(KEY))
    except NotFound:
        return None
    except (ValueError, RecursionError):
        return {}
    return mark if isinstance(mark, dict) else {}


def _own_row(session: Session, mark: dict[str, Any] | None, rows: list[MarkRow]) -> MarkRow | None:
    """Return the row that the mark is about, None when it is not this very database's."""
    row = next((row for row in rows if mark and row.token == mark.get("token")), None)
    if row is None or mark is None:
        return None
    return row if is_same(mark.get("database"), identify(session, row.transaction)) else None


@contextmanager
def _lock_mark(session: Session) -> Iterator[None]:
    """Let one process at a time renew the mark, over a connection of its own: the renewal commits in between."""
    bind = session.get_bind()
    with bind.connect() as connection, connection.begin():  # type: ignore[union-attr]
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        yield


def _renew(session: Session, storage: Storage, *, accepted: bool) -> None:
    """Write a new token into the database, then into the storage, then forget the old one; safe to be broken off."""
    token = secrets.token_hex(32)
    session.add(StorageMark(token=token, files_missing_accepted=accepted))
    session.commit()
    row = next(found for found in _rows(session) if found.token == token)
    mark = {"note": NOTE, "token": token, "database": identify(session, row.transaction)}
    storage.put(KEY, json.dumps(mark, indent=1).encode())
    session.execute(delete(StorageMark).where(StorageMark.token != token))
    session.commit()
