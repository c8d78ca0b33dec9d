"""Taking back one change of many pictures, field by field, where it is still as the change left it.

Merging, renaming and deleting tags and categories are such changes too, and so is making, changing or deleting a
collection or a view, and adding pictures by a plain form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.batches import undo as batch_undo
from artworks.bulk import added
from artworks.bulk.bulk_edit import TRIES
from artworks.core.actor import actor_of
from artworks.core.database import is_id
from artworks.core.errors import Conflict, NotFound
from artworks.core.fields import PROSE
from artworks.core.transactions import TransactionFactory
from artworks.dependents import change_undo, delete_undo
from artworks.edits.field_updates import LOCK_IMAGES, chunks
from artworks.images.trash import KEPT_IN_TRASH
from artworks.taxonomy import merge_undo, name_history
from artworks.taxonomy import queries as taxonomy
from artworks.taxonomy.name_history import NewName
from artworks.texts.folding import fold
from models import BulkEdit, Category, Revision

SETS = {
    # What AI was asked to renew although a person had approved it is approved again.
    "status": """status = coalesce(back -> 'status' ->> 0, i.status),
        approved = ARRAY(SELECT unnest(i.approved) UNION SELECT unnest(m.unapproved))""",
    # With shelf_id, or a trigger would write every picture a second time.
    "category": """(category_id, shelf_id) = (
        SELECT CASE WHEN back -> 'category' IS NULL THEN i.category_id ELSE b.id END,
            CASE WHEN back -> 'category' IS NULL THEN i.shelf_id ELSE coalesce(g.parent_id, g.id) END
        FROM (SELECT CAST(CAST(:numbers AS jsonb) ->> (back -> 'category' ->> 0) AS bigint) AS id) AS b
        LEFT JOIN category g ON g.id = b.id)""",
    "hashtags": "hashtags = CASE WHEN back -> 'hashtags' IS NULL THEN i.hashtags "
    "ELSE ARRAY(SELECT jsonb_array_elements_text(back -> 'hashtags' -> 0)) END",
    **{name: f"{name} = coalesce(back -> '{name}' ->> 0, i.{name})" for name in PROSE},
}
# What an action did besides changing pictures; that comes back, whatever became of those.
BESIDE_PICTURES = ("gone", "moved", "spelled", "views")
# Categories are compared by their numbers and hashtags by their names of today, because they can get other names.
# A batch may have written twice to one picture: then the first before and the last after count. `stay` are the fields
# that were changed since, and of those that AI wrote the ones that a person approved since; `back` are the others with
# what was before. One that is ready and would be left without a word stays as it is.
WORDS = """
WITH parts AS (
    SELECT r.image_id, r.id, r.action, f.what, c.key, CASE
        WHEN f.what = 'words' AND c.key = 'hashtags'
            AND EXISTS (SELECT FROM name_change WHERE kind = 'tag' AND at >= CAST(:since AS timestamptz))
        THEN jsonb_build_array(hashtags_now(c.value -> 0, r.at), hashtags_now(c.value -> 1, r.at))
        ELSE c.value END AS value
    FROM revision r
    CROSS JOIN LATERAL (VALUES ('words', r.changes), ('writers', r.origins)) AS f(what, pairs)
    CROSS JOIN LATERAL jsonb_each(f.pairs) AS c
    WHERE r.bulk_edit_id = :bulk_edit_id AND r.action IN ('edit', 'generate') AND r.image_id = ANY(:ids)
), pairs AS (
    SELECT image_id, what, key, jsonb_build_array(
        (array_agg(value -> 0 ORDER BY id))[1], (array_agg(value -> 1 ORDER BY id DESC))[1]) AS pair,
        bool_or(action = 'generate') AS written
    FROM parts GROUP BY image_id, what, key
), r AS (
    SELECT image_id, coalesce(jsonb_object_agg(key, pair) FILTER (WHERE what = 'words'), '{}') AS changes,
        coalesce(jsonb_object_agg(key, pair) FILTER (WHERE what = 'writers'), '{}') AS shifts,
        array_agg(key) FILTER (WHERE what = 'words' AND written) AS written
    FROM pairs GROUP BY image_id
), since AS (
    SELECT r.*, array_remove(ARRAY[$differ,
        CASE WHEN r.changes -> 'category' IS NOT NULL AND i.category_id IS DISTINCT FROM
            CAST(CAST(:categories AS jsonb) ->> (r.changes -> 'category' ->> 1) AS bigint) THEN 'category' END
    ], NULL) || ARRAY(
        SELECT f FROM unnest(r.written) AS f WHERE i.status = 'ready' OR f = ANY (i.approved)
    ) AS stay
    FROM r JOIN image i ON i.id = r.image_id
), mine AS (
    SELECT image_id, changes - stay AS back, shifts - stay AS shifts, stay = '{}' AS whole FROM since
), bare AS (
    SELECT m.image_id, coalesce(m.back -> 'status' ->> 0, i.status) = 'ready'
        AND concat($left) = '' AND coalesce(m.back -> 'hashtags' -> 0, to_jsonb(i.hashtags)) = '[]'
        AND CASE WHEN m.back -> 'category' IS NULL THEN i.category_id IS NULL
            ELSE m.back -> 'category' ->> 0 = '' END AS is_bare
    FROM mine m JOIN image i ON i.id = m.image_id
), fields AS (
    SELECT m.image_id AS id, m.shifts, m.whole AND NOT is_bare AS whole,
        CASE WHEN is_bare THEN '{}' ELSE m.back END AS back,
        ARRAY(SELECT f FROM revision u CROSS JOIN unnest(u.unapproved) AS f
            WHERE u.bulk_edit_id = :bulk_edit_id AND u.image_id = m.image_id AND jsonb_exists(m.back, f)) AS unapproved
    FROM mine m JOIN bare USING (image_id)
), written AS (
    UPDATE image i SET $sets,
        origins = jsonb_strip_nulls(i.origins || (
            SELECT coalesce(jsonb_object_agg(key, value -> 0), '{}') FROM jsonb_each(m.shifts))),
        version = i.version + 1, updated_at = now()
    FROM fields m WHERE m.id = i.id AND m.back <> '{}'
), noted AS (
    INSERT INTO revision (image_id, by, who, action, changes, origins)
    SELECT id, 'person', :who, 'restore',
        (SELECT jsonb_object_agg(key, CASE WHEN key = 'category' THEN (
            SELECT jsonb_build_array(coalesce(was.name, ''), coalesce(will.name, '')) FROM image i
            LEFT JOIN category was ON was.id = i.category_id
            LEFT JOIN category will ON will.id = CAST(CAST(:numbers AS jsonb) ->> (value ->> 0) AS bigint)
            WHERE i.id = fields.id
        ) ELSE jsonb_build_array(value -> 1, value -> 0) END) FROM jsonb_each(back)),
        (SELECT coalesce(jsonb_object_agg(key, jsonb_build_array(value -> 1, value -> 0)), '{}')
            FROM jsonb_each(shifts))
    FROM fields WHERE back <> '{}'
)
SELECT id, whole, back <> '{}' AS some FROM fields
""".replace(
    "$differ",
    ", ".join(
        f"CASE WHEN r.changes -> '{name}' -> 1 <> to_jsonb(i.{name}) THEN '{name}' END"
        for name in SETS
        if name != "category"
    ),
).replace("$left", ", ".join(f"coalesce(m.back -> '{name}' ->> 0, i.{name})" for name in PROSE))
# The first before and the last after, as in WORDS.
RETURNED_TO = text("""
WITH pairs AS (
    SELECT image_id, (array_agg(changes -> 'category' ->> 0 ORDER BY id))[1] AS was,
        (array_agg(changes -> 'category' ->> 1 ORDER BY id DESC))[1] AS became
    FROM revision WHERE bulk_edit_id = :bulk_edit_id AND changes -> 'category' IS NOT NULL GROUP BY image_id
)
SELECT DISTINCT was FROM pairs JOIN image i ON i.id = image_id
WHERE i.category_id IS NOT DISTINCT FROM CAST(CAST(:categories AS jsonb) ->> became AS bigint)
""")
# A picture that was taken out and thrown away again since has another moment in the trash.
UNTRASH = text("""
WITH back AS (
    UPDATE image i SET trashed_at = NULL, version = i.version + 1 FROM revision r
    WHERE r.bulk_edit_id = :bulk_edit_id AND r.action = 'trash' AND r.image_id = i.id AND i.id = ANY(:ids)
    AND i.trashed_at = r.at RETURNING i.id
)
INSERT INTO revision (image_id, by, who, action) SELECT id, 'person', :who, 'untrash' FROM back RETURNING image_id
""")
TAKE_OUT = text("""
DELETE FROM collection_image WHERE collection_id = :collection_id AND image_id = ANY(:ids) RETURNING image_id
""")
PUT_BACK = text("""
INSERT INTO collection_image (collection_id, image_id, place)
SELECT c.id, i.id, was.place
FROM unnest(CAST(:ids AS bigint[]), CAST(:places AS double precision[])) AS was(id, place)
JOIN image i ON i.id = was.id JOIN collection c ON c.id = :collection_id
ORDER BY i.id
ON CONFLICT DO NOTHING RETURNING image_id
""")


@dataclass(frozen=True)
class UndoResult:
    """How many pictures are as they were, and how many were changed or deleted since.

    Of those that were changed since, `partly` got the other fields back. `also` says what else came back.
    """

    undone: int
    left: int
    partly: int = 0
    also: str = ""


def undo(begin: TransactionFactory, bulk_edit_id: int) -> UndoResult:
    """Take an action back, for each picture the fields that nobody changed since; commits after each chunk.

    One that broke off goes on where it was. Raises NotFound, and Conflict when it is undone already, older than the
    trash keeps pictures, when what was deleted cannot come back, or when there is nothing that was not changed since.
    """
    with begin() as session:
        edit = _lock_action(session, bulk_edit_id)
        batch_undo.prepare(session, edit)
        ids = _remaining_ids(session, edit)
        back = _restored_categories(session, edit)
        new_names = _describe_names(session, edit, back)
    for chunk in chunks(ids):
        back = _try_chunk(begin, bulk_edit_id, chunk, back)
    with begin() as session:
        edit = _lock_action(session, bulk_edit_id)
        if _did_something(edit):
            return _finish(session, edit, back, new_names)
        # As it was before: it can be tried again when the pictures are as the change left them.
        edit.more = {name: noted for name, noted in edit.more.items() if name != "undone"}
        refusal = _all_changed(edit)
    raise Conflict(refusal)


def _did_something(edit: BulkEdit) -> bool:
    """Return whether an undo found anything to take back."""
    done = edit.more.get("undone", {})
    beside = any(edit.more.get(name) for name in BESIDE_PICTURES)
    return bool(not edit.images or done.get("images") or done.get("partly") or beside)


def _all_changed(edit: BulkEdit) -> str:
    what = "The picture was" if edit.images == 1 else f"All {edit.images:,} pictures were"
    return f"{what} changed or deleted since, so nothing was taken back."


def _finish(
    session: Session, edit: BulkEdit, back: Mapping[str, int], new_names: Sequence[str]
) -> UndoResult:
    """Take back what an action did besides the words of pictures, and count what became of those."""
    merge_undo.restore_names(session, edit.more, back)
    things = delete_undo.restore(session, edit.more) or change_undo.restore(session, edit.more)
    things = things or added.restore(session, edit.more)
    also = " ".join(filter(None, [things, *new_names]))
    edit.undone_at = datetime.now(UTC)
    done = edit.more.get("undone", {})
    undone, partly = int(done.get("images", 0)), int(done.get("partly", 0))
    audit.record(session, "change undone", edit.what, pictures=undone + partly)
    return UndoResult(undone, edit.images - undone, partly, also)


def _lock_action(session: Session, bulk_edit_id: int) -> BulkEdit:
    """Return the row of an action that can still be undone, locked: of two undos at once one waits for the other."""
    edit = (
        session.get(BulkEdit, bulk_edit_id, with_for_update={"key_share": True})
        if is_id(bulk_edit_id)
        else None
    )
    if edit is None:
        raise NotFound("There is no such change.")
    if edit.undone_at:
        raise Conflict("This was undone already.")
    if edit.at < datetime.now(UTC) - KEPT_IN_TRASH:
        raise Conflict(f"This was more than {KEPT_IN_TRASH.days} days ago and cannot be undone any more.")
    return edit


def _remaining_ids(session: Session, edit: BulkEdit) -> list[int]:
    """List the pictures that are still to be looked at, by id."""
    found = set(session.scalars(select(Revision.image_id).where(Revision.bulk_edit_id == edit.id)))
    found |= set(edit.more.get("added", {}).get("images", ()))
    found |= {number for number, _place in edit.more.get("removed", {}).get("images", ())}
    done = edit.more.get("undone", {}).get("to", 0)
    return sorted(number for number in found if number > done)


def _restored_categories(session: Session, edit: BulkEdit) -> dict[str, int]:
    """Return the category that each name before stands for; one that is gone is made again for pictures it had."""
    now = merge_undo.restore_categories(session, edit.id, edit.more)
    noted = {name: now.get(number, number) for name, number in edit.more.get("categories", {}).items()}
    found, gone = _follow_categories(session, noted, edit.at)
    for name in sorted(gone & _returned_to(session, edit)) if gone else ():
        again = taxonomy.find_or_create(session, name)
        found[name] = again.id if again else found[name]
    return found


def _follow_categories(
    session: Session, noted: Mapping[str, int], since: datetime
) -> tuple[dict[str, int], set[str]]:
    """Return the number that each category has now, also of one that was merged, and the names of those deleted."""
    existing = set(session.scalars(select(Category.id).where(Category.id.in_(noted.values()))))
    missing = [name for name, number in noted.items() if number not in existing]
    names = name_history.current_names(session, "category", missing, since) if missing else {}
    merged = {name: taxonomy.by_name(session, names[name]) for name in missing if names[name]}
    found = {name: category.id for name, category in merged.items() if category}
    return {**noted, **found}, set(missing) - found.keys()


def _numbers_after(session: Session, edit: BulkEdit) -> str:
    """Return the number that each category has now that the action gave, as JSON."""
    return json.dumps(_follow_categories(session, edit.more.get("category", {}), edit.at)[0])


def _describe_names(session: Session, edit: BulkEdit, back: Mapping[str, int]) -> list[str]:
    """Say which categories that pictures come back to are called otherwise by now, or were made again just now."""
    query = select(Category.id, Category.name, Category.created_at == func.now())
    rows = {row[0]: row for row in session.execute(query.where(Category.id.in_(back.values())))}
    own = {removed[1] for removed in edit.more.get("gone", ())}
    said = []
    for name in sorted(_returned_to(session, edit)) if rows else ():
        _, now, is_new = rows.get(back.get(name, 0), (0, name, False))
        if fold(name) != fold(now):
            said.append(NewName("category", name, now).sentence)
        elif is_new and name not in own:
            said.append(f"The category “{name}” had been deleted and is there again.")
    return said


def _returned_to(session: Session, edit: BulkEdit) -> set[str]:
    """Return the names of the categories that pictures come back to: where nobody gave them another one since."""
    categories = _numbers_after(session, edit)
    return set(session.scalars(RETURNED_TO, {"bulk_edit_id": edit.id, "categories": categories}))


def _try_chunk(
    begin: TransactionFactory, bulk_edit_id: int, ids: Sequence[int], back: dict[str, int]
) -> dict[str, int]:
    """Undo it for some pictures, again when a category was deleted meanwhile; return the categories that are there."""
    for _ in range(TRIES):
        with suppress(IntegrityError), begin() as session:
            _undo_chunk(session, bulk_edit_id, ids, back)
            return back
        with begin() as session:
            back = _restored_categories(session, _lock_action(session, bulk_edit_id))
    raise Conflict("The category was changed elsewhere just now. Try again.")


def _undo_chunk(session: Session, bulk_edit_id: int, ids: Sequence[int], back: dict[str, int]) -> None:
    edit = _lock_action(session, bulk_edit_id)
    more = deepcopy(edit.more)
    so_far = more.get("undone", {"to": 0, "images": 0})
    # Another undo may have been quicker.
    ids = [number for number in ids if number > so_far["to"]]
    if not ids:
        return
    chosen: dict[str, Any] = {"ids": ids, "bulk_edit_id": bulk_edit_id, "who": actor_of(session).name}
    session.execute(LOCK_IMAGES, chosen)
    undone: set[int] = set(session.scalars(UNTRASH, chosen))
    changed_since: set[int] = set()
    if more["fields"]:
        statement = WORDS.replace("$sets", ", ".join(SETS[name] for name in more["fields"]))
        names = {"categories": _numbers_after(session, edit), "numbers": json.dumps(back), "since": edit.at}
        for row in session.execute(text(statement), {**chosen, **names}):
            if row.some:
                undone.add(row.id)
            if not row.whole:
                changed_since.add(row.id)
    undone |= _restore_collections(session, set(ids), more)
    more["undone"] = {
        "to": ids[-1],
        "images": so_far["images"] + len(undone - changed_since),
        "partly": so_far.get("partly", 0) + len(undone & changed_since),
    }
    edit.more = more


def _restore_collections(session: Session, ids: set[int], more: dict[str, Any]) -> set[int]:
    """Take pictures out of the collection they came into, and put those back that were taken out."""
    added = more.get("added", {"collection_id": 0, "images": []})
    out = [number for number in added["images"] if number in ids]
    removed = more.get("removed", {"collection_id": 0, "images": []})
    places = [(number, place) for number, place in removed["images"] if number in ids]
    moved: set[int] = set()
    if out:
        which = {"collection_id": added["collection_id"], "ids": out}
        moved |= set(session.scalars(TAKE_OUT, which))
    if places:
        numbers, where = zip(*places, strict=True)
        which = {"collection_id": removed["collection_id"], "ids": list(numbers), "places": list(where)}
        moved |= set(session.scalars(PUT_BACK, which))
    return moved
