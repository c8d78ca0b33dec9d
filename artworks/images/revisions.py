"""The history of a picture's words: record a change, list the changes, go back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from artworks.core.actor import actor_of
from artworks.core.errors import NotFound
from models import TEXT_FIELDS, Image, Revision

Change = Mapping[str, tuple[Any, Any]]
# Under this a session knows the revision that it recorded last.
RECORDED = "revision"


def record(
    session: Session,
    image: Image,
    *,
    by: str,
    action: str,
    changes: Change,
    origins: Change | None = None,
    usd: Decimal | None = None,
    voice_id: int | None = None,
    unapproved: Sequence[str] = (),
    bulk_edit_id: int | None = None,
    sitting: Revision | None = None,
) -> None:
    """Write down who changed what; `changes` and `origins` map a field to (before, after).

    A change of the same fields that goes on with the `sitting` of an earlier one becomes a part of that.
    """
    if sitting is not None and changes.keys() == sitting.changes.keys():
        _go_on(session, sitting, changes, origins or {})
        return
    row = Revision(
        image_id=image.id,
        by=by,
        who=actor_of(session).name if by == "person" else "",
        action=action,
        changes={field: list(pair) for field, pair in changes.items()},
        origins={field: list(pair) for field, pair in (origins or {}).items()},
        usd=usd,
        voice_id=voice_id,
        unapproved=list(unapproved) or None,
        bulk_edit_id=bulk_edit_id,
    )
    session.add(row)
    session.info[RECORDED] = row


def _go_on(session: Session, sitting: Revision, changes: Change, origins: Change) -> None:
    """Write what came later into the revision of a sitting; one that ends where it began is deleted."""
    sitting.changes = _joined_changes(sitting.changes, changes)
    joined = _joined_changes(sitting.origins, origins)
    sitting.origins = {field: [before, after] for field, (before, after) in joined.items() if before != after}
    session.info[RECORDED] = sitting
    if all(before == after for before, after in sitting.changes.values()):
        session.delete(sitting)
        session.info[RECORDED] = None


def _joined_changes(earlier: Change, later: Change) -> dict[str, Any]:
    return {
        field: [earlier.get(field, pair)[0], later.get(field, pair)[1]]
        for field, pair in {**earlier, **later}.items()
    }


def newest(session: Session, image_id: int) -> Revision:
    """Return the newest revision of a picture; each has one at least, of its upload."""
    query = select(Revision).where(Revision.image_id == image_id).order_by(Revision.id.desc()).limit(1)
    return session.scalars(query).one()


def of_image(session: Session, image_id: int, limit: int = 200) -> list[Revision]:
    """List the newest `limit` revisions of a picture, newest first."""
    query = select(Revision).where(Revision.image_id == image_id).order_by(Revision.id.desc()).limit(limit)
    return list(session.scalars(query))


def recorded_id(session: Session) -> int | None:
    """Return the id of the revision that a session recorded last and has flushed; None when there is none."""
    row: Revision | None = session.info.get(RECORDED)
    return row.id if row is not None else None


@dataclass(frozen=True)
class WordsOfBefore:
    """The words of a picture right after a revision of `at`, and who wrote them.

    `since` gives, for each field that was changed after it, the moment up to which its words stood: names of categories
    and tags in them may be other ones today.
    """

    at: datetime
    words: dict[str, Any]
    origins: dict[str, Any]
    since: dict[str, datetime]


def state_after(session: Session, image: Image, revision_id: int) -> WordsOfBefore:
    """Return the words and origins as they were right after a revision.

    Walks back through the newer revisions from what is there now. Raises NotFound when the revision is not one of
    this picture's.
    """
    at = session.scalar(select(Revision.at).where(Revision.id == revision_id, Revision.image_id == image.id))
    if at is None:
        raise NotFound("That point in the history is not there.")
    newer = session.scalars(
        select(Revision)
        .where(Revision.image_id == image.id, Revision.id > revision_id)
        .order_by(Revision.id.desc())
    )
    words: dict[str, Any] = {field: image.words(field) for field in TEXT_FIELDS}
    origins = dict(image.origins)
    since: dict[str, datetime] = {}
    for revision in newer:
        for field, (before, _after) in revision.changes.items():
            if field in words:
                words[field], since[field] = before, revision.at
        for field, (before, _after) in revision.origins.items():
            origins[field] = before
    return WordsOfBefore(at, words, {field: origin for field, origin in origins.items() if origin}, since)
