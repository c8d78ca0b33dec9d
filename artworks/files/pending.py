"""What this database has begun with originals: written before the file is touched, gone once all is done."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from artworks.adapters.storage.storage import RENDITION_TYPES, Storage, rendition_key
from artworks.core.errors import AppError, Conflict, NotFound, Unavailable
from artworks.files.quarantine import quarantine
from artworks.imaging.rendition_kinds import KINDS, RENDITION_VERSION, UPLOAD_KINDS
from models import BackupState, Image, PendingFile

# An upload takes seconds; one that was begun so long ago was killed.
GIVEN_UP_AFTER = timedelta(hours=1)
ROWS_AT_ONCE = 500
# The row of backup_state that says that a backup is being made, and for how long it counts after it was renewed.
BACKUP_RUNS = "running"
HELD_FOR = timedelta(minutes=2)
log = logging.getLogger(__name__)


def note_storing(session: Session, stored_filename: str) -> None:
    """Write down that an original is about to be stored; the caller commits before it stores anything."""
    session.execute(insert(PendingFile).values(stored_filename=stored_filename, action="store"))


def note_stored(session: Session, stored_filename: str) -> None:
    """Take back the note in the transaction that writes the picture's row; raises Unavailable if it was given up."""
    ended = delete(PendingFile).where(
        PendingFile.stored_filename == stored_filename, PendingFile.action == "store"
    )
    if not session.execute(ended.returning(PendingFile.stored_filename)).all():
        raise Unavailable("This took so long that it was given up. Please send the picture again.")


def delete_note(session: Session, stored_filename: str) -> None:
    """Take back the note of an original whose files are removed."""
    session.execute(delete(PendingFile).where(PendingFile.stored_filename == stored_filename))


def note_removing(session: Session, names: Iterable[str], *, keep: bool) -> None:
    """Write down that originals are to go, in the transaction that deletes their rows; `keep` is for the quarantine."""
    action = "quarantine" if keep else "delete"
    rows = [{"stored_filename": name, "action": action} for name in names]
    if rows:
        session.execute(insert(PendingFile).values(rows).on_conflict_do_nothing())


def are_held(session: Session) -> bool:
    """Return whether a backup is being made, which may need originals whose rows are gone by now: they wait for it.

    To be asked after the rows' deletion was committed: a backup that begins later does not know them any more.
    """
    return bool(
        session.scalar(
            select(BackupState.name).where(
                BackupState.name == BACKUP_RUNS, BackupState.at > func.now() - HELD_FOR
            )
        )
    )


def finish_abandoned(session: Session, storage: Storage) -> int:
    """Do what is written down: removals at once, uploads that were given up an hour ago; returns how many originals.

    Only to be called where the storage carries this database's mark. What fails is tried again the next time, and so
    is what a backup holds. Commits.
    """
    _give_up(session)
    done = 0
    after = ""
    while (some := _next_names(session, after)) and not are_held(session):
        gone = [name for name, action in some if remove(storage, name, keep=action == "quarantine")]
        session.execute(delete(PendingFile).where(PendingFile.stored_filename.in_(gone)))
        session.commit()
        done += len(gone)
        after = some[-1][0]
    return done


def _give_up(session: Session) -> None:
    """Turn uploads that were begun an hour ago into removals, before a file is touched: a late one sees it and ends.

    Into the quarantine, not for good: in a copy of a database a note may be about what is a picture elsewhere by now.
    """
    old = PendingFile.began_at < datetime.now(UTC) - GIVEN_UP_AFTER
    session.execute(update(PendingFile).where(PendingFile.action == "store", old).values(action="quarantine"))
    session.commit()


def _next_names(session: Session, after: str) -> list[tuple[str, str]]:
    """Return the next removals; one that has a row after all is no removal, and is forgotten."""
    has_row = select(Image.id).where(Image.stored_filename == PendingFile.stored_filename).exists()
    session.execute(delete(PendingFile).where(PendingFile.action != "store", has_row))
    query = (
        select(PendingFile.stored_filename, PendingFile.action)
        .where(PendingFile.action != "store", PendingFile.stored_filename > after)
        .order_by(PendingFile.stored_filename)
        .limit(ROWS_AT_ONCE)
    )
    found = [(name, action) for name, action in session.execute(query)]
    session.commit()
    return found


def remove(storage: Storage, stored_filename: str, *, keep: bool = False) -> bool:
    """Remove a picture's files, or put its original into the quarantine; returns whether that was done."""
    try:
        # Smallest loss first: what is broken off here leaves an original that is still known.
        remove_renditions(storage, stored_filename, RENDITION_VERSION)
        if keep:
            quarantine(storage, stored_filename)
        else:
            storage.delete(stored_filename)
    except (ValueError, NotFound, Conflict):
        # An older library's name that no storage takes, or a file that is gone or in the quarantine already.
        return True
    except AppError as error:
        log.warning(
            "The files of %s are left to the clean-up, as they cannot be removed now: %s",
            stored_filename,
            error,
        )
        return False
    return True


def remove_renditions(storage: Storage, stored_filename: str, last_version: int) -> None:
    """Remove the renditions of an original up to a version, of every kind and type; those that are missing are fine."""
    for version in range(1, last_version + 1):
        # The first version had no later sizes.
        for kind in UPLOAD_KINDS if version == 1 else KINDS:
            for media_type in RENDITION_TYPES:
                storage.delete(rendition_key(stored_filename, kind, media_type, version))
