"""Words while they are typed: kept for whoever types them until they are published, which is one revision a sitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.orm import Session

from artworks.core.actor import actor_of
from artworks.core.errors import Conflict, Forbidden, Invalid, NotFound
from artworks.core.text import clean
from artworks.images import image as images
from artworks.images import revisions
from models import TEXT_FIELDS, Autosave, Image, Revision

# More than any field takes: whoever pastes too much has it kept, too, until it is made shorter.
LONGEST = 20_000
# In so many fields words may wait; more than anybody types into at once, and few enough to be listed whole.
MOST = 200
SITTING = timedelta(minutes=10)
KEPT = timedelta(days=30)
# Of two requests for one row the one with the greater number is the newer, whichever comes first; of one text its end.
_STORE = text("""
INSERT INTO autosave (image_id, person_id, tab, field, text, was, number, revision_id)
VALUES (:image_id, :person_id, :tab, :field, :text, :was, :number, :revision_id)
ON CONFLICT (image_id, coalesce(person_id, 0), tab, field) DO UPDATE
SET text = excluded.text, was = excluded.was, number = excluded.number,
    revision_id = coalesce(excluded.revision_id, autosave.revision_id), updated_at = now()
WHERE autosave.number < excluded.number OR (autosave.number = excluded.number AND excluded.text IS NULL)
""")
# Of a row with its picture: words that nobody has published, where they can be looked at.
_WAITS = (Autosave.text.is_not(None), Image.trashed_at.is_(None))


@dataclass(frozen=True)
class Typed:
    """Which text it is: the tab it is typed in, its number there, and who typed it as far as the page knows."""

    tab: str
    number: int
    person: int | None = None


def of_person(session: Session) -> Sequence[tuple[Autosave, float]]:
    """List the words of whoever acts that wait in pictures outside the trash, newest first, each with its seconds."""
    age = func.extract("epoch", func.now() - Autosave.updated_at)
    query = select(Autosave, age).join(Image, Image.id == Autosave.image_id)
    query = query.where(_is_own(session), *_WAITS)
    return [(row, float(seconds)) for row, seconds in session.execute(query.order_by(Autosave.id.desc()))]


def keep(session: Session, image: Image, field: str, typed: Typed, words: str, was: str) -> int:
    """Keep what was typed, unless something newer of the same tab is there; return the number of what is kept.

    Raises Invalid for what the database cannot hold, Forbidden when somebody else has signed in meanwhile, Conflict
    when words wait in too many fields.
    """
    _check_typed(session, field, typed)
    for given in (words, was):
        clean(given, field, LONGEST)
    # First the picture and then what belongs to it, as everybody does.
    images.keep_row(session, image.id)
    earlier = _row_of(session, image, field, typed)
    if (earlier is None or earlier.text is None) and _count_waiting(session) >= MOST:
        raise Conflict(f"Your words wait in {MOST} other fields. Look at those pictures first.", field="text")
    return _write_newer(session, image, field, typed, words=words, was=was)


def give_up(session: Session, image: Image, field: str, typed: Typed) -> None:
    """Forget what was typed up to a number."""
    _check_typed(session, field, typed)
    images.keep_row(session, image.id)
    _write_newer(session, image, field, typed)


def publish(session: Session, image: Image, version: int, changes: Mapping[str, Any], typed: Typed) -> Image:
    """Edit one field with what was typed, which is kept no longer; what has been published already is not again.

    Within ten minutes it is one revision with what the same tab published before, when nothing came between. Raises
    what `images.edit` does, Invalid for other than one text field, and Forbidden as `keep` does.
    """
    if len(changes) != 1 or "status" in changes:
        raise Invalid("Only one text at a time is typed.", field="autosave")
    (field,) = changes
    _check_typed(session, field, typed)
    earlier = _row_of(session, image, field, typed)
    if earlier is not None and earlier.text is None and earlier.number >= typed.number:
        return image
    before = revisions.newest(session, image.id)
    sitting = before if earlier is not None and _goes_on(before, field, earlier) else None
    images.edit(session, image, version, changes, sitting)
    after = revisions.newest(session, image.id)
    # A sitting that ended where it began has none.
    _write_newer(
        session, image, field, typed, revision=after if after.id > before.id or after is sitting else None
    )
    return image


def delete_old(session: Session) -> None:
    """Delete what nobody has come back to for 30 days."""
    session.execute(delete(Autosave).where(Autosave.updated_at < func.now() - KEPT))


def _is_own(session: Session) -> ColumnElement[bool]:
    return Autosave.person_id.is_not_distinct_from(actor_of(session).person_id)


def _check_typed(session: Session, field: str, typed: Typed) -> None:
    """Raise NotFound for an unknown field, Forbidden for words that somebody typed before another person signed in."""
    if field not in TEXT_FIELDS:
        raise NotFound(f"There is no field called {field[:60]}.")
    if typed.person is not None and typed.person != actor_of(session).person_id:
        raise Forbidden("Somebody else has signed in. These words wait for whoever typed them.")


def _row_of(session: Session, image: Image, field: str, typed: Typed) -> Autosave | None:
    query = select(Autosave).where(
        _is_own(session), Autosave.image_id == image.id, Autosave.tab == typed.tab, Autosave.field == field
    )
    return session.scalars(query).one_or_none()


def _count_waiting(session: Session) -> int:
    """Count the fields that `of_person` lists: what is in the trash is looked at by nobody."""
    waiting = select(func.count()).select_from(Autosave).join(Image, Image.id == Autosave.image_id)
    return session.scalar(waiting.where(_is_own(session), *_WAITS)) or 0


def _goes_on(newest: Revision, field: str, earlier: Autosave) -> bool:
    """Return whether the newest revision is what the same tab published last, not long ago."""
    is_fresh = newest.at > datetime.now(UTC) - SITTING
    return newest.id == earlier.revision_id and is_fresh and field in newest.changes


def _write_newer(
    session: Session,
    image: Image,
    field: str,
    typed: Typed,
    *,
    words: str | None = None,
    was: str = "",
    revision: Revision | None = None,
) -> int:
    """Write a row unless a newer one is there; return the number that is there then."""
    row = {
        "image_id": image.id, "person_id": actor_of(session).person_id, "tab": typed.tab, "field": field,
        "text": words, "was": was, "number": typed.number, "revision_id": revision.id if revision else None,
    }  # fmt: skip
    session.flush()
    session.execute(_STORE, row)
    kept = select(Autosave.number).where(
        _is_own(session), Autosave.image_id == image.id, Autosave.tab == typed.tab, Autosave.field == field
    )
    return session.scalars(kept).one()
