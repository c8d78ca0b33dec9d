"""Change one field of many pictures by statements over sets: a version and a revision each, as for a single edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from features.actor import actor_of

AT_ONCE = 1000
# A round finds what others have added since the last one; that ends by itself, this is for the worst case.
ROUNDS = 10

IN_CATEGORY = text("SELECT id FROM image WHERE category_id = :source ORDER BY id")
CATEGORY = text("""
WITH was AS (
    SELECT id, trashed_at, origins->>'category' AS writer FROM image
    WHERE id = ANY(CAST(:ids AS bigint[])) AND category_id = :source ORDER BY id FOR UPDATE
), will AS (
    SELECT id, trashed_at, writer, CASE WHEN CAST(:target AS bigint) IS NULL THEN NULL
        WHEN writer IN ('ai', 'ai_edited') THEN 'ai_edited' ELSE 'person' END AS next_writer FROM was
), done AS (
    UPDATE image SET category_id = CAST(:target AS bigint), version = version + 1, updated_at = clock_timestamp(),
        origins = CASE WHEN next_writer IS NULL THEN origins - 'category'
            ELSE origins || jsonb_build_object('category', next_writer) END
    FROM will WHERE image.id = will.id
), noted AS (
    INSERT INTO revision (image_id, by, who, action, changes, origins)
    SELECT id, 'person', :who, 'edit',
        jsonb_build_object('category', jsonb_build_array(CAST(:before AS text), CAST(:after AS text))),
        CASE WHEN writer IS NOT DISTINCT FROM next_writer THEN '{}'
            ELSE jsonb_build_object('category', jsonb_build_array(writer, next_writer)) END
    FROM will ORDER BY id
)
SELECT count(*) AS every, count(*) FILTER (WHERE trashed_at IS NULL) AS live FROM will
""")

# `sources` become `shown`, or go when it is null; `target` is `shown` as it is compared.
WITH_TAG = text("""
SELECT id FROM image WHERE hashtags_folded && CAST(:sources AS text[])
    OR (hashtags_folded @> ARRAY[CAST(:target AS text)] AND NOT hashtags @> ARRAY[CAST(:shown AS text)])
ORDER BY id
""")
HASHTAGS = text("""
WITH was AS (
    SELECT id, trashed_at, hashtags, hashtags_folded, origins->>'hashtags' AS writer FROM image
    WHERE id = ANY(CAST(:ids AS bigint[])) AND (hashtags_folded && CAST(:sources AS text[])
        OR (hashtags_folded @> ARRAY[CAST(:target AS text)] AND NOT hashtags @> ARRAY[CAST(:shown AS text)]))
    ORDER BY id FOR UPDATE
), made AS (
    SELECT id, trashed_at, hashtags, writer, ARRAY(
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
    SELECT id, trashed_at, hashtags AS old_tags, next_tags, writer, CASE WHEN next_tags = '{}' THEN NULL
        WHEN writer IN ('ai', 'ai_edited') THEN 'ai_edited' ELSE 'person' END AS next_writer FROM made
), done AS (
    UPDATE image SET hashtags = next_tags, version = version + 1, updated_at = clock_timestamp(),
        origins = CASE WHEN next_writer IS NULL THEN origins - 'hashtags'
            ELSE origins || jsonb_build_object('hashtags', next_writer) END
    FROM will WHERE image.id = will.id
), noted AS (
    INSERT INTO revision (image_id, by, who, action, changes, origins)
    SELECT id, 'person', :who, 'edit',
        jsonb_build_object('hashtags', jsonb_build_array(to_jsonb(old_tags), to_jsonb(next_tags))),
        CASE WHEN writer IS NOT DISTINCT FROM next_writer THEN '{}'
            ELSE jsonb_build_object('hashtags', jsonb_build_array(writer, next_writer)) END
    FROM will ORDER BY id
)
SELECT count(*) AS every, count(*) FILTER (WHERE trashed_at IS NULL) AS live FROM will
""")

# Saved views that filter by a name go on finding the same pictures.
VIEWS = {
    "category": text(
        "UPDATE saved_view SET filters = filters || jsonb_build_object('category', CAST(:new AS text)) "
        "WHERE lower(filters->>'category') = ANY(SELECT lower(old) FROM unnest(CAST(:olds AS text[])) AS o(old))"
    ),
    "tag": text(
        "UPDATE saved_view SET filters = filters || jsonb_build_object('tag', CAST(:new AS text)) "
        "WHERE '#' || ltrim(lower(filters->>'tag'), '#') = "
        "ANY(SELECT lower(old) FROM unnest(CAST(:olds AS text[])) AS o(old))"
    ),
}


@dataclass(frozen=True)
class Changed:
    """How many pictures were changed, and how many of them are outside the trash."""

    every: int = 0
    live: int = 0

    def __add__(self, other: Changed) -> Changed:
        return Changed(self.every + other.every, self.live + other.live)


def category(session: Session, source: int, target: int | None, before: str, after: str) -> Changed:
    """Put the pictures of one category, in the trash too, into another one or none; the names are for the history."""
    values = {"source": source, "target": target, "before": before, "after": after}
    return _in_pieces(session, IN_CATEGORY, CATEGORY, values)


def hashtags(session: Session, sources: Sequence[str], target: str | None, shown: str | None) -> Changed:
    """Write one tag for several, in the trash too, in the place of the first of them; None takes them away.

    `sources` and `target` are as tags are compared. The order is kept and nothing is doubled.
    """
    values = {"sources": list(sources), "target": target, "shown": shown}
    return _in_pieces(session, WITH_TAG, HASHTAGS, values)


def views(session: Session, filter_name: str, olds: Sequence[str], new: str) -> None:
    """Let saved views follow a category or a tag to its new name."""
    session.execute(VIEWS[filter_name], {"olds": list(olds), "new": new})


def _in_pieces(session: Session, find: TextClause, change: TextClause, values: Mapping[str, Any]) -> Changed:
    """Change what is found, at most `AT_ONCE` pictures a statement, always in the order of their ids."""
    session.flush()
    named = {**values, "who": actor_of(session).name}
    changed = Changed()
    for _ in range(ROUNDS):
        ids = session.scalars(find, values).all()
        for start in range(0, len(ids), AT_ONCE):
            row = session.execute(change, {**named, "ids": list(ids[start : start + AT_ONCE])}).one()
            changed += Changed(row.every, row.live)
        if not ids:
            break
    # Pictures that were read before are read again when they are looked at.
    session.expire_all()
    return changed
