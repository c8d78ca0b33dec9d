"""The mark in the storage that names the one database which may delete there; a copy of it counts as another one."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Select, String, delete, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from adapters.storage import Storage
from errors import Conflict, NotFound
from models import Image, PendingFile, StorageMark, StorageScan

# Not hidden, so that whoever copies the pictures copies it too.
KEY = "database-mark.json"
NOTE = "This says which database may delete pictures here. Keep it beside them; README.md tells more."
SAMPLE = 20
# Names that this program gives to originals.
STEM = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ORIGINAL = re.compile(rf"{STEM}\.(?:png|jpg|gif)")
# So many files are looked at for one of ours, in a storage that was never used by this database.
MOST_LOOKED_AT = 10_000
# For the advisory lock under which a mark is renewed; any number that nothing else in this database takes.
LOCK = 4_732_910_656
TRIES = 3

WHERE = text("""
    SELECT (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database,
        CASE WHEN inet_server_addr() IS NULL AND pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')
        THEN current_setting('data_directory') END AS folder
""")
SYSTEM = text("SELECT system_identifier::text FROM pg_control_system()")
RANDOM_ORIGINALS = text("""
    SELECT DISTINCT picked.stored_filename FROM (
        SELECT low + floor(random() * (high - low + 1))::bigint AS start
        FROM (SELECT min(id) AS low, max(id) AS high FROM image) AS ends, generate_series(1, :count) OFFSET 0
    ) AS point, LATERAL (SELECT stored_filename FROM image WHERE id >= point.start ORDER BY id LIMIT 1) AS picked
""")
# `xmin` is the transaction that wrote the row.
ROWS: Select[str, bool, str] = select(
    StorageMark.token, StorageMark.files_missing_accepted, literal_column("xmin::text", String)
)


class MarkRow(NamedTuple):
    """A row of storage_mark, with the transaction that wrote it."""

    token: str
    files_missing_accepted: bool
    transaction: str


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
        """Say what is wrong and what to do, for the operator; empty when nothing is."""
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
    names = originals_at_random(session)
    session.commit()
    present = any(_is_there(storage, name) for name in names)
    # The files of a few pictures may all have been deleted by hand; then it is the mark that tells whether the place is
    # right, once there is one.
    missing = bool(names) and not present and (len(names) >= SAMPLE or (own is None and bool(rows)))
    return StorageState(
        marked=own is not None,
        claimable=mark is None and _is_claimable(storage, rows, names, present),
        missing=missing,
        accepted=own is not None and own.files_missing_accepted,
        looked_at=len(names),
        foreign=mark is not None and own is None,
    )


def may_be_missing(session: Session) -> bool:
    """Tell whether a storage can be known to lack its files: by a mark that it was given, or by many pictures."""
    many = len(originals_at_random(session)) >= SAMPLE
    return many or bool(_rows(session))


def settle(session: Session, storage: Storage) -> StorageState:
    """Renew the mark where it is this database's, set it where none is and none is needed; returns the state.

    To be called at every start, so that a copy of the database made before it has an older token.
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
    return state


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
    """Raise Conflict, with what to do, unless the storage carries this database's mark, or may be given it silently.

    Commits, as `inspect_storage` does.
    """
    session.commit()
    mark, rows = _marks(session, storage)
    if _own_row(session, mark, rows) is not None or (mark is None and _is_free(session, storage, rows)):
        return
    raise Conflict(
        "Nothing was deleted: the place where the pictures are kept does not carry the mark of this database. "
        "Whoever runs the program settles it with python main.py adopt.",
        detail="Nothing was deleted: the place where the pictures are kept does not carry the mark of this database. "
        "If DATABASE_URL and STORAGE_URL are right and this database is to have them, run python main.py adopt.",
    )


def _is_free(session: Session, storage: Storage, rows: list[MarkRow]) -> bool:
    """Tell whether a storage without a mark can be taken now, or holds no original that could be lost."""
    return settle(session, storage).marked or (not rows and not _holds_originals(storage))


def originals_at_random(session: Session, count: int = SAMPLE) -> list[str]:
    """Return the stored names of so many pictures at random; of all when there are no more. Two index scans."""
    first = select(Image.stored_filename).limit(count + 1)
    names = list(session.scalars(first))
    if len(names) > count:
        names = list(session.scalars(RANDOM_ORIGINALS, {"count": count}))
        # Where ids have gaps, some are met twice.
        names += list(session.scalars(first.limit(count - len(names)))) if len(names) < count else []
    return names


def _is_there(storage: Storage, name: str) -> bool:
    try:
        return storage.exists(name)
    except ValueError:
        # A name of an older database that no storage takes.
        return False


def _is_claimable(storage: Storage, rows: list[MarkRow], names: list[str], present: bool) -> bool:
    """Tell whether a storage without a mark may get one without asking."""
    if names:
        # The first start of the version that brought marks.
        return not rows and present
    return not _holds_originals(storage)


def _holds_originals(storage: Storage) -> bool:
    """Tell whether there is a file that this program named, which then is another database's; unknown counts as yes."""
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


def _read_mark(storage: Storage) -> dict[str, Any] | None:
    """Return the mark of the storage; an unreadable one is nobody's."""
    try:
        mark = json.loads(storage.read(KEY))
    except NotFound:
        return None
    except ValueError:
        return {}
    return mark if isinstance(mark, dict) else {}


def _own_row(session: Session, mark: dict[str, Any] | None, rows: list[MarkRow]) -> MarkRow | None:
    """Return the row that the mark is about, None when it is not this very database's."""
    row = next((row for row in rows if mark and row.token == mark.get("token")), None)
    if row is None or mark is None:
        return None
    return row if _is_same(mark.get("database"), _identity(session, row)) else None


def _identity(session: Session, row: MarkRow) -> dict[str, Any]:
    """Return by what this very database is known: none of it survives a dump, most of it no copy of the files.

    The row's transaction changes when it is restored; cluster and database when they are made anew; the data folder
    when it is copied (it may be moved: then its inode stays, or at least the time of its first file).
    """
    place = session.execute(WHERE).one()
    session.commit()
    known = {"row": row.transaction, "database": place.database, "system": _system(session)}
    return known | {"folder": _folder(place.folder)}


def _system(session: Session) -> str | None:
    try:
        found: str | None = session.scalar(SYSTEM)
        session.commit()
    except DBAPIError:
        # Some hosted servers keep it to themselves.
        session.rollback()
        return None
    return found


def _folder(data: str | None) -> list[str] | None:
    """Return inode and time of change of a data folder's first file, where the server runs on this machine."""
    try:
        found = os.stat(Path(data or "") / "PG_VERSION") if data else None  # noqa: PTH116 - one call, no reading
    except OSError:
        return None
    return [f"inode {found.st_ino}", f"changed {found.st_ctime_ns}"] if found else None


def _is_same(written: Any, here: dict[str, Any]) -> bool:
    """Compare what both know; of the data folder one of the two signs is enough."""
    if not isinstance(written, dict):
        return False
    for name, value in here.items():
        other = written.get(name)
        if not value or not other:
            continue
        if isinstance(value, list):
            if not isinstance(other, list) or not any(sign in other for sign in value):
                return False
        elif value != other:
            return False
    return True


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
    mark = {"note": NOTE, "token": token, "database": _identity(session, row)}
    storage.put(KEY, json.dumps(mark, indent=1).encode())
    session.execute(delete(StorageMark).where(StorageMark.token != token))
    session.commit()
