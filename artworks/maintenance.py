"""What is done every hour: old sessions, links and trash go, lost calls and files that were begun are finished."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, func
from sqlalchemy.orm import Session

import utils
from artworks.accounts import sessions, throttle
from artworks.adapters.storage import temporary_files
from artworks.adapters.storage.storage import Storage
from artworks.core.limits import SessionLimits
from artworks.files import pending as pending_files
from artworks.files import storage_mark
from artworks.images import autosaves, sizes
from artworks.images.trash import KEPT_IN_TRASH, empty_trash
from artworks.usage import budget
from models import Collection, OneTimeLink

KEPT_LINKS = timedelta(days=30)
log = logging.getLogger(__name__)


def clean_up(session: Session, storage: Storage, temporary: Path) -> None:
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


def trim_sizes(session: Session, storage: Storage, most_bytes: int) -> None:
    """Remove the oldest of the sizes that were made at a look, if they take too much; only with the storage's mark."""
    may_delete = storage_mark.inspect_storage(session, storage).may_delete
    if may_delete and (gone := sizes.trim(session, storage, most_bytes)):
        log.info(
            "Removed %d sizes of pictures that were made longest ago; they are made again at a look.", gone
        )


def _remove_files(session: Session, storage: Storage) -> None:
    """Finish what was begun, and empty the trash of what is in it for 30 days; not without the storage's mark."""
    done = pending_files.finish_abandoned(session, storage)
    gone = empty_trash(session, storage, older_than=KEPT_IN_TRASH)
    if done:
        log.info("Removed the files of %d pictures that were deleted or never became one.", done)
    if gone:
        log.info(
            "Removed %d pictures that were in the trash for 30 days; their files are in the quarantine.", gone
        )


def remove_expired(session: Session, limits: SessionLimits) -> None:
    """Remove sessions that are over, old counts of guesses, and what was used or ended or deleted 30 days ago.

    Those are links, collections with their shared galleries, and words that were typed and never published.
    """
    sessions.delete_expired(session, limits)
    throttle.delete_old(session)
    # Of an invitation that nobody took the end counts, of one that was taken the moment of that.
    ended = func.least(OneTimeLink.used_at, OneTimeLink.expires_at)
    session.execute(delete(OneTimeLink).where(ended < func.now() - KEPT_LINKS))
    autosaves.delete_old(session)
    # Nobody can undo their deletion any more.
    session.execute(delete(Collection).where(Collection.deleted_at < func.now() - KEPT_IN_TRASH))
    session.commit()
