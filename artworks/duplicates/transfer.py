"""What the kept one of two look-alikes takes over: noted when the other one goes to the trash, for the undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from artworks.images import image as images
from artworks.images import revisions
from models import BulkEdit, Image, Revision

TAKE_OVER = "take_over"
# Nobody deletes or orders these collections until the transaction ends.
LOCK_COLLECTIONS = text("""
SELECT id FROM collection WHERE id IN (SELECT collection_id FROM collection_image WHERE image_id = :other)
ORDER BY id FOR KEY SHARE
""")
# The other one keeps its places: out of the trash it is where it was.
COPY_PLACES = text("""
INSERT INTO collection_image (collection_id, image_id, place)
SELECT m.collection_id, :kept, m.place FROM collection_image m JOIN collection c ON c.id = m.collection_id
WHERE m.image_id = :other ORDER BY m.collection_id
ON CONFLICT DO NOTHING RETURNING collection_id, place
""")
REMOVE_PLACES = text("""
DELETE FROM collection_image m
USING unnest(CAST(:ids AS bigint[]), CAST(:places AS double precision[])) AS taken(collection_id, place)
WHERE m.image_id = :kept AND m.collection_id = taken.collection_id AND m.place = taken.place
""")
Places = list[list[float]]


@dataclass(frozen=True)
class Transfer:
    """What a picture took over: words, by the revision that they came with, and places in collections."""

    kept: int
    places: Places
    revision: int | None


def transfer(session: Session, kept: Image, other: Image, fields: Sequence[str]) -> Transfer:
    """Copy words of fields that are empty in the picture that is kept, and places in collections, from another one."""
    revision = None
    if fields:
        images.write(
            session,
            kept,
            {name: other.words(name) for name in fields},
            by="person",
            action=TAKE_OVER,
            origins={name: other.origins.get(name) for name in fields},
            approved_fields=[name for name in fields if name in other.approved_fields],
        )
        [newest] = revisions.of_image(session, kept.id, 1)
        revision = newest.id
    return Transfer(kept.id, _copy_places(session, kept, other), revision)


def record(session: Session, other: Image, transferred: Transfer) -> None:
    """Record what was taken over with the revision that put the other picture in the trash."""
    if not transferred.places and transferred.revision is None:
        return
    action = BulkEdit(
        what="kept one of two look-alikes", images=1, more={"fields": [], "took": asdict(transferred)}
    )
    session.add(action)
    session.flush()
    [trashed] = revisions.of_image(session, other.id, 1)
    trashed.bulk_edit_id = action.id
    session.flush()


def revert(session: Session, kept: Image, other: Image) -> None:
    """Take from a picture what it took over when the other one went to the trash.

    What was changed since stays, and so does what came from another picture. Nothing goes when the other one was thrown
    away by hand.
    """
    query = (
        select(Revision, BulkEdit)
        .outerjoin(BulkEdit, BulkEdit.id == Revision.bulk_edit_id)
        .where(Revision.image_id == other.id, Revision.action == "trash")
        .order_by(Revision.id.desc())
    )
    found = session.execute(query.limit(1)).one_or_none()
    if found is None:
        return
    trashed, action = found
    took = action.more.get("took", {}) if action else {}
    if took and took["kept"] != kept.id:
        return
    _remove_places(session, kept, took.get("places", ()))
    if "revision" in took:
        revision = session.get(Revision, took["revision"]) if took["revision"] else None
    else:
        revision = _words_of_transaction(session, kept, trashed)
    if revision is not None:
        _revert_words(session, kept, revision)


def _words_of_transaction(session: Session, kept: Image, trashed: Revision) -> Revision | None:
    """Return the words that came when the other one went to the trash, by the time; older notes do not name them."""
    query = select(Revision).where(
        Revision.image_id == kept.id, Revision.action == TAKE_OVER, Revision.at == trashed.at
    )
    return session.scalar(query.order_by(Revision.id.desc()).limit(1))


def _revert_words(session: Session, kept: Image, revision: Revision) -> None:
    """Undo one revision, in the fields that are as it left them."""
    newer = select(Revision.action, Revision.changes).where(
        Revision.image_id == kept.id, Revision.id > revision.id
    )
    since = session.execute(newer).all()
    touched = {field for _, changes in since for field in changes}
    # The same words may have come from another picture since.
    given = {field for action, changes in since if action == TAKE_OVER for field in changes}
    back = {
        field: before
        for field, (before, after) in revision.changes.items()
        # A category that only has another name now was not touched.
        if field not in touched or (field not in given and kept.words(field) == after)
    }
    origins = {field: revision.origins.get(field, (None,))[0] for field in back}
    if back:
        images.write(session, kept, back, by="person", action="restore", origins=origins)


def _copy_places(session: Session, kept: Image, other: Image) -> Places:
    """Put a picture into the collections that another one is in, where that stands.

    Where it is already it stays as it is. Return the collections that it came into, each with its place there.
    """
    pair = {"kept": kept.id, "other": other.id}
    session.execute(LOCK_COLLECTIONS, pair)
    return [[row.collection_id, row.place] for row in session.execute(COPY_PLACES, pair)]


def _remove_places(session: Session, kept: Image, places: Sequence[Sequence[float]]) -> None:
    """Take a picture out of what it came into; where it was moved since, it stays."""
    if places:
        ids, where = zip(*places, strict=True)
        session.execute(REMOVE_PLACES, {"kept": kept.id, "ids": list(ids), "places": list(where)})
