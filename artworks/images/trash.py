"""Emptying the trash: rows, and with them originals and renditions, for good."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from artworks.adapters.storage.storage import Storage
from artworks.audit import log as audit
from artworks.core.errors import Unavailable
from artworks.files import pending as pending_files
from artworks.files import storage_mark
from models import Image, PendingFile

KEPT_IN_TRASH = timedelta(days=30)
ROWS_AT_ONCE = 500
log = logging.getLogger(__name__)


def empty_trash(session: Session, storage: Storage, older_than: timedelta = timedelta(0)) -> int:
    """Delete pictures in the trash for good and return how many; commits some hundred at a time.

    What goes by its age is nobody's act: its original is put into the quarantine. Raises Conflict, and deletes nothing,
    where the storage does not carry this database's mark.

    Raises Unavailable with how many were deleted before a database failed in between.

    Row first, with a note of the file: a crash in between leaves files that the next clean-up removes, never a row
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
    _record(session, before, older_than)
    count = 0
    try:
        while names := session.scalars(removal).all():
            pending_files.note_removing(session, names, keep=keep)
            session.commit()
            count += len(names)
            if pending_files.are_held(session):
                # Their files go with the clean-up of the next hour.
                continue
            gone = [name for name in names if pending_files.remove(storage, name, keep=keep)]
            session.execute(delete(PendingFile).where(PendingFile.stored_filename.in_(gone)))
            session.commit()
    except SQLAlchemyError as error:
        if not count or keep:
            raise
        log.warning("The database failed while the trash was emptied: %s", type(error).__name__)
        raise _interrupted_error(count) from error
    return count


def _interrupted_error(count: int) -> Unavailable:
    """Return how many pictures were deleted before the database failed."""
    were = "1 picture was" if count == 1 else f"{count} pictures were"
    return Unavailable(
        f"{were} deleted for good, then the database did not answer any more. "
        "What is left in the trash is as it was; empty it again in a moment.",
        retry_after=5,
    )


def _record(session: Session, before: datetime, older_than: timedelta) -> None:
    """Note how many pictures are about to go; committed with the first of them."""
    count = session.scalar(select(func.count()).select_from(Image).where(Image.trashed_at <= before))
    if count:
        action = "old trash removed" if older_than else "trash emptied"
        audit.record(session, action, pictures=count)
