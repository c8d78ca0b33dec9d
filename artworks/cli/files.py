"""The operator's commands about files: `check --files`, `tidy` and `adopt`."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import migrations
from app import Config
from artworks.adapters.storage.faults import without_log
from artworks.adapters.storage.storage import Storage
from artworks.adapters.storage.url import without_secrets
from artworks.audit import log as audit
from artworks.cli.startup import (
    StartError,
    database,
    driver_url,
    inspect_storage,
    last_count_of_orphans,
    migrate_database,
)
from artworks.core.actor import Actor, act_as
from artworks.core.errors import NotFound
from artworks.dependencies import make_storage
from artworks.files import integrity, quarantine, storage_mark
from artworks.files.integrity import Finding, Scan
from artworks.images import remaking

# `check --files` stops after so long and goes on from there the next time.
CHECK_SECONDS = 3600.0
# So many pictures whose small copies are of an older version are counted.
MOST_COUNTED = 100_000
KINDS = {
    "missing": "is not there",
    "changed": "has other bytes than were stored",
    "unreadable": "cannot be read",
}


@contextmanager
def open_library(config: Config) -> Iterator[tuple[Session, Storage]]:
    """Yield a session on the database, brought up to date, and the storage."""
    with database(config) as (running, _):
        migrate_database(running)
        engine = create_engine(running.sqlalchemy_url, poolclass=NullPool)
        with Session(engine, expire_on_commit=False) as session:
            act_as(session, Actor("owner", name="the operator", way="command"))
            yield session, make_storage(running)


def check_files(config: Config, seconds: float = CHECK_SECONDS) -> int:
    """Compare rows and files, print each thing that is wrong, and return 1 when there is any."""
    deadline = time.monotonic() + seconds
    with open_library(config) as (session, storage):
        rows = integrity.scan_rows(session, storage, seconds, _print_row)
        orphans = None
        if rows.finished:
            left = deadline - time.monotonic()
            orphans = integrity.scan_orphans(session, storage, left, _print_orphans)
    for line in _summary(rows, orphans):
        print(line)
    wrong = sum(rows.found.get(kind, 0) for kind in KINDS)
    return 1 if wrong or (orphans and _orphan_count(orphans)) else 0


def _print_row(found: Finding) -> None:
    print(f"! {found.key} {KINDS[found.kind]} (picture {found.image_id}, {found.name})", flush=True)


def _print_orphans(found: list[Finding]) -> None:
    for orphan in found:
        print(f"! {orphan.key} belongs to no picture", flush=True)


def _orphan_count(scan: Scan) -> int:
    return scan.found.get("orphans", 0) + scan.found.get("renditions", 0)


def _summary(rows: Scan, orphans: Scan | None) -> Iterator[str]:
    seen = rows.found.get("seen", 0)
    wrong = ", ".join(f"{rows.found[kind]:,} {kind}" for kind in KINDS if kind in rows.found)
    yield f"{seen:,} pictures looked at: {wrong or 'every file is there, with the bytes that were stored'}."
    if orphans is None or not (rows.finished and orphans.finished):
        yield "Not all was looked at in an hour. The same command goes on from here."
    if orphans is not None:
        yield integrity.describe_orphans(orphans.found) or "No file without a picture."


def count_orphans(config: Config) -> int:
    """Count the files that belong to no picture and write the number down; deletes and moves nothing."""
    with open_library(config) as (session, storage):
        if storage_mark.inspect_storage(session, storage).may_delete:
            storage.clean_checks()
        scan = integrity.scan_orphans(session, storage, math.inf, lambda _found: None)
    print(integrity.describe_orphans(scan.found) or "No file without a picture.")
    return 0


def check_storage_state(config: Config) -> str:
    """Describe whose files are in the storage; raises StartError with what is wrong. Changes nothing."""
    if config.database_url is None and not (config.instance_dir / "postgres" / "data").exists():
        return "none yet"
    with database(config) as (running, _):
        if migrations.version(driver_url(running)) != migrations.HEAD:
            return "not looked at, because the database is not up to date"
        # What is wrong with the place itself is told on its own line.
        with without_log():
            state = inspect_storage(running)
        orphans = last_count_of_orphans(running)
    if state.problem or orphans:
        raise StartError(" ".join(filter(None, (state.problem, orphans))))
    return "in the right place; python main.py check --files compares each with its picture"


def check_renditions(config: Config) -> str:
    """Describe how far small copies of an older version have been made anew; changes nothing."""
    if config.database_url is None and not (config.instance_dir / "postgres" / "data").exists():
        return "none yet"
    with database(config) as (running, _):
        if migrations.version(driver_url(running)) != migrations.HEAD:
            return "not looked at, because the database is not up to date"
        engine = create_engine(running.sqlalchemy_url, poolclass=NullPool)
        with Session(engine) as session:
            return remaking.describe_progress(session, MOST_COUNTED) or "all of the newest version"


def tidy(config: Config) -> int:
    """Move files that belong to no picture into the quarantine; delete what has lain there for 30 days."""
    moved = deleted = 0
    with open_library(config) as (session, storage):
        storage_mark.ensure_may_delete(session, storage)

        def move(found: list[Finding]) -> None:
            nonlocal moved
            for orphan in found:
                try:
                    quarantine.quarantine(storage, orphan.key)
                    moved += 1
                except NotFound:
                    # Moved by somebody else at this moment.
                    continue

        try:
            deleted = quarantine.delete_old(storage)
            # From the beginning, also where a count was broken off.
            scan = integrity.scan_orphans(session, storage, math.inf, move, anew=True)
            # What was found lies in the quarantine by now.
            scan.found = {"seen": scan.found.get("seen", 0)}
            integrity.save(session, scan)
        finally:
            # Also of what was moved before something went wrong.
            audit.record(session, "files tidied", files=moved, deleted=deleted)
            session.commit()
    print(
        f"{moved:,} files without a picture were moved into the quarantine; python main.py tidy --undo puts them back."
    )
    print(f"{deleted:,} files were deleted that had lain there for {quarantine.KEPT.days} days.")
    return 0


def restore_quarantine(config: Config) -> int:
    """Move everything in the quarantine back to where it was."""
    with open_library(config) as (session, storage):
        storage_mark.ensure_may_delete(session, storage)
        found: Counter[str] = Counter()
        try:
            count, taken = quarantine.restore_all(
                storage, lambda key: found.update([integrity.orphan_kind(key)])
            )
        finally:
            # Also of what was moved before something went wrong. It belongs to no picture again.
            integrity.add_orphans(session, found)
            audit.record(session, "files put back", files=found.total())
            session.commit()
    print(f"{count:,} files were put back.")
    for place in taken:
        print(f"! {place} stays: there is another file of that name.")
    return 1 if taken else 0


def adopt(config: Config) -> int:
    """Mark the storage as this database's, whatever mark it has, and say what was found there."""
    with open_library(config) as (session, storage):
        before = storage_mark.adopt(session, storage)
        audit.record(session, "storage adopted", pictures=before.looked_at)
        session.commit()
    if before.missing:
        print(
            f"Of {before.looked_at} pictures looked at, the file of none is there. Uploads go on all the same."
        )
    place = without_secrets(config.storage_url)
    print(f"The pictures in {place} belong to this database from now on. No other one deletes there.")
    return 0
