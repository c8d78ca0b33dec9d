"""Change fields of many pictures by statements over sets: a version and a revision each, as for a single edit.

All of it is one action, a row of `bulk_edit`, so that it can be undone at once (artworks/bulk/undo.py). Changes of many
pictures (artworks/bulk/bulk_edit.py) and of categories and tags (artworks/taxonomy/renames.py) are written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import Template
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from artworks.core.actor import actor_of
from artworks.edits.approval import approved_after_sql, is_empty_sql
from artworks.edits.origins import edited_origin_sql
from models import TEXT_FIELDS, BulkEdit

# So many pictures are locked at once: for an eighth of a second, which is as long as anybody else may have to wait.
CHUNK = 500
# In one order everywhere, so that two actions over the same pictures wait for each other and never crosswise.
LOCK_IMAGES = text("SELECT id FROM image WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
# How a statement locks pictures that its transaction has not locked before.
WAIT = "ORDER BY i.id FOR NO KEY UPDATE OF i"
SKIP_LOCKED = f"{WAIT} SKIP LOCKED"

# `was` are the pictures as they are, `given` what they get, `will` those of them that are different by it.
# Materialized, or values would be worked out anew wherever they are looked at. All get one moment, after the wait for
# locks.
UPDATE = Template("""
WITH was AS (
    SELECT i.id, i.trashed_at, i.status, i.origins, i.category_id, coalesce(g.name, '') AS category, $columns
        $bare AS bare
    FROM image i LEFT JOIN category g ON g.id = i.category_id
    WHERE i.id = ANY(CAST(:ids AS bigint[])) AND $which $lock
), given AS MATERIALIZED (
    SELECT $values was.* FROM was
), will AS MATERIALIZED (
    SELECT given.*, new_status, $writers AS writers, $fits AS fits
    FROM given
    CROSS JOIN LATERAL (SELECT $wordless AS wordless) AS words
    CROSS JOIN LATERAL (SELECT $status AS new_status) AS next
    WHERE $differs
), done AS (
    UPDATE image i SET $sets, origins = jsonb_strip_nulls(i.origins || w.writers), version = i.version + 1,
        updated_at = (SELECT clock_timestamp())
    FROM will w WHERE w.id = i.id AND w.fits
), noted AS (
    INSERT INTO revision (image_id, by, who, action, changes, origins, bulk_edit_id)
    SELECT id, 'person', :who, 'edit', $changes,
        (SELECT coalesce(jsonb_object_agg(key, jsonb_build_array(origins -> key, value)), '{}')
            FROM jsonb_each(writers) WHERE coalesce(origins -> key, 'null') <> value),
        :bulk_edit_id
    FROM will WHERE fits ORDER BY id
)
SELECT coalesce(array_agg(id) FILTER (WHERE fits), '{}') AS changed,
    coalesce(array_agg(id) FILTER (WHERE NOT fits), '{}') AS kept,
    count(*) FILTER (WHERE fits AND trashed_at IS NULL) AS live,
    coalesce(jsonb_object_agg(category, category_id) FILTER (WHERE category <> ''), '{}') AS categories
FROM will
""")
# With shelf_id, or a trigger would write every picture a second time.
SETS = {
    "status": f"status = w.new_status, approved = {approved_after_sql('i', 'w.new_status')}",
    "category": "category_id = w.new_category_id, shelf_id = "
    "(SELECT coalesce(g.parent_id, g.id) FROM category g WHERE g.id = w.new_category_id)",
}


@dataclass(frozen=True)
class ChunkResult:
    """What a statement did: ids of the pictures changed, and of those left because it would not have fitted.

    `live` of the changed ones are outside the trash; `categories` gives the number of each category there was.
    """

    changed: list[int]
    kept: list[int]
    live: int
    categories: dict[str, int]


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


def statement(
    values: Mapping[str, str], *, which: str, status: str | None = None, fits: str = "true", lock: str = ""
) -> TextClause:
    """Return the statement that changes some fields of pictures, each to SQL over the columns of `was`.

    A category is given by its number, and its name as `:category`. `which` chooses among the pictures of `:ids`, in
    the table `i`. `status` is the next status and `fits` whether a picture is changed at all: they may look at
    `wordless` and at the next values (`new_hashtags`, `new_status`).
    """
    others = [name for name in TEXT_FIELDS if name not in values]
    changing = [*(["status"] if status else []), *values]
    return text(
        UPDATE.substitute(
            columns="".join(f"i.{column}, " for name in values for column in _extra_columns(name)),
            bare=_all_empty(others, "i."),
            which=which,
            lock=lock,
            values="".join(f"{value} AS new_{_column(name)}, " for name, value in values.items()),
            writers=_merged({name: _origin(name) for name in values}),
            fits=fits,
            wordless=f"bare AND {_all_empty(values, 'new_')}",
            status=status or "status",
            differs=" OR ".join(_differs(name) for name in changing),
            sets=", ".join(SETS.get(name, f"{name} = w.new_{name}") for name in changing),
            changes=_merged({name: f"jsonb_build_array({name}, {_shown(name)})" for name in changing}),
        )
    )


def _column(field: str) -> str:
    return "category_id" if field == "category" else field


def _extra_columns(field: str) -> tuple[str, ...]:
    """Return the columns that a change of a field looks at besides those that are always read."""
    return {"category": (), "hashtags": ("hashtags", "hashtags_folded")}.get(field, (field,))


def _all_empty(fields: Iterable[str], prefix: str) -> str:
    return " AND ".join(is_empty_sql(name, f"{prefix}{_column(name)}") for name in fields) or "true"


def _origin(field: str) -> str:
    return edited_origin_sql(f"origins ->> '{field}'", is_empty_sql(field, f"new_{_column(field)}"))


def _differs(field: str) -> str:
    return f"{_column(field)} IS DISTINCT FROM new_{_column(field)}"


def _shown(field: str) -> str:
    return "CAST(:category AS text)" if field == "category" else f"new_{field}"


def _merged(by_field: Mapping[str, str]) -> str:
    """Return as SQL one JSON object of the fields that differ."""
    objects = [
        f"CASE WHEN {_differs(name)} THEN jsonb_build_object('{name}', {value}) ELSE '{{}}' END"
        for name, value in by_field.items()
    ]
    return " || ".join(objects) or "CAST('{}' AS jsonb)"


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """Return ids in the pieces that are worked on at once."""
    return (list(ids[start : start + CHUNK]) for start in range(0, len(ids), CHUNK))


def update_chunk(
    session: Session, action_id: int, change: TextClause, ids: Sequence[int], values: Mapping[str, Any]
) -> ChunkResult:
    """Change some pictures as a `statement` says, with `values` for what it names."""
    named = {**values, "ids": list(ids), "bulk_edit_id": action_id, "who": actor_of(session).name}
    return ChunkResult(**session.execute(change, named).one()._mapping)


def update_all(
    session: Session, action_id: int, find: TextClause, change: TextClause, values: Mapping[str, Any]
) -> UpdateCount:
    """Change all pictures whose ids `find` lists, a chunk at a time in this transaction."""
    session.flush()
    changed = UpdateCount()
    for chunk in chunks(session.scalars(find, values).all()):
        done = update_chunk(session, action_id, change, chunk, values)
        changed += UpdateCount(len(done.changed), done.live)
    return changed


def start_action(session: Session, what: str, fields: Sequence[str]) -> BulkEdit:
    """Return a new action that may change some fields of pictures; `what` says in words what it does."""
    action = BulkEdit(what=what, more={"fields": list(fields)})
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
