"""What the database knows of its backups: the last good one, what failed since, and what is under way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from artworks.files.pending import BACKUP_RUNS
from models import BackupState

LAST_GOOD = "last good"
LAST_FAILURE = "last failure"
RESTORING = "restoring"
RENEW_SECONDS = 20.0
OLD = timedelta(days=8)


class BackupError(RuntimeError):
    """A backup that cannot be made, proved or restored; the message is one sentence for the operator, or several."""


def note(session: Session, name: str, detail: str, at: datetime | None = None) -> None:
    """Write one thing down, over what was known of it; the caller commits."""
    row = {"at": at or func.clock_timestamp(), "detail": detail}
    adding = insert(BackupState).values(name=name, **row)
    session.execute(adding.on_conflict_do_update(index_elements=["name"], set_=row))


def forget(session: Session, name: str) -> None:
    """Forget one thing; the caller commits."""
    session.execute(delete(BackupState).where(BackupState.name == name))


def find(session: Session, name: str) -> tuple[datetime, str] | None:
    """Return when something was written down, and its detail."""
    row = session.execute(
        select(BackupState.at, BackupState.detail).where(BackupState.name == name)
    ).one_or_none()
    return (row.at, row.detail) if row else None


def unfinished_restore(session: Session) -> str:
    """Return what the operator has to do about a restore that was cut; empty when there is none."""
    found = find(session, RESTORING)
    return (
        f"A restore into this program was begun and has not ended, so it is not started. Run it again: "
        f"python main.py restore {found[1]}"
        if found
        else ""
    )


def describe(session: Session, now: datetime | None = None) -> tuple[str, bool]:
    """Return one sentence about the last good backup and what failed since, and whether all is well."""
    now = now or datetime.now(UTC)
    good, failed = find(session, LAST_GOOD), find(session, LAST_FAILURE)
    if good is None:
        said = "No backup was made yet; python main.py backup PLACE makes one."
    else:
        days = (now - good[0]).days
        ago = "today" if days < 1 else "a day ago" if days == 1 else f"{days} days ago"
        moment = good[0].astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        said = f"The last good backup is of {moment} UTC ({ago}), in {good[1]}."
        if now - good[0] > OLD:
            said += " That is long ago; python main.py backup PLACE makes a new one."
    if failed and (good is None or failed[0] > good[0]):
        moment = failed[0].astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        return f"{said} The one of {moment} UTC failed: {failed[1]}", False
    return said, good is not None and now - good[0] <= OLD


@contextmanager
def hold_originals(engine: Engine) -> Iterator[None]:
    """Let originals wait that are deleted meanwhile, so that those of a snapshot are there until the end of the block.

    What is held is let go two minutes after a process was killed.
    """
    _renew(engine)
    ended = threading.Event()

    def keep_renewing() -> None:
        while not ended.wait(RENEW_SECONDS):
            try:
                _renew(engine)
            except SQLAlchemyError:
                # The backup itself needs the database as well, and tells what is wrong with it.
                continue

    thread = threading.Thread(target=keep_renewing, name="backup", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with Session(engine) as session:
            forget(session, BACKUP_RUNS)
            session.commit()


def _renew(engine: Engine) -> None:
    with Session(engine) as session:
        note(session, BACKUP_RUNS, "")
        session.commit()
