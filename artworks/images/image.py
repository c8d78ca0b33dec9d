"""Pictures: created from a checked file, edited, put in the trash and taken out again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.exc import StaleDataError

from artworks.audit import log as audit
from artworks.core.database import is_id
from artworks.core.errors import Conflict, Invalid, NotFound
from artworks.core.fields import MOST_HASHTAGS
from artworks.core.text import clean_fields, unique
from artworks.edits import approval
from artworks.edits.origins import edited_origin
from artworks.images import revisions
from artworks.imaging.rendition_kinds import RENDITION_VERSION
from artworks.search import palette
from artworks.taxonomy import name_history
from artworks.taxonomy import queries as taxonomy
from artworks.taxonomy.name_history import NewName
from models import FROM_FILE, SAMPLE, TEXT_FIELDS, Image, Revision

# Put together once: they are run for every picture of a batch.
_BY_ID = select(Image).options(joinedload(Image.category_row), joinedload(Image.suggestion))
_BY_ID = _BY_ID.where(Image.id == bindparam("id"))
_FIND = {
    None: _BY_ID,
    False: _BY_ID.where(Image.trashed_at.is_(None)),
    True: _BY_ID.where(Image.trashed_at.is_not(None)),
}
_FIND_LOCKED = _BY_ID.with_for_update(of=Image)
_KEEP = select(Image.id).where(Image.id == bindparam("id")).with_for_update(read=True, key_share=True)


class StaleVersion(Conflict):
    """The picture was changed since the caller read it; `current` is how it is now."""

    def __init__(self, current: Image) -> None:
        super().__init__(
            "This was changed elsewhere in the meantime. Your words are still here: look at both."
        )
        self.current = current


@dataclass(frozen=True)
class NewImage:
    """A stored, checked file, ready to become a row."""

    original_filename: str
    stored_filename: str
    media_type: str
    rendition_type: str
    width: int
    height: int
    size_bytes: int
    sha256: str
    colours: list[str]
    look: int | None = None
    rendition_version: int = RENDITION_VERSION
    # Of one that came in another format.
    source_sha256: str | None = None
    converted_from: str | None = None


def find(session: Session, image_id: int, *, trashed: bool | None = False) -> Image:
    """Read one picture with its category and suggestion in one statement.

    `trashed` says on which side of the trash to look; None looks on both. Raises NotFound.
    """
    row: Image | None = session.scalar(_FIND[trashed], {"id": image_id}) if is_id(image_id) else None
    if row is None:
        raise NotFound("There is no such picture. It may have been moved to the trash.")
    return row


def versions_of(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Return the versions of those of these pictures that are outside the trash."""
    query = select(Image.id, Image.version).where(
        Image.id.in_(filter(is_id, ids)), Image.trashed_at.is_(None)
    )
    return {row.id: row.version for row in session.execute(query)}


def keep_row(session: Session, image_id: int) -> None:
    """Keep a picture from being deleted for good until the transaction ends; others may write to it."""
    session.execute(_KEEP, {"id": image_id})


def find_locked(session: Session, image_id: int) -> Image | None:
    """Read one picture, in the trash or not, and keep others from writing to it until the transaction ends."""
    return session.scalar(_FIND_LOCKED, {"id": image_id})


def read_locked(session: Session, image: Image) -> Image:
    """Read a picture again and keep others from writing to it; what arrives now must not go with what was read.

    Raises NotFound for one in the trash.
    """
    image_id = image.id
    session.expire(image)
    locked = find_locked(session, image_id)
    if locked is None or locked.trashed_at is not None:
        raise NotFound("There is no such picture. It may have been moved to the trash.")
    return locked


def by_stored_name(session: Session, name: str) -> Image:
    """Read one picture outside the trash by the name of its file; raises NotFound."""
    query = select(Image).where(Image.stored_filename == name, Image.trashed_at.is_(None))
    image = session.scalar(query) if "\0" not in name else None
    if image is None:
        raise NotFound("There is no such picture.")
    return image


def same_file(session: Session, sha256: str) -> int | None:
    """Return the id of a picture outside the trash with exactly these bytes, or turned from them; None without one.

    Holds a lock on the hash until the transaction ends, so that of two uploads of one file at once the second sees
    the first.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int(sha256[:15], 16)})
    has_come = or_(Image.sha256 == sha256, Image.source_sha256 == sha256)
    query = select(Image.id).where(has_come, Image.trashed_at.is_(None))
    return session.scalar(query.order_by(Image.id).limit(1))


def create(
    session: Session,
    new: NewImage,
    words: Mapping[str, Any] | None = None,
    file_words: Mapping[str, Any] | None = None,
    sample_words: Mapping[str, Any] | None = None,
) -> Image:
    """Add the row of a stored picture and its first revision; `words` are a person's, cleaned here.

    `file_words` (artworks/images/file_words.py), or for a sample `sample_words`, which make a draft of it, fill what
    these leave empty; the revision tells them. Hashtags of the file come behind those of the person.
    """
    given = {field: value for field, value in clean_fields(words or {}).items() if value}
    if given.get("status") == "ready" and not given.keys() - {"status"}:
        raise Invalid(approval.NO_WORDS, field="status")
    category = taxonomy.find_or_create(session, given.pop("category", ""), lock=True)
    coloured = {"colour_names": palette.plain_names(new.colours), "palette": palette.cells_of(new.colours)}
    found, writer = (dict(sample_words), SAMPLE) if sample_words else (dict(file_words or {}), FROM_FILE)
    if "hashtags" in found:
        found["hashtags"] = name_history.with_current_tags(session, found["hashtags"])
    if "hashtags" in given and "hashtags" in found:
        given["hashtags"] = unique([*given["hashtags"], *found["hashtags"]])[:MOST_HASHTAGS]
    found = {field: value for field, value in found.items() if field not in given}
    image = Image(**vars(new), **coloured, **given, **found, category_row=category, suggestion=None)
    image.origins = dict.fromkeys([*given, *(["category"] if category else [])], "person")
    image.origins |= dict.fromkeys(found, writer)
    if writer == SAMPLE:
        image.status = "draft"
    session.add(image)
    session.flush()
    revisions.record(
        session,
        image,
        by="person",
        action="upload",
        changes={field: (type(value)(), value) for field, value in found.items()},
        origins=dict.fromkeys(found, (None, writer)),
    )
    return image


def edit(
    session: Session,
    image: Image,
    version: int,
    changes: Mapping[str, Any],
    sitting: Revision | None = None,
) -> Image:
    """Change some fields as a person; `version` is the one the person saw, `sitting` a revision to go on with.

    Words that are as before the sitting are whose they were then. Raises StaleVersion when the version is not the
    newest, Invalid for a value that does not fit. Nothing is written when nothing changes.
    """
    check_version(image, version)
    values = clean_fields(changes)
    origins = _origins_before(image, values, sitting) if sitting else None
    return write(session, image, values, by="person", action="edit", origins=origins, sitting=sitting)


def _origins_before(
    image: Image, values: Mapping[str, Any], sitting: Revision
) -> dict[str, str | None] | None:
    """Return who had written the fields before a sitting; None when its words are not back to what they were."""
    if any(field not in sitting.changes or sitting.changes[field][0] != values[field] for field in values):
        return None
    return {field: sitting.origins.get(field, [image.origins.get(field)])[0] for field in values}


def check_version(image: Image, version: int) -> None:
    """Raise StaleVersion unless `version` is the newest."""
    if image.version != version:
        raise StaleVersion(image)


def write(
    session: Session,
    image: Image,
    values: Mapping[str, Any],
    *,
    by: str,
    action: str,
    origins: Mapping[str, str | None] | None = None,
    approved_fields: Collection[str] = (),
    approved: Collection[str] | None = None,
    **recorded: Any,
) -> Image:
    """Set cleaned values, keep who wrote them, record one revision; flushes.

    `origins` gives the writer of each field; without it the writer is a person. `approved_fields` are those that a
    person approves by it, `approved` all that are approved after it whatever the rules say. A picture that is ready and
    loses its last word becomes a draft. Raises Invalid for Ready without a word, and StaleVersion when another
    transaction was quicker.
    """
    values = approval.with_status(image, values)
    category = None
    if "category" in values:
        # Looked up before anything is set: a query in between would send the change in two pieces, as two versions.
        # A category keeps the spelling it has, so another one is no change.
        category = taxonomy.find_or_create(
            session, values["category"], before_making=lambda: _lock(session, image)
        )
        values = {**values, "category": category.name if category else ""}
    before = {field: image.words(field) for field in values}
    changed = {field: value for field, value in values.items() if value != before[field]}
    new_origins = dict(image.origins)
    for field in set(values) & set(TEXT_FIELDS):
        if origins is not None:
            origin = origins.get(field)
        elif field in changed:
            origin = edited_origin(image.origins.get(field), empty=not values[field])
        else:
            continue
        if origin and values[field]:
            new_origins[field] = origin
        else:
            new_origins.pop(field, None)
    if approved is None:
        approved = approval.approved_after(image, values, by=by, approved_fields=approved_fields)
    approved = [field for field in TEXT_FIELDS if field in approved]
    if not changed and new_origins == image.origins and set(approved) == set(image.approved):
        return image
    lost = [field for field in image.approved_fields if field in changed and field not in approved]
    shifts = {
        field: (image.origins.get(field), new_origins.get(field))
        for field in {*image.origins, *new_origins}
        if image.origins.get(field) != new_origins.get(field)
    }
    if "category" in changed:
        image.category_row = category
        image.shelf_id = (category.parent_id or category.id) if category else None
    for field in changed.keys() - {"category"}:
        setattr(image, field, changed[field])
    image.origins, image.approved = new_origins, approved
    image.updated_at = datetime.now(UTC)
    revisions.record(
        session,
        image,
        by=by,
        action=action,
        changes={field: (before[field], value) for field, value in changed.items()},
        origins=shifts,
        unapproved=lost if by != "person" else (),
        **recorded,
    )
    flush(session, image)
    return image


def _lock(session: Session, image: Image) -> None:
    """Keep others from writing to a picture before a category is made for it.

    First the pictures and then what they need, as everybody does: nobody waits in a circle.
    """
    session.execute(select(Image.id).where(Image.id == image.id).with_for_update(key_share=True))


def flush(session: Session, image: Image) -> None:
    """Send the changes; raises StaleVersion when somebody else's came between reading and writing."""
    image_id = image.id
    try:
        session.flush()
    except (StaleDataError, IntegrityError):
        # The second: its category was merged or deleted at this moment. The next try finds what there is then.
        session.rollback()
        raise StaleVersion(find(session, image_id)) from None


@dataclass(frozen=True)
class Restored:
    """What going back did: the picture, when its words stood, and what became of names in them since.

    `wordless` when not one word was left, so that a picture that was ready is a draft.
    """

    image: Image
    at: datetime
    new_names: Sequence[NewName]
    wordless: bool


def restore_revision(session: Session, image: Image, revision_id: int, version: int) -> Restored:
    """Go back to the words as they were right after a revision; itself a revision, so it can be undone.

    Categories and tags that were renamed or merged since come under their names of today, and what was deleted stays
    away. Who goes back to words has chosen them, so they are approved. Where none are left, Ready becomes a draft.
    """
    check_version(image, version)
    before = revisions.state_after(session, image, revision_id)
    words, new_names = name_history.with_current_names(session, before.words, before.since)
    chosen = [field for field, value in words.items() if value and value != image.words(field)]
    was_ready = image.status == "ready"
    image = write(
        session,
        image,
        words,
        by="person",
        action="restore",
        origins=before.origins,
        approved_fields=chosen,
    )
    return Restored(image, before.at, new_names, was_ready and image.status != "ready")


def trash(session: Session, image: Image) -> None:
    """Put a picture in the trash, where it is kept for 30 days."""
    image.trashed_at = datetime.now(UTC)
    revisions.record(session, image, by="person", action="trash", changes={})
    audit.record(session, "picture trashed", image.post_title or image.original_filename, image=image.id)
    flush(session, image)


def untrash(session: Session, image: Image) -> Image:
    """Take a picture out of the trash."""
    image.trashed_at = None
    revisions.record(session, image, by="person", action="untrash", changes={})
    flush(session, image)
    return image
