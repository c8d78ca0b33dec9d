"""The places in collections that the kept one of two look-alikes takes over, and gives back when that is undone."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models import BulkEdit, Image, Revision

# Nobody deletes or orders these collections until the transaction ends.
HOLD = text("""
SELECT id FROM collection WHERE id IN (SELECT collection_id FROM collection_image WHERE image_id = :other)
ORDER BY id FOR KEY SHARE
""")
# The other one keeps its places: out of the trash it is where it was.
TAKE = text("""
INSERT INTO collection_image (collection_id, image_id, place)
SELECT m.collection_id, :kept, m.place FROM collection_image m JOIN collection c ON c.id = m.collection_id
WHERE m.image_id = :other ORDER BY m.collection_id
ON CONFLICT DO NOTHING RETURNING collection_id, place
""")
GIVE_BACK = text("""
DELETE FROM collection_image m
USING unnest(CAST(:ids AS bigint[]), CAST(:places AS double precision[])) AS taken(collection_id, place)
WHERE m.image_id = :kept AND m.collection_id = taken.collection_id AND m.place = taken.place
""")


def take(session: Session, kept: Image, other: Image) -> BulkEdit | None:
    """Put a picture into the collections that another one is in, where that stands; gives the note for the undo.

    Where it is already it stays as it is. None when there is no collection to come into.
    """
    pair = {"kept": kept.id, "other": other.id}
    session.execute(HOLD, pair)
    taken = [[row.collection_id, row.place] for row in session.execute(TAKE, pair)]
    if not taken:
        return None
    note = BulkEdit(
        what="kept one of two look-alikes",
        images=1,
        more={"fields": [], "took": {"kept": kept.id, "places": taken}},
    )
    session.add(note)
    session.flush()
    return note


def give_back(session: Session, kept: Image, other: Image) -> None:
    """Take a picture out of what it came into when the other one went to the trash.

    Where it was moved since, it stays.
    """
    trashed = (
        select(BulkEdit)
        .select_from(Revision)
        .outerjoin(BulkEdit, BulkEdit.id == Revision.bulk_edit_id)
        .where(Revision.image_id == other.id, Revision.action == "trash")
        .order_by(Revision.id.desc())
    )
    note = session.scalar(trashed.limit(1))
    took = note.more.get("took") if note else None
    if took and took["kept"] == kept.id:
        ids, places = zip(*took["places"], strict=True)
        session.execute(GIVE_BACK, {"kept": kept.id, "ids": list(ids), "places": list(places)})
