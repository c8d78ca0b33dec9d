"""What the kept one of two look-alikes takes over: noted when the other one goes to the trash, for the undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from artworks.duplicates import places as look_alike_places
from artworks.duplicates.places import Places
from artworks.images import image as images
from artworks.images import revisions
from models import BulkEdit, Image, Revision

TAKE_OVER = "take_over"


@dataclass(frozen=True)
class Taken:
    """What a picture took over: words, by the revision that they came with, and places in collections."""

    kept: int
    places: Places
    revision: int | None


def take(session: Session, kept: Image, other: Image, fields: Sequence[str]) -> Taken:
    """Return the words of some fields, which are empty in the picture that is kept, and the places of another one."""
    revision = None
    if fields:
        images.write(
            session,
            kept,
            {name: other.words(name) for name in fields},
            by="person",
            action=TAKE_OVER,
            origins={name: other.origins.get(name) for name in fields},
            taken=[name for name in fields if name in other.approved_fields],
        )
        [newest] = revisions.of_image(session, kept.id, 1)
        revision = newest.id
    return Taken(kept.id, look_alike_places.take(session, kept, other), revision)


def note(session: Session, other: Image, took: Taken) -> None:
    """Note what was taken over with the revision that put the other picture in the trash."""
    if not took.places and took.revision is None:
        return
    action = BulkEdit(what="kept one of two look-alikes", images=1, more={"fields": [], "took": asdict(took)})
    session.add(action)
    session.flush()
    [trashed] = revisions.of_image(session, other.id, 1)
    trashed.bulk_edit_id = action.id
    session.flush()


def give_back(session: Session, kept: Image, other: Image) -> None:
    """Take from a picture what it took over when the other one went to the trash.

    What was changed since stays, and so does what another picture gave. Nothing goes when the other one was thrown
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
    look_alike_places.give_back(session, kept, took.get("places", ()))
    if "revision" in took:
        revision = session.get(Revision, took["revision"]) if took["revision"] else None
    else:
        revision = _beside(session, kept, trashed)
    if revision is not None:
        _give_words_back(session, kept, revision)


def _beside(session: Session, kept: Image, trashed: Revision) -> Revision | None:
    """Find the words that came in the transaction that put the other one in the trash; older notes do not name them."""
    query = select(Revision).where(
        Revision.image_id == kept.id, Revision.action == TAKE_OVER, Revision.at == trashed.at
    )
    return session.scalar(query.order_by(Revision.id.desc()).limit(1))


def _give_words_back(session: Session, kept: Image, revision: Revision) -> None:
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
