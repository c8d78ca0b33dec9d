"""The hourly clean-up: old trash, what was begun and given up, lost calls, sessions and links that are over."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import utils
from artworks.accounts import sessions
from artworks.accounts import throttle as guessing
from artworks.adapters.storage import temporary_files
from artworks.adapters.storage.storage import Storage
from artworks.audit import log as audit
from artworks.core.errors import Unavailable
from artworks.core.limits import SessionLimits
from artworks.files import mark as storage_mark
from artworks.files import pending as pending_files
from artworks.usage import budget
from models import Collection, Image, PendingFile, Ticket

KEPT_IN_TRASH = timedelta(days=30)
KEPT_TICKETS = timedelta(days=30)
ROWS_AT_ONCE = 500
log = logging.getLogger(__name__)


def sweep(session: Session, storage: Storage, temporary: Path) -> None:
    """Mark lost calls, remove what killed processes left half-written, and finish what was begun with files.

    Where the storage carries this database's mark, originals of old trash go into its quarantine. Safe to run twice.
    """
    lost = budget.mark_stale_calls_lost(session)
    session.commit()
    if lost:
        log.info("%d calls whose process was killed are counted as lost.", lost)
    parts = temporary_files.remove_abandoned(temporary, utils.UPLOADING)
    state = storage_mark.inspect_storage(session, storage)
    if state.problem:
        log.warning("%s", state.problem)
    if state.may_delete:
        parts += storage.clean()
        _remove_files(session, storage)
    if parts:
        log.info("Removed %d files that killed processes left half-written.", parts)


def _remove_files(session: Session, storage: Storage) -> None:
    """Finish what was begun, and empty the trash of what is in it for 30 days; not without the storage's mark."""
    done = pending_files.finish(session, storage)
    gone = empty_trash(session, storage, older_than=KEPT_IN_TRASH)
    if done:
        log.info("Removed the files of %d pictures that were deleted or never became one.", done)
    if gone:
        log.info(
            "Removed %d pictures that were in the trash for 30 days; their files are in the quarantine.", gone
        )


def forget(session: Session, limits: SessionLimits) -> None:
    """Remove sessions that are over, old counts of guesses, and what was used or ended or deleted 30 days ago.

    Those are links, and collections with their shared galleries.
    """
    sessions.forget_old(session, limits)
    guessing.forget_old(session)
    # Of an invitation that nobody took the end counts, of one that was taken the moment of that.
    ended = func.least(Ticket.used_at, Ticket.expires_at)
    session.execute(delete(Ticket).where(ended < func.now() - KEPT_TICKETS))
    # Nobody can undo their deletion any more.
    session.execute(delete(Collection).where(Collection.deleted_at < func.now() - KEPT_IN_TRASH))
    session.commit()


def empty_trash(session: Session, storage: Storage, older_than: timedelta = timedelta(0)) -> int:
    """Delete pictures in the trash for good and return how many; commits some hundred at a time.

    What goes by its age is nobody's act: its original is put into the quarantine. Raises Conflict, and deletes nothing,
    where the storage does not carry this database's mark.

    A database that fails in between is told with what was deleted before.

    Row first, with a note of the file: a crash in between leaves files that the next sweep removes, never a row
    without its picture.
    """
    storage_mark.ensure_may_delete(session, storage)
    before = datetime.now(UTC) - older_than
    oldest = select(Image.id).where(Image.trashed_at <= before).order_by(Image.trashed_at).limit(ROWS_AT_ONCE)
    # The files of exactly the rows that went: one may have been taken out of the trash a moment ago.
    removal = (
        delete(Image)
        .where(Image.id.in_(oldest), Image.trashed_at <= before)
        .returning(Image.stored_filename)
        .execution_options(synchronize_session=False)
    )
    keep = bool(older_than)
    _write_down(session, before, older_than)
    count = 0
    try:
        while names := session.scalars(removal).all():
            pending_files.begin_to_remove(session, names, keep=keep)
            session.commit()
            count += len(names)
            gone = [name for name in names if pending_files.remove(storage, name, keep=keep)]
            session.execute(delete(PendingFile).where(PendingFile.stored_filename.in_(gone)))
            session.commit()
    except SQLAlchemyError as error:
        if not count or keep:
            raise
        log.warning("The database failed while the trash was emptied: %s", type(error).__name__)
        raise _broken_off(count) from error
    return count


def _broken_off(count: int) -> Unavailable:
    """Return how many pictures were deleted before the database failed."""
    were = "1 picture was" if count == 1 else f"{count} pictures were"
    return Unavailable(
        f"{were} deleted for good, then the database did not answer any more. "
        "What is left in the trash is as it was; empty it again in a moment.",
        retry_after=5,
    )


def _write_down(session: Session, before: datetime, older_than: timedelta) -> None:
    """Note how many pictures are about to go; committed with the first of them."""
    count = session.scalar(select(func.count()).select_from(Image).where(Image.trashed_at <= before))
    if count:
        action = "old trash removed" if older_than else "trash emptied"
        audit.record(session, action, pictures=count)
