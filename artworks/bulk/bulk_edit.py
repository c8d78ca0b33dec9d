"""One change of many pictures: in statements over whole chunks, each chunk in a short transaction of its own.

An action is a row of `bulk_edit`; each picture that it changes gets one revision with its id, so that all of it can be
undone at once (artworks/bulk/undo.py). Pictures that have it already get nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.core import text as words
from artworks.core.actor import actor_of
from artworks.core.errors import Conflict, Invalid
from artworks.core.fields import LIMITS, MOST_HASHTAGS, PROSE
from artworks.core.transactions import TransactionFactory
from artworks.search import listing as search
from artworks.search.filters import Filters, describe_filters
from artworks.taxonomy import queries as taxonomy
from models import BulkEdit, Category, Collection, Image

# So many pictures are locked at once: for an eighth of a second, which is as long as anybody else may have to wait.
CHUNK = 500
MOST_NAMED = 5
TRIES = 3
SETS = {
    # What was approved by Ready stays so afterwards.
    "status": """status = c.new_status, approved = CASE WHEN i.status = 'ready' AND c.new_status <> 'ready' THEN
        ARRAY(SELECT unnest(i.approved) UNION SELECT key FROM jsonb_each_text(i.origins)
            WHERE value IN ('ai', 'placeholder')) ELSE i.approved END""",
    "category": (
        "category_id = c.new_category_id, "
        "shelf_id = (SELECT coalesce(g.parent_id, g.id) FROM category g WHERE g.id = c.new_category_id)"
    ),
    "hashtags": "hashtags = c.new_hashtags",
    "key_points": "key_points = c.new_key_points",
}

# In one order everywhere, so that two actions over the same pictures wait for each other and never crosswise.
LOCK_IMAGES = text("SELECT id FROM image WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
# That there are no words but those of the fields that can be changed here.
BARE = " AND ".join(f"i.{name} = ''" for name in PROSE if name != "key_points")

# Who wrote a changed field: a person, over AI's words "AI, edited"; nobody where it is empty now.
EDIT = """
WITH before AS (
    SELECT i.id, i.status, i.hashtags, i.hashtags_folded, i.category_id, coalesce(g.name, '') AS category,
        i.key_points, i.origins, $bare AS bare
    FROM image i LEFT JOIN category g ON g.id = i.category_id
    WHERE i.id = ANY(:ids) AND i.trashed_at IS NULL
), both_sides AS (
    SELECT b.*, n.*,
        b.status <> n.new_status AS status_differs, b.hashtags <> n.new_hashtags AS hashtags_differ,
        b.category_id IS DISTINCT FROM n.new_category_id AS category_differs,
        b.key_points <> n.new_key_points AS key_points_differ,
        b.bare AND n.new_hashtags = '{}' AND n.new_category_id IS NULL AND n.new_key_points = '' AS wordless
    FROM before b CROSS JOIN LATERAL (
        SELECT coalesce(CAST(:status AS text), b.status) AS new_status,
            CASE WHEN :sets_category THEN CAST(:category_id AS bigint) ELSE b.category_id END AS new_category_id,
            CASE WHEN :sets_category THEN CAST(:category AS text) ELSE b.category END AS new_category,
            CASE WHEN :sets_hashtags THEN ARRAY(
                SELECT tag FROM (
                    SELECT 1 AS part, place, tag
                    FROM unnest(b.hashtags, b.hashtags_folded) WITH ORDINALITY AS had(tag, folded, place)
                    WHERE folded <> ALL (image_fold(CAST(:remove AS text[])))
                    UNION ALL
                    SELECT 2, place, tag FROM unnest(CAST(:add AS text[]), image_fold(CAST(:add AS text[])))
                        WITH ORDINALITY AS given(tag, folded, place)
                    WHERE folded <> ALL (b.hashtags_folded)
                ) AS kept ORDER BY part, place
            ) ELSE b.hashtags END AS new_hashtags,
            CASE WHEN CAST(:key_points AS text) IS NOT NULL THEN CAST(:key_points AS text)
                WHEN CAST(:append AS text) IS NULL
                    OR position(E'\\n' || :append || E'\\n' IN E'\\n' || b.key_points || E'\\n') > 0 THEN b.key_points
                WHEN b.key_points = '' THEN :append
                ELSE b.key_points || E'\\n' || :append END AS new_key_points
        -- Kept apart, or the planner would work it out anew wherever it is looked at.
        OFFSET 0
    ) AS n
), changed AS (
    SELECT s.*, t.writers,
        (NOT hashtags_differ OR cardinality(new_hashtags) <= greatest(:most_hashtags, cardinality(hashtags)))
        AND (NOT key_points_differ OR char_length(new_key_points) <= :longest_key_points)
        AND NOT (new_status = 'ready' AND wordless) AS fits
    FROM both_sides s CROSS JOIN LATERAL (
        SELECT CASE WHEN hashtags_differ THEN jsonb_build_object('hashtags', CASE
                WHEN new_hashtags = '{}' THEN NULL
                WHEN origins ->> 'hashtags' IN ('ai', 'ai_edited') THEN 'ai_edited' ELSE 'person' END) ELSE '{}' END
            || CASE WHEN category_differs THEN jsonb_build_object('category', CASE
                WHEN new_category_id IS NULL THEN NULL
                WHEN origins ->> 'category' IN ('ai', 'ai_edited') THEN 'ai_edited' ELSE 'person' END) ELSE '{}' END
            || CASE WHEN key_points_differ THEN jsonb_build_object('key_points', CASE
                WHEN new_key_points = '' THEN NULL
                WHEN origins ->> 'key_points' IN ('ai', 'ai_edited') THEN 'ai_edited' ELSE 'person' END)
                ELSE '{}' END AS writers
        OFFSET 0
    ) AS t
    WHERE status_differs OR hashtags_differ OR category_differs OR key_points_differ
), written AS (
    UPDATE image i SET $sets, origins = jsonb_strip_nulls(c.origins || c.writers), version = i.version + 1,
        updated_at = now()
    FROM changed c WHERE c.id = i.id AND c.fits
), noted AS (
    INSERT INTO revision (image_id, by, who, action, changes, origins, bulk_edit_id)
    SELECT id, 'person', :who, 'edit',
        CASE WHEN status_differs
            THEN jsonb_build_object('status', jsonb_build_array(status, new_status)) ELSE '{}' END
        || CASE WHEN hashtags_differ
            THEN jsonb_build_object('hashtags', jsonb_build_array(hashtags, new_hashtags)) ELSE '{}' END
        || CASE WHEN category_differs
            THEN jsonb_build_object('category', jsonb_build_array(category, new_category)) ELSE '{}' END
        || CASE WHEN key_points_differ
            THEN jsonb_build_object('key_points', jsonb_build_array(key_points, new_key_points)) ELSE '{}' END,
        (SELECT coalesce(jsonb_object_agg(key, jsonb_build_array(origins -> key, value)), '{}')
            FROM jsonb_each(writers) WHERE coalesce(origins -> key, 'null') <> value),
        :bulk_edit_id
    FROM changed WHERE fits
)
SELECT id, fits, category, category_id FROM changed
"""
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
    """What is done to every chosen picture; cleaned here. Raises Invalid for what does not fit or is nothing.

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

    def __post_init__(self) -> None:
        for name in ("category", "status", "key_points"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, words.clean_fields({name: getattr(self, name)})[name])
        if self.append_key_points is not None:
            added = words.clean(self.append_key_points, "append_key_points", LIMITS["key_points"])
            object.__setattr__(self, "append_key_points", added or None)
        for name in ("add_hashtags", "remove_hashtags"):
            object.__setattr__(self, name, parse_hashtags(list(getattr(self, name)), name))
        self._check()

    def _check(self) -> None:
        if self.key_points is not None and self.append_key_points:
            raise Invalid("Replace the key points or add to them: one of the two.", field="append_key_points")
        both = {tag.lower() for tag in self.add_hashtags} & {tag.lower() for tag in self.remove_hashtags}
        if both:
            raise Invalid(f"{min(both)} is to be added and to be removed.", field="remove_hashtags")
        if self.collection_id is not None and self.collection_id == self.remove_from_collection_id:
            raise Invalid("That is the same collection.", field="remove_from_collection_id")
        if not (self.fields or self.collection_id or self.remove_from_collection_id or self.trash):
            raise Invalid("Say what to change.", field="set")

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of pictures that this may change."""
        given = {
            "status": self.status is not None,
            "category": self.category is not None,
            "hashtags": bool(self.add_hashtags or self.remove_hashtags),
            "key_points": self.key_points is not None or bool(self.append_key_points),
        }
        return tuple(name for name in SETS if given[name])

    @property
    def description(self) -> str:
        """What it does, in words."""
        parts = [
            self.category is not None and (f"category “{self.category}”" if self.category else "no category"),
            self.status and f"status {self.status}",
            self.add_hashtags and f"added {_list_tags(self.add_hashtags)}",
            self.remove_hashtags and f"removed {_list_tags(self.remove_hashtags)}",
            self.key_points is not None and "new key points",
            self.append_key_points and "more key points",
            self.collection_id and "into a collection",
            self.remove_from_collection_id and "out of a collection",
            self.trash and "to the trash",
        ]
        return ", ".join(part for part in parts if part)


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
    try:
        return tuple(words.hashtags(given))
    except Invalid as error:
        raise Invalid(error.message, field=field) from error


def _list_tags(tags: Sequence[str]) -> str:
    more = len(tags) - MOST_NAMED
    return " ".join(tags[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def apply(begin: TransactionFactory, filters: Filters, change: Change) -> BulkResult:
    """Change every picture that is chosen now; pictures added or matching later are not in it.

    Commits after each chunk. An action that breaks off leaves whole chunks, and the same action again does the rest.
    Raises Invalid for a collection that is not there, Conflict when it is undone meanwhile.
    """
    with begin() as session:
        _check_collections(session, change)
        ids = _selected_ids(session, filters)
        if not ids:
            return BulkResult(0, 0, None)
        edit = BulkEdit(what=change.description, more={"fields": list(change.fields)})
        session.add(edit)
        session.flush()
        if change.trash:
            audit.record(session, "pictures trashed", describe_filters(filters, session), pictures=len(ids))
        bulk_edit_id = edit.id
    changed = left = 0
    for chunk in chunks(ids):
        some, over = _try_chunk(begin, bulk_edit_id, chunk, change)
        changed, left = changed + some, left + over
    if changed:
        return BulkResult(changed, left, bulk_edit_id)
    with begin() as session:
        session.execute(delete(BulkEdit).where(BulkEdit.id == bulk_edit_id, BulkEdit.images == 0))
    return BulkResult(0, left, None)


def find_collection(session: Session, name: str) -> Collection | None:
    """Return the collection of a name, whatever the case; None when there is none."""
    folded = func.lower(" ".join(words.clean(name, "name").split()))
    named = select(Collection).where(func.lower(Collection.name) == folded, Collection.deleted_at.is_(None))
    return session.scalar(named)


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Return ids in the pieces that are worked on at once."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


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
        category = taxonomy.find_or_create(session, change.category or "")
        if category:
            more["category"] = {category.name: category.id}
        known = more.setdefault("categories", {})
        for row in session.execute(
            _edit_statement(change), {**chosen, **_statement_values(change, category)}
        ):
            (changed if row.fits else left).add(row.id)
            if row.category:
                known[row.category] = row.category_id
    changed |= _change_collections(session, [number for number in ids if number not in left], change, more)
    edit.images += len(changed)
    edit.more = more
    return len(changed), len(left)


def _edit_statement(change: Change) -> Any:
    return text(EDIT.replace("$bare", BARE).replace("$sets", ", ".join(SETS[name] for name in change.fields)))


def _statement_values(change: Change, category: Category | None) -> dict[str, Any]:
    return {
        "status": change.status,
        "sets_category": change.category is not None,
        "category_id": category.id if category else None,
        # A category keeps the spelling it has.
        "category": category.name if category else "",
        "sets_hashtags": "hashtags" in change.fields,
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
