"""Change one field of many pictures by statements over sets: a version and a revision each, as for a single edit.

All of it is one action, a row of `bulk_edit`, so that it can be undone at once (artworks/bulk/undo.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from artworks.core.actor import actor_of
from artworks.core.fields import PROSE
from models import BulkEdit

CHUNK = 1000
# A round finds what others have added since the last one; that ends by itself, this is for the worst case.
ROUNDS = 10

IN_CATEGORY = text("SELECT id FROM image WHERE category_id = :source ORDER BY id")
# A picture that is ready and loses its last word becomes a draft.
READY = " AND ".join(["status = 'ready'", *(f"{name} = ''" for name in PROSE)])
DRAFT = """CASE WHEN last_word THEN jsonb_build_object('status', jsonb_build_array('ready', 'draft')) ELSE '{}' END"""
CATEGORY_CHANGE = """
WITH was AS (
    SELECT id, trashed_at, origins->>'category' AS writer,
        CAST(:target AS bigint) IS NULL AND $ready AND hashtags = '{}' AS last_word FROM image
    WHERE id = ANY(CAST(:ids AS bigint[])) AND category_id = :source ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), will AS (
    SELECT id, trashed_at, writer, last_word, CASE WHEN CAST(:target AS bigint) IS NULL THEN NULL
        WHEN writer IN ('ai', 'ai_edited') THEN 'ai_edited' ELSE 'person' END AS next_writer FROM was
), done AS (
    UPDATE image SET category_id = CAST(:target AS bigint),
        shelf_id = (SELECT coalesce(parent_id, id) FROM category WHERE id = CAST(:target AS bigint)),
        version = version + 1, updated_at = clock_timestamp(),
        status = CASE WHEN last_word THEN 'draft' ELSE status END,
        origins = CASE WHEN next_writer IS NULL THEN origins - 'category'
            ELSE origins || jsonb_build_object('category', next_writer) END
    FROM will WHERE image.id = will.id
), noted AS (
    INSERT INTO revision (image_id, by, who, bulk_edit_id, action, changes, origins)
    SELECT id, 'person', :who, :bulk_edit_id, 'edit',
        jsonb_build_object('category', jsonb_build_array(CAST(:before AS text), CAST(:after AS text))) || $draft,
        CASE WHEN writer IS NOT DISTINCT FROM next_writer THEN '{}'
            ELSE jsonb_build_object('category', jsonb_build_array(writer, next_writer)) END
    FROM will ORDER BY id
)
SELECT count(*) AS every, count(*) FILTER (WHERE trashed_at IS NULL) AS live FROM will
"""

# `sources` become `shown`, or go when it is null; `target` is `shown` as it is compared.
WITH_TAG = text("""
SELECT id FROM image WHERE hashtags_folded && CAST(:sources AS text[])
    OR (hashtags_folded @> ARRAY[CAST(:target AS text)] AND NOT hashtags @> ARRAY[CAST(:shown AS text)])
ORDER BY id
""")
HASHTAGS = """
WITH was AS (
    SELECT id, trashed_at, hashtags, hashtags_folded, origins->>'hashtags' AS writer,
        $ready AND category_id IS NULL AS bare FROM image
    WHERE id = ANY(CAST(:ids AS bigint[])) AND (hashtags_folded && CAST(:sources AS text[])
        OR (hashtags_folded @> ARRAY[CAST(:target AS text)] AND NOT hashtags @> ARRAY[CAST(:shown AS text)]))
    ORDER BY id FOR NO KEY UPDATE $waiting
), made AS (
    SELECT id, trashed_at, hashtags, writer, bare, ARRAY(
        SELECT tag FROM (
            SELECT DISTINCT ON (folded) tag, place FROM (
                SELECT place,
                    CASE WHEN was_folded = ANY(CAST(:sources AS text[])) OR was_folded = CAST(:target AS text)
                        THEN CAST(:shown AS text) ELSE was_tag END AS tag,
                    CASE WHEN was_folded = ANY(CAST(:sources AS text[])) THEN CAST(:target AS text)
                        ELSE was_folded END AS folded
                FROM unnest(hashtags, hashtags_folded) WITH ORDINALITY AS each(was_tag, was_folded, place)
            ) AS renamed WHERE folded IS NOT NULL ORDER BY folded, place
        ) AS first ORDER BY place
    ) AS next_tags FROM was
), will AS (
    SELECT id, trashed_at, hashtags AS old_tags, next_tags, writer, bare AND next_tags = '{}' AS last_word,
        CASE WHEN next_tags = '{}' THEN NULL WHEN writer IN ('ai', 'ai_edited') THEN 'ai_edited' ELSE 'person' END
            AS next_writer FROM made
), done AS (
    UPDATE image SET hashtags = next_tags, version = version + 1, updated_at = clock_timestamp(),
        status = CASE WHEN last_word THEN 'draft' ELSE status END,
        origins = CASE WHEN next_writer IS NULL THEN origins - 'hashtags'
            ELSE origins || jsonb_build_object('hashtags', next_writer) END
    FROM will WHERE image.id = will.id
), noted AS (
    INSERT INTO revision (image_id, by, who, bulk_edit_id, action, changes, origins)
    SELECT id, 'person', :who, :bulk_edit_id, 'edit',
        jsonb_build_object('hashtags', jsonb_build_array(to_jsonb(old_tags), to_jsonb(next_tags))) || $draft,
        CASE WHEN writer IS NOT DISTINCT FROM next_writer THEN '{}'
            ELSE jsonb_build_object('hashtags', jsonb_build_array(writer, next_writer)) END
    FROM will ORDER BY id
)
SELECT count(*) AS every, count(*) FILTER (WHERE trashed_at IS NULL) AS live FROM will
"""
HASHTAGS = HASHTAGS.replace("$ready", READY).replace("$draft", DRAFT)
CATEGORY = text(CATEGORY_CHANGE.replace("$ready", READY).replace("$draft", DRAFT))
# Pictures are waited for in the order of their ids only, as everybody does. What comes in later may have a lower id:
# one that somebody else is writing to then counts as one that gets the tag afterwards.
ALL_HASHTAGS = text(HASHTAGS.replace("$waiting", ""))
LATER_HASHTAGS = text(HASHTAGS.replace("$waiting", "SKIP LOCKED"))

# Saved views that filter by a name go on finding the same pictures. All of them are locked before the first is written,
# in the order of their ids: an undo writes several too.
VIEWS = """
WITH was AS (
    SELECT v.id, v.filters->>'$filter' AS written, names.after FROM saved_view AS v
    JOIN unnest(CAST(:before AS text[]), CAST(:after AS text[])) AS names(before, after)
        ON $folded = lower(names.before)
    ORDER BY v.id FOR UPDATE OF v
)
UPDATE saved_view SET filters = filters || jsonb_build_object('$filter', was.after), version = version + 1
FROM was WHERE was.id = saved_view.id RETURNING was.id, was.written, was.after
"""
FOLDED = {"category": "lower(v.filters->>'category')", "tag": "'#' || ltrim(lower(v.filters->>'tag'), '#')"}


@dataclass(frozen=True)
class UpdateCount:
    """How many pictures were changed, how many of them are outside the trash, and the id of the action for the undo.

    The id is None when nothing was changed.
    """

    every: int = 0
    live: int = 0
    bulk_edit_id: int | None = None

    def __add__(self, other: UpdateCount) -> UpdateCount:
        return UpdateCount(self.every + other.every, self.live + other.live)


def start_action(session: Session, what: str, field: str) -> BulkEdit:
    """Return a new action that changes one field of pictures; `what` says in words what it does."""
    action = BulkEdit(what=what, more={"fields": [field, "status"]})
    session.add(action)
    session.flush()
    return action


def finish_action(session: Session, action: BulkEdit, changed: UpdateCount, **noted: Any) -> UpdateCount:
    """Store what an action changed besides the words of pictures, for the undo; delete one that changed nothing."""
    if not (changed.every or noted.get("gone")):
        session.delete(action)
        session.flush()
        return changed
    action.images = changed.every
    action.more = {**action.more, **noted}
    session.flush()
    return replace(changed, bulk_edit_id=action.id)


def update_category(
    session: Session, action_id: int, source: int, target: int | None, before: str, after: str
) -> UpdateCount:
    """Put the pictures of one category, in the trash too, into another one or none; the names are for the history.

    Those that somebody else is writing to are left: the caller has all of them, or tries again.
    """
    values = {"source": source, "target": target, "before": before, "after": after}
    changed = _in_chunks(session, action_id, IN_CATEGORY, CATEGORY, values)
    session.expire_all()
    return changed


def update_hashtags(
    session: Session, action_id: int, sources: Sequence[str], target: str | None, shown: str | None
) -> UpdateCount:
    """Write one tag for several, in the trash too, in the place of the first of them; None takes them away.

    `sources` and `target` are as tags are compared. The order is kept and nothing is doubled.
    """
    values = {"sources": list(sources), "target": target, "shown": shown}
    changed = fresh = _in_chunks(session, action_id, WITH_TAG, ALL_HASHTAGS, values)
    for _ in range(ROUNDS):
        if not fresh.every:
            break
        fresh = _in_chunks(session, action_id, WITH_TAG, LATER_HASHTAGS, values)
        changed += fresh
    # Pictures that were read before are read again when they are looked at.
    session.expire_all()
    return changed


def rename_in_views(session: Session, filter_name: str, names: Mapping[str, str]) -> list[list[Any]]:
    """Let saved views follow categories or tags to their new names, by the old ones; return what was changed.

    Only once in a transaction: the views are held in the order of their ids.
    """
    if not names:
        return []
    statement = text(VIEWS.replace("$filter", filter_name).replace("$folded", FOLDED[filter_name]))
    changed = session.execute(statement, {"before": list(names), "after": list(names.values())})
    return [[row.id, filter_name, row.written, row.after] for row in changed]


def _in_chunks(
    session: Session, action_id: int, find: TextClause, change: TextClause, values: Mapping[str, Any]
) -> UpdateCount:
    """Change what is found, at most `AT_ONCE` pictures a statement, in the order of their ids."""
    session.flush()
    named = {**values, "bulk_edit_id": action_id, "who": actor_of(session).name}
    changed = UpdateCount()
    ids = session.scalars(find, values).all()
    for start in range(0, len(ids), CHUNK):
        row = session.execute(change, {**named, "ids": list(ids[start : start + CHUNK])}).one()
        changed += UpdateCount(row.every, row.live)
    return changed
