"""What a batch wrote, made ready to be taken back as one action (artworks/bulk/undo.py does it)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from artworks.batches.owners import UNFINISHED
from artworks.core.errors import Conflict
from models import Batch, BatchItem, BulkEdit, Category, Revision

# Each name with the last moment at which it was written: it may have become another one since.
NAMES = text("""
SELECT place = 1 AS is_before, name, name_now('category', name, max(r.at)) AS now FROM revision r
CROSS JOIN jsonb_array_elements_text(r.changes -> 'category') WITH ORDINALITY AS each(name, place)
WHERE r.bulk_edit_id = :id AND r.changes -> 'category' IS NOT NULL AND name <> '' GROUP BY place, name
""")


def prepare(session: Session, action: BulkEdit) -> None:
    """Record in a batch's action how many pictures it wrote to and which categories its names stand for.

    Raises Conflict while words may still come in.
    """
    batch = session.scalar(select(Batch).where(Batch.bulk_edit_id == action.id))
    if batch is None:
        return
    if is_under_way(session, batch):
        raise Conflict("This batch is still writing. Cancel it first, and wait for the words under way.")
    written = select(func.count(Revision.image_id.distinct())).where(Revision.bulk_edit_id == action.id)
    action.images = session.scalar(written) or 0
    names = session.execute(NAMES, {"id": action.id}).all()
    known = _category_ids(session, {row.now for row in names})
    # No category has the number 0: one that is gone is made again when a picture comes back to it.
    more = {
        "categories": {row.name: known.get(row.now, 0) for row in names if row.is_before},
        "category": {row.name: known.get(row.now, 0) for row in names if not row.is_before},
    }
    action.more = {**action.more, **more}
    session.flush()


def is_under_way(session: Session, batch: Batch) -> bool:
    """Return whether words of a batch may still come in."""
    if batch.state in UNFINISHED:
        return True
    working = select(BatchItem.id).where(BatchItem.batch_id == batch.id, BatchItem.state == "working")
    return session.scalar(working.limit(1)) is not None


def undo_id(session: Session, batch: Batch) -> int | None:
    """Return the id of the action that takes back what a batch wrote; None when there is nothing to take back."""
    if batch.bulk_edit_id is None or not batch.done or is_under_way(session, batch):
        return None
    return batch.bulk_edit_id if undone_at(session, batch) is None else None


def undone_at(session: Session, batch: Batch) -> datetime | None:
    """Return when what a batch wrote was taken back; None when it was not."""
    return session.scalar(select(BulkEdit.undone_at).where(BulkEdit.id == batch.bulk_edit_id))


def _category_ids(session: Session, names: set[str]) -> dict[str, int]:
    rows = session.execute(select(Category.name, Category.id).where(Category.name.in_(names))).all()
    return {row.name: row.id for row in rows}
