"""One change of many pictures: in statements over whole chunks, each chunk in a short transaction of its own.

An action is a row of `bulk_edit`; each picture that it changes gets one revision with its id, so that all of it can be
undone at once (artworks/bulk/undo.py). Pictures that have it already get nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import TextClause, delete, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.core import text as words
from artworks.core.actor import actor_of
from artworks.core.errors import Conflict, Invalid
from artworks.core.fields import LIMITS, MOST_HASHTAGS
from artworks.core.transactions import TransactionFactory
from artworks.core.versions import Stale
from artworks.edits import field_updates
from artworks.edits.field_updates import LOCK_IMAGES, ChunkResult
from artworks.search import listing as search
from artworks.search.filters import Filters, describe_filters
from artworks.taxonomy import queries as taxonomy
from artworks.texts.folding import fold, folded_name
from models import BulkEdit, Category, Collection, Image

TRIES = 3
# The next values of the fields that a change may have.
CATEGORY = "CAST(:category_id AS bigint)"
HASHTAGS = """ARRAY(
    SELECT tag FROM (
        SELECT 1 AS part, place, tag FROM unnest(hashtags, hashtags_folded) WITH ORDINALITY AS had(tag, folded, place)
        WHERE folded <> ALL (image_fold(CAST(:remove AS text[])))
        UNION ALL
        SELECT 2, place, tag FROM unnest(CAST(:add AS text[]), image_fold(CAST(:add AS text[])))
            WITH ORDINALITY AS given(tag, folded, place)
        WHERE folded <> ALL (hashtags_folded)
    ) AS kept ORDER BY part, place
)"""
KEY_POINTS = "CAST(:key_points AS text)"
MORE_KEY_POINTS = """CASE
    WHEN position(E'\\n' || :append || E'\\n' IN E'\\n' || key_points || E'\\n') > 0 THEN key_points
    WHEN key_points = '' THEN :append ELSE key_points || E'\\n' || :append END"""
# A picture is left as it is when it would have more than fits, unless it has that already, or be Ready without a word.
NOT_BARE = "NOT (new_status = 'ready' AND wordless)"
ROOM = {
    "hashtags": "cardinality(new_hashtags) <= greatest(:most_hashtags, cardinality(hashtags))",
    "key_points": "(new_key_points = key_points OR char_length(new_key_points) <= :longest_key_points)",
}
# The moment in the trash is that of the revision, which an undo looks at.
TRASH = text("""
WITH gone AS (
    UPDATE image SET trashed_at = now(), version = version + 1
    WHERE id = ANY(:ids) AND trashed_at IS NULL RETURNING id
)
INSERT INTO revision (image_id, by, who, action, bulk_edit_id)
SELECT id, 'person', :who, 'trash', :bulk_edit_id FROM gone RETURNING image_id
""")
# In the order in which they were chosen, behind what is there.
COLLECT = text("""
INSERT INTO collection_image (collection_id, image_id, place)
SELECT c.id, i.id,
    coalesce((SELECT max(place) FROM collection_image WHERE collection_id = c.id), 0) + chosen.place
FROM unnest(:ids) WITH ORDINALITY AS chosen(id, place)
JOIN image i ON i.id = chosen.id AND i.trashed_at IS NULL
JOIN collection c ON c.id = :collection_id AND c.deleted_at IS NULL
ORDER BY i.id
ON CONFLICT DO NOTHING RETURNING image_id
""")
TAKE_OUT = text("""
DELETE FROM collection_image m USING image i
WHERE i.id = m.image_id AND i.trashed_at IS NULL AND m.collection_id = :collection_id AND m.image_id = ANY(:ids)
RETURNING m.image_id, m.place
""")


@dataclass(frozen=True)
class Change:
    """What is done to every chosen picture, as `clean_change` returns it.

    None leaves a field alone; an empty category or empty key points are taken away.
    """

    category: str | None = None
    status: str | None = None
    key_points: str | None = None
    append_key_points: str | None = None
    add_hashtags: tuple[str, ...] = ()
    remove_hashtags: tuple[str, ...] = ()
    collection_id: int | None = None
    remove_from_collection_id: int | None = None
    trash: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of pictures that this may change."""
        given = {
            "status": self.status is not None,
            "category": self.category is not None,
            "hashtags": bool(self.add_hashtags or self.remove_hashtags),
            "key_points": self.key_points is not None or bool(self.append_key_points),
        }
        return tuple(name for name, is_given in given.items() if is_given)


def clean_change(given: Change) -> Change:
    """Return a change with cleaned texts and tags; raises Invalid for what does not fit or is nothing."""
    names = ("category", "status", "key_points")
    texts = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    cleaned = replace(
        given,
        **words.clean_fields(texts),
        append_key_points=_clean_addition(given.append_key_points),
        add_hashtags=parse_hashtags(list(given.add_hashtags), "add_hashtags"),
        remove_hashtags=parse_hashtags(list(given.remove_hashtags), "remove_hashtags"),
    )
    _check(cleaned)
    return cleaned


def _clean_addition(given: str | None) -> str | None:
    if given is None:
        return None
    return words.clean(given, "append_key_points", LIMITS["key_points"]) or None


def _check(change: Change) -> None:
    if change.key_points is not None and change.append_key_points:
        raise Invalid("Replace the key points or add to them: one of the two.", field="append_key_points")
    both = {*map(fold, change.add_hashtags)} & {*map(fold, change.remove_hashtags)}
    if both:
        raise Invalid(f"{min(both)} is to be added and to be removed.", field="remove_hashtags")
    if change.collection_id is not None and change.collection_id == change.remove_from_collection_id:
        raise Invalid("That is the same collection.", field="remove_from_collection_id")
    if not (change.fields or change.collection_id or change.remove_from_collection_id or change.trash):
        raise Invalid("Say what to change.", field="set")


@dataclass(frozen=True)
class BulkResult:
    """What became of it: pictures changed, and left as they are because it would not have fitted.

    `bulk_edit_id` is for the undo; None when nothing changed.
    """

    changed: int
    left: int
    bulk_edit_id: int | None


def parse_hashtags(given: list[str] | str, field: str) -> tuple[str, ...]:
    """Read hashtags from a list or from one line; raises Invalid naming the field."""
    return tuple(words.typed_hashtags(given, field))


def apply(
    begin: TransactionFactory, filters: Filters, change: Change, what: str, most: int | None = None
) -> BulkResult:
    """Change every picture that is chosen now; pictures added or matching later are not in it.

    Commits after each chunk. An action that breaks off leaves whole chunks, and the same action again does the rest.
    `what` says in words what is done, `most` how many the caller knows of. Raises Invalid for a collection that is not
    there, Stale when more are chosen by now, Conflict when it is undone meanwhile.
    """
    with begin() as session:
        _check_collections(session, change)
        ids = _selected_ids(session, filters)
        if not ids:
            return BulkResult(0, 0, None)
        if most is not None and len(ids) > most:
            raise Stale(f"There are {len(ids):,} pictures by now, not {most:,}.", {"count": len(ids)})
        bulk_edit_id = field_updates.start_action(session, what, change.fields).id
        if change.trash:
            audit.record(session, "pictures trashed", describe_filters(filters, session), pictures=len(ids))
    changed = left = 0
    for chunk in field_updates.chunks(ids):
        some, over = _try_chunk(begin, bulk_edit_id, chunk, change)
        changed, left = changed + some, left + over
    if changed:
        return BulkResult(changed, left, bulk_edit_id)
    with begin() as session:
        session.execute(delete(BulkEdit).where(BulkEdit.id == bulk_edit_id, BulkEdit.images == 0))
    return BulkResult(0, left, None)


def find_collection(session: Session, name: str) -> Collection | None:
    """Return the collection of a name, however it is written; None when there is none."""
    key = folded_name(words.clean(name, "name"))
    named = select(Collection).where(folded_name(Collection.name) == key, Collection.deleted_at.is_(None))
    return session.scalar(named)


def _check_collections(session: Session, change: Change) -> None:
    for field in ("collection_id", "remove_from_collection_id"):
        collection_id = getattr(change, field)
        existing = select(Collection.id).where(
            Collection.id == collection_id, Collection.deleted_at.is_(None)
        )
        if collection_id and session.scalar(existing) is None:
            raise Invalid("There is no such collection. It may have been deleted.", field=field)


def _selected_ids(session: Session, filters: Filters) -> list[int]:
    """List the ids in the order of the filters, or as they were given."""
    rows = search.select_images(filters).options().with_only_columns(Image.id, maintain_column_froms=True)
    found = list(session.scalars(rows))
    if not filters.ids:
        return found
    existing = set(found)
    return [number for number in filters.ids if number in existing]


def _try_chunk(
    begin: TransactionFactory, bulk_edit_id: int, ids: Sequence[int], change: Change
) -> tuple[int, int]:
    """Change some pictures, again when the category was deleted at that very moment: it is made anew then."""
    for _ in range(TRIES):
        with suppress(IntegrityError), begin() as session:
            return _apply_chunk(session, bulk_edit_id, ids, change)
    raise Conflict("The category was changed elsewhere just now. Try again.")


def _apply_chunk(session: Session, bulk_edit_id: int, ids: Sequence[int], change: Change) -> tuple[int, int]:
    """Change some pictures; returns how many were changed and how many were left."""
    # First, as an undo does it: who has locked pictures never waits for the row of `bulk_edit`.
    edit = session.get_one(BulkEdit, bulk_edit_id, with_for_update={"key_share": True})
    if edit.undone_at or "undone" in edit.more:
        raise Conflict("This was undone while it was still going on.")
    chosen = {"ids": list(ids), "bulk_edit_id": bulk_edit_id, "who": actor_of(session).name}
    session.execute(LOCK_IMAGES, chosen)
    changed: set[int] = set()
    left: set[int] = set()
    more = deepcopy(edit.more)
    if change.trash:
        changed |= set(session.scalars(TRASH, chosen))
    if change.fields:
        done = _change_fields(session, bulk_edit_id, ids, change, more)
        changed |= set(done.changed)
        left |= set(done.kept)
    changed |= _change_collections(session, [number for number in ids if number not in left], change, more)
    edit.images += len(changed)
    edit.more = more
    return len(changed), len(left)


def _change_fields(
    session: Session, bulk_edit_id: int, ids: Sequence[int], change: Change, more: dict[str, Any]
) -> ChunkResult:
    """Change fields of some pictures; the categories before and after are noted in `more`, for the undo."""
    category = taxonomy.find_or_create(session, change.category or "")
    done = field_updates.update_chunk(
        session, bulk_edit_id, _statement(change), ids, _statement_values(change, category)
    )
    if category:
        more["category"] = {category.name: category.id}
    more.setdefault("categories", {}).update(done.categories)
    return done


def _statement(change: Change) -> TextClause:
    by_field = {
        "category": CATEGORY,
        "hashtags": HASHTAGS,
        "key_points": KEY_POINTS if change.key_points is not None else MORE_KEY_POINTS,
    }
    values = {name: by_field[name] for name in change.fields if name != "status"}
    return field_updates.statement(
        values,
        which="i.trashed_at IS NULL",
        status="CAST(:status AS text)" if change.status else None,
        fits=" AND ".join([NOT_BARE, *(ROOM[name] for name in values if name in ROOM)]),
    )


def _statement_values(change: Change, category: Category | None) -> dict[str, Any]:
    return {
        "status": change.status,
        "category_id": category.id if category else None,
        # A category keeps the spelling it has.
        "category": category.name if category else "",
        "add": list(change.add_hashtags),
        "remove": list(change.remove_hashtags),
        "key_points": change.key_points,
        "append": change.append_key_points,
        "most_hashtags": MOST_HASHTAGS,
        "longest_key_points": LIMITS["key_points"],
    }


def _change_collections(session: Session, ids: list[int], change: Change, more: dict[str, Any]) -> set[int]:
    """Put pictures into a collection or take them out; what was done is noted in `more`, for the undo."""
    moved: set[int] = set()
    if change.collection_id and ids:
        added = list(session.scalars(COLLECT, {"ids": ids, "collection_id": change.collection_id}))
        noted = more.setdefault("added", {"collection_id": change.collection_id, "images": []})
        noted["images"] += added
        moved |= set(added)
    if change.remove_from_collection_id:
        which = {"ids": ids, "collection_id": change.remove_from_collection_id}
        taken = session.execute(TAKE_OUT, which).all()
        noted = more.setdefault("removed", {"collection_id": change.remove_from_collection_id, "images": []})
        noted["images"] += [[row.image_id, row.place] for row in taken]
        moved |= {row.image_id for row in taken}
    return moved
