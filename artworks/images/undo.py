"""Taking back what was just done to one picture: its words with who wrote them, its status, what was suggested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from artworks.core.errors import Conflict, NotFound
from artworks.core.fields import LABELS
from artworks.core.text import clean_fields
from artworks.images import image as images
from artworks.images import suggestions
from artworks.images.image import StaleVersion
from artworks.images.suggestions import as_text
from artworks.taxonomy import name_history
from models import TEXT_FIELDS, Image, Revision

UNDO = "undo"
# By these a person approves the words that come.
TAKEN = ("accept", "restore", "take_over")


class ChangedSince(StaleVersion):
    """What is to be taken back was changed since, so nothing is; the picture of now is in `current`."""

    def __init__(self, current: Image, fields: Sequence[str]) -> None:
        super().__init__(current)
        names = [LABELS.get(name, name) for name in fields]
        was = "was" if len(names) == 1 else "were"
        self.message = f"The {_join(names)} {was} changed since, so nothing was taken back."
        self.args = (self.message,)


@dataclass
class _Change:
    """Some revisions as one: each field before the first and after the last of them."""

    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    origins: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def undo(session: Session, image: Image, revision_ids: Sequence[int], suggestion: int | None = None) -> Image:
    """Take back some revisions of a picture as one change, which is a revision itself.

    Every field must still be as they left it, and nothing that AI wrote in them may be approved since; or nothing is
    done. `suggestion` is the number of one that came with them: it goes, when it still waits. What was taken from a
    suggestion waits as one again. Raises ChangedSince, NotFound for what is not there, and Conflict where there is
    nothing to take back.
    """
    locked = images.read_locked(session, image)
    rows = _find(session, locked, revision_ids)
    change = _merge(rows)
    _ensure_unchanged(session, locked, rows, change)
    waits = locked.suggestion is not None and locked.suggestion.number == suggestion
    if not (change.values or change.origins or waits):
        raise Conflict("There is nothing to take back.")
    if waits:
        locked.suggestion = None
        session.flush()
    if change.values or change.origins:
        _write_back(session, locked, rows, change)
    for row in rows:
        if row.action == "accept":
            _suggest_again(session, locked, row)
    return locked


def undo_typed(
    session: Session, image: Image, revision_id: int, field: str, before: str, after: str
) -> Image:
    """Take back what was typed last into a field; `before` and `after` are its texts, hashtags joined by spaces.

    What is typed in one sitting is one revision (artworks/images/autosaves.py), of which this is the last step. Raises
    ChangedSince unless the text is still `after`, NotFound for what is not there, and Invalid.
    """
    locked = images.read_locked(session, image)
    [row] = _find(session, locked, [revision_id])
    if field not in TEXT_FIELDS or field not in row.changes:
        raise NotFound("There is no such change of this picture.")
    start, end = map(as_text, row.changes[field])
    if (before, after) == (start, end):
        return undo(session, locked, [revision_id])
    if as_text(locked.words(field)) != after:
        raise ChangedSince(locked, [field])
    writers = dict(locked.origins)
    if before == start and field in row.origins:
        writers[field] = row.origins[field][0]
    then = clean_fields({field: before})
    values, _new_names = name_history.with_current_names(session, then, {field: row.at})
    return images.write(session, locked, values, by="person", action=UNDO, origins=writers)


def _find(session: Session, image: Image, revision_ids: Sequence[int]) -> list[Revision]:
    """Return revisions of a picture, the oldest first; raises NotFound unless all of them are there."""
    wanted = set(revision_ids)
    query = (
        select(Revision).where(Revision.image_id == image.id, Revision.id.in_(wanted)).order_by(Revision.id)
    )
    rows = list(session.scalars(query))
    if len(rows) != len(wanted):
        raise NotFound("There is no such change of this picture.")
    return rows


def _merge(rows: Sequence[Revision]) -> _Change:
    change = _Change()
    for row in rows:
        for merged, pairs in ((change.values, row.changes), (change.origins, row.origins)):
            for name, (before, after) in pairs.items():
                merged[name] = (merged[name][0] if name in merged else before, after)
    return change


def _ensure_unchanged(session: Session, image: Image, rows: Sequence[Revision], change: _Change) -> None:
    """Raise ChangedSince when a field is not as the revisions left it, or a person approved since what AI wrote."""
    touched = _touched_since(session, image, rows[-1].id) if rows else set()
    # A category that only has another name by now was not changed, and words that came again are the same.
    changed = {
        name for name, (_, after) in change.values.items() if name in touched and image.words(name) != after
    }
    written = {name for row in rows if row.by != "person" for name in row.changes if name != "status"}
    changed |= {name for name in written if image.status == "ready" or name in image.approved}
    if changed:
        raise ChangedSince(image, [name for name in LABELS if name in changed])


def _touched_since(session: Session, image: Image, revision_id: int) -> set[str]:
    query = select(Revision.changes).where(Revision.image_id == image.id, Revision.id > revision_id)
    return {name for changes in session.scalars(query) for name in changes}


def _write_back(session: Session, image: Image, rows: Sequence[Revision], change: _Change) -> None:
    """Write the words, under names of today, writers, status and approvals from before."""
    since = {name: row.at for row in reversed(rows) for name in row.changes}
    then = {name: pair[0] for name, pair in change.values.items()}
    before, _new_names = name_history.with_current_names(session, then, since)
    same = {name: image.words(name) for name in change.origins if name not in before}
    writers = {**image.origins, **{name: pair[0] for name, pair in change.origins.items()}}
    lost = {name for row in rows for name in row.unapproved or ()}
    gained = {name for row in rows for name in _newly_approved(session, image, row)}
    images.write(
        session,
        image,
        {**same, **before},
        by="person",
        action=UNDO,
        origins=writers,
        approved=(set(image.approved) | lost) - gained,
    )


def _newly_approved(session: Session, image: Image, row: Revision) -> set[str]:
    """Return the fields that a person approved by a revision, and that were not approved before it."""
    if row.action not in TAKEN:
        return set()
    open_fields = {name for name in row.changes if name in image.approved}
    found: set[str] = set()
    query = select(Revision).where(Revision.image_id == image.id, Revision.id < row.id)
    for older in session.scalars(query.order_by(Revision.id.desc())):
        if older.changes.get("status", [""])[0] == "ready" or older.action == UNDO:
            # All words were approved then, or by what was taken back: that stays.
            break
        here = open_fields & older.changes.keys()
        found |= here if older.by != "person" else set()
        open_fields -= here if older.by != "person" or older.action in TAKEN else set()
    return found


def _suggest_again(session: Session, image: Image, row: Revision) -> None:
    """Let words wait as a suggestion again that a revision took from one, unless others wait by now."""
    fields = {name: after for name, (_, after) in row.changes.items() if name != "status"}
    writers = {pair[1] for name, pair in row.origins.items() if name in fields}
    source = "placeholder" if "placeholder" in writers else "openai"
    waiting = image.suggestion
    if waiting is not None and (waiting.source != source or fields.keys() & waiting.fields.keys()):
        return
    suggestions.suggest(
        session,
        image,
        {**(waiting.fields if waiting else {}), **fields},
        source=source,
        note=waiting.note if waiting else "",
        feedback=waiting.feedback if waiting else "",
        voice_id=row.voice_id,
    )


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
