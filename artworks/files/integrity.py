"""Rows and files compared: rows without their file, files with other bytes than were stored, files without a row.

Each scan goes on where it was stopped, holds a lease so that two do not run at once, and reads in small pieces. Listing
an object store may hold the interpreter for long: scans belong into a process of their own.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import func, literal, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from artworks.adapters.storage.storage import RENDITIONS, Storage, is_key
from artworks.core.errors import Conflict, NotFound, Unavailable
from artworks.files.storage_mark import STEM
from artworks.imaging.rendition_kinds import KINDS
from models import Image, PendingFile, StorageScan

DAY = timedelta(days=1)
LEASE = timedelta(minutes=5)
# So few that reading or moving them takes less than the lease, in a slow object store too.
ROWS_AT_ONCE = 50
FILES_AT_ONCE = 200
CHUNK_BYTES = 1 << 20
# An upload stores its file before its row.
ORPHAN_AFTER = timedelta(hours=1)
_NAME = rf"{STEM}\.(?:png|jpg|gif)"
_ORIGINAL = re.compile(_NAME)
_RENDITION = re.compile(
    rf"{RENDITIONS}/(?P<original>{_NAME})-(?:{'|'.join(KINDS)})(?:-v(?P<version>\d{{1,9}}))?\.\w+"
)
PLACES = ("", RENDITIONS)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be: `kind` is missing, unreadable, changed or orphan."""

    kind: str
    key: str
    image_id: int | None = None
    name: str = ""


@dataclass
class Scan:
    """A scan that this process holds the lease of: where it is, and how many of each kind it has found."""

    name: str
    position: str = ""
    found: dict[str, int] = field(default_factory=dict)
    lease: timedelta = LEASE
    finished: bool = False

    def count(self, kind: str, more: int = 1) -> None:
        """Count what was found."""
        self.found[kind] = self.found.get(kind, 0) + more


def load_or_start(session: Session, name: str, *, anew: bool = False, lease: timedelta = LEASE) -> Scan:
    """Take the lease of a scan, `anew` or where it was stopped; raises Conflict while another process has it.

    Each `save` renews it; a process that is killed holds it until it ends.
    """
    session.execute(insert(StorageScan).values(name=name).on_conflict_do_nothing())
    free = or_(StorageScan.claimed_until.is_(None), StorageScan.claimed_until < func.now())
    claimed = (
        update(StorageScan)
        .where(StorageScan.name == name, free)
        .values(claimed_until=func.now() + lease)
        .returning(StorageScan.position, StorageScan.found)
    )
    row = session.execute(claimed).one_or_none()
    session.commit()
    if row is None:
        raise Conflict(
            "The files are being compared by another process just now. Try again in a few minutes."
        )
    if anew or not row.position:
        return Scan(name, lease=lease)
    return Scan(name, row.position, dict(row.found), lease)


def save(session: Session, scan: Scan) -> None:
    """Write down how far a scan is, and keep its lease; or the whole result, when it is finished."""
    values: dict[str, Any] = {"position": scan.position, "found": scan.found}
    if scan.finished:
        values = {"position": "", "found": {}, "last_found": scan.found, "finished_at": func.now()}
    until = None if scan.finished else func.now() + scan.lease
    session.execute(
        update(StorageScan).where(StorageScan.name == scan.name).values(**values, claimed_until=until)
    )
    session.commit()


def load_last(session: Session, name: str) -> StorageScan | None:
    """Return what is known of a scan, None when there was none."""
    return session.get(StorageScan, name, populate_existing=True)


def describe_orphans(found: dict[str, int]) -> str:
    """Return how many files belong to no picture, and what can be done about it; empty when there is none."""
    originals, small = found.get("orphans", 0), found.get("renditions", 0)
    if not originals and not small:
        return ""
    return (
        f"{originals:,} {'original' if originals == 1 else 'originals'} and {small:,} small "
        f"{'copy' if small == 1 else 'copies'} belong to no picture of this database. They are left where they are; "
        "python main.py tidy moves them into the quarantine."
    )


def describe_last_orphans(session: Session) -> str:
    """Return what the last count of orphans found; empty when that was none, or nobody has counted yet."""
    scan = load_last(session, "orphans")
    return describe_orphans(scan.last_found) if scan and scan.finished_at else ""


def orphan_kind(key: str) -> str:
    """Return what an orphan is counted as: an original, or a small copy."""
    return "renditions" if key.startswith(f"{RENDITIONS}/") else "orphans"


def add_orphans(session: Session, more: Counter[str]) -> None:
    """Add to what the last count found what was put back since; without a count there is nobody to be told."""
    scan = load_last(session, "orphans")
    if scan and scan.finished_at:
        scan.last_found = {**scan.last_found, **(Counter(scan.last_found) + more)}


def is_orphan_scan_due(session: Session) -> bool:
    """Return whether orphans were last counted a day ago or never, and nobody counts them now."""
    recent = or_(StorageScan.finished_at > func.now() - DAY, StorageScan.claimed_until > func.now())
    return not session.scalar(select(StorageScan.name).where(StorageScan.name == "orphans", recent))


def scan_rows(session: Session, storage: Storage, seconds: float, tell: Callable[[Finding], None]) -> Scan:
    """Look for each row's original and compare its bytes with the hash that was written down; trash included.

    Stops after so many seconds; the next call goes on from there. `tell` is called for each finding.
    """

    def compare(scan: Scan) -> Iterator[str]:
        while rows := _rows_after(session, int(scan.position or 0)):
            for row in rows:
                kind = _check_file(storage, row.stored_filename, row.sha256)
                if kind != "fine" and _has_row(session, row.id):
                    tell(Finding(kind, row.stored_filename, row.id, row.original_filename))
                    scan.count(kind)
                scan.count("seen")
            yield str(rows[-1].id)

    return _scan_pieces(session, load_or_start(session, "rows"), seconds, compare)


def scan_orphans(
    session: Session,
    storage: Storage,
    seconds: float,
    tell: Callable[[list[Finding]], None],
    *,
    anew: bool = False,
) -> Scan:
    """Look for files of this program's names, older than an hour, that no row is about; others are somebody's own.

    `tell` gets the originals and the small copies of some hundred files at a time. Stops after so many seconds; the
    next call goes on from there, unless it is to begin `anew`.
    """

    def compare(scan: Scan) -> Iterator[str]:
        for position, files in _files_after(storage, scan.position):
            orphans = _without_row(session, files)
            tell(orphans)
            for orphan in orphans:
                scan.count(orphan_kind(orphan.key))
            scan.count("seen", len(files))
            yield position

    return _scan_pieces(session, load_or_start(session, "orphans", anew=anew), seconds, compare)


def _scan_pieces(
    session: Session, scan: Scan, seconds: float, pieces: Callable[[Scan], Iterator[str]]
) -> Scan:
    """Work off the pieces of a scan, each of which gives the place where it ends, until the time is over."""
    deadline = time.monotonic() + seconds
    with lease_held(session, scan):
        for position in pieces(scan):
            scan.position = position
            save(session, scan)
            if time.monotonic() > deadline:
                return scan
        scan.finished = True
        save(session, scan)
    return scan


@contextmanager
def lease_held(session: Session, scan: Scan) -> Iterator[None]:
    """Release the lease of a scan when it is broken off, so that the next run goes on at once."""
    try:
        yield
    finally:
        if not scan.finished:
            session.rollback()
            session.execute(
                update(StorageScan).where(StorageScan.name == scan.name).values(claimed_until=None)
            )
            session.commit()


def _rows_after(session: Session, image_id: int) -> list[Any]:
    columns = (Image.id, Image.stored_filename, Image.original_filename, Image.sha256)
    query = select(*columns).where(Image.id > image_id).order_by(Image.id).limit(ROWS_AT_ONCE)
    rows = list(session.execute(query))
    session.commit()
    return rows


def _has_row(session: Session, image_id: int) -> bool:
    """Return whether a picture is still there: one that was deleted since its row was read took its file along."""
    found = session.scalar(select(Image.id).where(Image.id == image_id))
    session.commit()
    return found is not None


def _check_file(storage: Storage, key: str, sha256: str | None) -> str:
    """Return what is the matter with a picture's original: fine, missing, changed or unreadable.

    Rows of an older database have no hash until their file was read; of them only the file is looked for.
    """
    path = storage.local_path(key) if is_key(key) else None
    if path is not None and path.exists() and not path.is_file():
        return "unreadable"
    try:
        if sha256 is None:
            return "fine" if storage.exists(key) else "missing"
        digest = hashlib.sha256()
        with storage.open(key) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    except (NotFound, ValueError):
        return "missing"
    except (Unavailable, OSError):
        # Either this one file, or the whole storage: that would be no finding.
        storage.check()
        return "unreadable"
    return "fine" if digest.hexdigest() == sha256 else "changed"


class _StoredFile(NamedTuple):
    """A file of our names: of which original, and as which version of the drawing if it is a rendition."""

    key: str
    original: str
    version: int | None = None

    @classmethod
    def of(cls, key: str) -> _StoredFile | None:
        """Read a key; None for somebody else's."""
        if _ORIGINAL.fullmatch(key):
            return cls(key, key)
        match = _RENDITION.fullmatch(key)
        return cls(key, match["original"], int(match["version"] or 1)) if match else None


def _files_after(storage: Storage, position: str) -> Iterator[tuple[str, list[_StoredFile]]]:
    """Walk over the files behind a place, some at a time: the last key, and those of our names.

    Files of other names count for the pieces too, or a walk among a million of them would have no end in time.
    """
    before = datetime.now(UTC) - ORPHAN_AFTER
    in_renditions = position.startswith(f"{RENDITIONS}/")
    for folder in PLACES[in_renditions:]:
        files = storage.list(folder, position if bool(folder) == in_renditions else "", deep=False)
        while some := list(islice(files, FILES_AT_ONCE)):
            old = (_StoredFile.of(key) for key, modified, _size in some if modified < before)
            yield some[-1][0], [file for file in old if file]


def _without_row(session: Session, files: list[_StoredFile]) -> list[Finding]:
    """Return those of the files that neither a row nor something begun is about.

    So are renditions of an older version than their picture's, which were left behind; newer ones may be about to be
    its own. One statement, so that a row is not missed that becomes a note, or a note a row, in between.
    """
    originals = {file.original for file in files}
    named = union_all(
        select(Image.stored_filename, Image.rendition_version).where(Image.stored_filename.in_(originals)),
        select(PendingFile.stored_filename, literal(1)).where(PendingFile.stored_filename.in_(originals)),
    )
    known: dict[str, int] = dict(session.execute(named).all()) if originals else {}
    session.commit()
    return [Finding("orphan", file.key) for file in files if not _belongs(file, known.get(file.original))]


def _belongs(file: _StoredFile, version: int | None) -> bool:
    """Return whether a file is a picture's, whose renditions are of a version; None where there is no picture."""
    return version is not None and (file.version is None or file.version >= version)
