"""What became of the names of categories and tags, so that older words come back under the names of today.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels = None
depends_on = None

FUNCTIONS = """
CREATE FUNCTION $schema.name_key(kind text, name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN kind = 'tag' THEN ($schema.image_fold(ARRAY[name]))[1] ELSE $schema.name_fold(name) END
$$;
CREATE FUNCTION $schema.name_now(kind text, name text, since timestamptz)
RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    shown text := name;
    step record;
    last bigint := 0;
BEGIN
    LOOP
        SELECT c.id, c.after INTO step FROM $schema.name_change c
        WHERE c.kind = name_now.kind AND c.before = $schema.name_key(name_now.kind, shown)
            AND c.at >= since AND c.id > last ORDER BY c.id LIMIT 1;
        EXIT WHEN NOT FOUND;
        shown := step.after;
        last := step.id;
        EXIT WHEN shown = '';
    END LOOP;
    RETURN shown;
END $$;
CREATE FUNCTION $schema.hashtags_now(tags jsonb, since timestamptz)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_agg(tag ORDER BY place), '[]') FROM (
        SELECT DISTINCT ON ($schema.name_key('tag', tag)) tag, place FROM (
            SELECT $schema.name_now('tag', was, since) AS tag, place
            FROM jsonb_array_elements_text(tags) WITH ORDINALITY AS each(was, place)
        ) AS renamed WHERE tag <> '' ORDER BY $schema.name_key('tag', tag), place
    ) AS first
$$;
"""
# What is known of before: actions over many pictures note it, where they were not undone. Of older ones the log of what
# happened has the names, of several tags that became one at most five. Who only renamed a category left no trace.
KNOWN = r"""
INSERT INTO name_change (at, kind, before, after, bulk_edit_id)
WITH action AS (
    SELECT * FROM bulk_edit WHERE undone_at IS NULL AND NOT jsonb_exists(more, 'undone')
), tags AS (
    SELECT b.id, b.at, b.what, each.place, each.pair ->> 0 AS before,
        CASE WHEN b.what LIKE 'removed #%' THEN '' ELSE substring(b.what FROM ' (?:to|into) (#\S+)$') END AS after
    FROM action b CROSS JOIN jsonb_array_elements(b.more -> 'spelled') WITH ORDINALITY AS each(pair, place)
    WHERE b.what ~ '^(renamed|merged|removed) #'
), gone AS (
    SELECT b.id, b.at, b.what, each.place, each.name ->> 1 AS before, b.more -> 'gone' -> 0 ->> 1 AS top,
        array(SELECT jsonb_object_keys(b.more -> 'category')) AS targets
    FROM action b CROSS JOIN jsonb_array_elements(b.more -> 'gone') WITH ORDINALITY AS each(name, place)
), categories AS (
    SELECT id, at, place, before, CASE WHEN what LIKE 'deleted category %' THEN '' ELSE (
        SELECT name FROM unnest(targets) AS name
        WHERE CASE WHEN before = top THEN what = format('merged category “%s” into “%s”', top, name)
            ELSE name_fold(split_part(name, ' / ', 2)) = name_fold(split_part(before, ' / ', 2)) END LIMIT 1
    ) END AS after FROM gone
), moved AS (
    SELECT b.id, b.at, each.place, each.part ->> 1 AS before, each.part ->> 3 AS after
    FROM action b CROSS JOIN jsonb_array_elements(b.more -> 'moved') WITH ORDINALITY AS each(part, place)
), told AS (
    SELECT a.at, CASE WHEN a.action = 'category merged' THEN 'category' ELSE 'tag' END AS kind, names.place,
        names.before, a.detail ->> 'into' AS after
    FROM audit a CROSS JOIN LATERAL unnest(CASE WHEN a.action = 'tags merged'
        THEN string_to_array(regexp_replace(a.target, ' and [0-9,]+ more$', ''), ', ') ELSE ARRAY[a.target] END
    ) WITH ORDINALITY AS names(before, place)
    WHERE a.action IN ('category merged', 'tag renamed', 'tags merged') AND a.detail ->> 'into' <> ''
        AND a.at < coalesce((SELECT min(at) FROM bulk_edit WHERE jsonb_exists(more, 'spelled')
            OR jsonb_exists(more, 'gone')), now())
), known AS (
    SELECT at, id, 'tag' AS kind, place, before, after FROM tags
    UNION ALL SELECT at, id, 'category', place, before, after FROM categories
    UNION ALL SELECT at, id, 'category', place, before, after FROM moved
    UNION ALL SELECT at, NULL, kind, place, before, after FROM told
)
SELECT at, kind, name_key(kind, before), after, id FROM known
WHERE before <> '' AND after IS NOT NULL AND name_key(kind, before) <> name_key(kind, after)
ORDER BY at, id, kind, place
"""


def upgrade() -> None:
    """Add the table and the functions that follow a name through it, and carry over what is known."""
    op.create_table(
        "name_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("bulk_edit_id", sa.BigInteger(), sa.ForeignKey("bulk_edit.id", ondelete="SET NULL")),
        sa.CheckConstraint("kind IN ('category', 'tag')", name="name_change_kind_check"),
    )
    op.create_index("name_change_before", "name_change", ["kind", "before", "id"])
    op.create_index("name_change_bulk_edit", "name_change", ["bulk_edit_id"])
    _run(FUNCTIONS.replace("$schema", _schema()))
    _run(KNOWN)


def downgrade() -> None:
    """Drop them; older words come back under their old names again."""
    op.execute("DROP FUNCTION hashtags_now(jsonb, timestamptz)")
    op.execute("DROP FUNCTION name_now(text, text, timestamptz)")
    op.drop_table("name_change")
    op.execute("DROP FUNCTION name_key(text, text)")


def _schema() -> str:
    """Give the schema that our tables are in, quoted; it need not be the one that new tables would come into."""
    return str(
        op.get_bind().scalar(
            sa.text("SELECT quote_ident(nspname) FROM pg_namespace JOIN pg_class c ON c.relnamespace = pg_namespace.oid"
                    " WHERE c.oid = to_regclass('image')")
        )
    )  # fmt: skip


def _run(statement: str) -> None:
    # A colon in these statements is no parameter.
    op.execute(sa.text(statement.replace(":", r"\:")))
