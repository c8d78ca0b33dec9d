"""Tidying up: files without a row, old trash, calls whose process died, sessions and links that are over."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from adapters.storage import Storage
from features import audit, budget, guessing, sessions
from features.uploads import discard
from models import Image, Ticket

KEPT_IN_TRASH = timedelta(days=30)
KEPT_TICKETS = timedelta(days=30)
# An upload stores its file before its row; a file younger than this may still get one.
ORPHAN_AFTER = timedelta(hours=1)
ROWS_AT_ONCE = 500
STEM = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OURS = re.compile(rf"(?:renditions/)?(?P<stored>{STEM}\.(?:png|jpg|gif))(?:-(?:thumbnail|preview)\.\w+)?")
log = logging.getLogger(__name__)


def sweep(session: Session, storage: Storage) -> None:
    """Remove orphan files and what was in the trash for 30 days; mark lost calls. Safe to run twice."""
    lost = budget.mark_lost(session)
    session.commit()
    gone = empty_trash(session, storage, older_than=KEPT_IN_TRASH)
    orphans = remove_orphans(session, storage)
    if lost or gone or orphans:
        log.info(
            "Swept: %d calls lost, %d pictures deleted, %d files without a picture.", lost, gone, orphans
        )


def forget(session: Session, limits: sessions.Limits) -> None:
    """Remove sessions that are over, old counts of guesses, and links that were used or ended 30 days ago."""
    sessions.forget_old(session, limits)
    guessing.forget_old(session)
    # Of an invitation that nobody took the end counts, of one that was taken the moment of that.
    ended = func.least(Ticket.used_at, Ticket.expires_at)
    session.execute(delete(Ticket).where(ended < func.now() - KEPT_TICKETS))
    session.commit()


def empty_trash(session: Session, storage: Storage, older_than: timedelta = timedelta(0)) -> int:
    """Delete pictures in the trash for good, the row first and then its files; commits some hundred at a time.

    Row first: a crash in between leaves files that the sweep removes, never a row without its picture.
    """
    before = datetime.now(UTC) - older_than
    oldest = select(Image.id).where(Image.trashed_at <= before).order_by(Image.trashed_at).limit(ROWS_AT_ONCE)
    # The files of exactly the rows that went: one may have been taken out of the trash a moment ago.
    removal = (
        delete(Image)
        .where(Image.id.in_(oldest), Image.trashed_at <= before)
        .returning(Image.stored_filename, Image.rendition_type)
        .execution_options(synchronize_session=False)
    )
    _write_down(session, before, older_than)
    count = 0
    while rows := session.execute(removal).all():
        session.commit()
        for row in rows:
            discard(storage, row.stored_filename, row.rendition_type)
        count += len(rows)
    return count


def _write_down(session: Session, before: datetime, older_than: timedelta) -> None:
    """Note how many pictures are about to go; committed with the first of them."""
    count = session.scalar(select(func.count()).select_from(Image).where(Image.trashed_at <= before))
    if count:
        action = "old trash removed" if older_than else "trash emptied"
        audit.record(session, action, pictures=count)


def owner_of(key: str) -> str | None:
    """Give the stored name of the picture a key belongs to; None for a name that this program does not give."""
    match = OURS.fullmatch(key)
    return match["stored"] if match else None


def remove_orphans(session: Session, storage: Storage) -> int:
    """Delete stored files older than an hour that belong to no picture; gives how many.

    Only names that this program gives are touched: whatever else lies in the folder is somebody's own.
    """
    before = datetime.now(UTC) - ORPHAN_AFTER
    old = ((key, owner_of(key)) for key, modified, _size in storage.list() if modified < before)
    ours = ((key, owner) for key, owner in old if owner)
    count = 0
    while some := list(islice(ours, ROWS_AT_ONCE)):
        known = set(
            session.scalars(
                select(Image.stored_filename).where(Image.stored_filename.in_({o for _, o in some}))
            )
        )
        session.commit()
        for key, owner in some:
            if owner not in known:
                storage.delete(key)
                count += 1
    return count
