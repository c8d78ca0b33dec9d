"""Write another category or tag into all pictures that have one, and into saved views.

For pictures it is a change of one field of many (artworks/edits/field_updates.py), in the transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.edits import field_updates
from artworks.edits.approval import with_status_sql
from artworks.edits.field_updates import SKIP_LOCKED, WAIT, UpdateCount

# A round finds what others have added since the last one; that ends by itself, this is for the worst case.
ROUNDS = 10
# A picture that is ready and loses its last word becomes a draft.
STATUS = with_status_sql("status", "wordless")

IN_CATEGORY = text("SELECT id FROM image WHERE category_id = :source ORDER BY id")
CATEGORY = field_updates.statement(
    {"category": "CAST(:target AS bigint)"}, which="i.category_id = :source", status=STATUS, lock=SKIP_LOCKED
)

# `sources` become `shown`, or go when it is null; `target` is `shown` as it is compared.
HAS_TAG = """(i.hashtags_folded && CAST(:sources AS text[])
    OR (i.hashtags_folded @> ARRAY[CAST(:target AS text)] AND NOT i.hashtags @> ARRAY[CAST(:shown AS text)]))"""
WITH_TAG = text(f"SELECT i.id FROM image i WHERE {HAS_TAG} ORDER BY i.id")  # noqa: S608 - nothing of a person's.
HASHTAGS = {
    "hashtags": """ARRAY(
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
    )"""
}
# Pictures are waited for in the order of their ids only, as everybody does. What comes in later may have a lower id:
# one that somebody else is writing to then counts as one that gets the tag afterwards.
ALL_HASHTAGS = field_updates.statement(HASHTAGS, which=HAS_TAG, status=STATUS, lock=WAIT)
LATER_HASHTAGS = field_updates.statement(HASHTAGS, which=HAS_TAG, status=STATUS, lock=SKIP_LOCKED)

# Saved views that filter by a name go on finding the same pictures. All of them are locked before the first is written,
# in the order of their ids: an undo writes several too.
VIEWS = """
WITH was AS (
    SELECT v.id, v.filters->>'$filter' AS written, names.after FROM saved_view AS v
    JOIN unnest(CAST(:before AS text[]), CAST(:after AS text[])) AS names(before, after)
        ON $folded = name_fold(names.before)
    ORDER BY v.id FOR UPDATE OF v
)
UPDATE saved_view SET filters = filters || jsonb_build_object('$filter', was.after), version = version + 1
FROM was WHERE was.id = saved_view.id RETURNING was.id, was.written, was.after
"""
FOLDED = {
    "category": "name_fold(v.filters->>'category')",
    "tag": "name_fold('#' || ltrim(v.filters->>'tag', '#＃'))",
}


def update_category(
    session: Session, action_id: int, source: int, target: int | None, name: str
) -> UpdateCount:
    """Put the pictures of one category, in the trash too, into another one or none; `name` is that of the other one.

    Those that somebody else is writing to are left: the caller has all of them, or tries again.
    """
    values = {"source": source, "target": target, "category": name}
    changed = field_updates.update_all(session, action_id, IN_CATEGORY, CATEGORY, values)
    session.expire_all()
    return changed


def update_hashtags(
    session: Session, action_id: int, sources: Sequence[str], target: str | None, shown: str | None
) -> UpdateCount:
    """Write one tag for several, in the trash too, in the place of the first of them; None takes them away.

    `sources` and `target` are as tags are compared. The order is kept and nothing is doubled.
    """
    values = {"sources": list(sources), "target": target, "shown": shown}
    changed = fresh = field_updates.update_all(session, action_id, WITH_TAG, ALL_HASHTAGS, values)
    for _ in range(ROUNDS):
        if not fresh.every:
            break
        fresh = field_updates.update_all(session, action_id, WITH_TAG, LATER_HASHTAGS, values)
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
