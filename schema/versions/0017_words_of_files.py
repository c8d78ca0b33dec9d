"""Pictures whose words came with their file are found by `by:file`.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BY_FILE = """
    || CASE WHEN jsonb_path_exists(origins, '$.* ? (@ == "file")')
        THEN '{by:file}'::text[] ELSE '{}' END"""
# As in step 0003, with $by_file.
FACTS = """
CREATE OR REPLACE FUNCTION $schema.image_facts(
    post_title text, description text, hashtags text[], category_id bigint, key_points text, alt_text text,
    origins jsonb, width integer, height integer, colour_names text[]
) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- What is asked for by a word and not by a range; each "has" has its "missing", so that an index answers both.
    SELECT ARRAY[
        CASE WHEN post_title = '' THEN 'missing:post_title' ELSE 'has:post_title' END,
        CASE WHEN description = '' THEN 'missing:description' ELSE 'has:description' END,
        CASE WHEN hashtags = '{}' THEN 'missing:hashtags' ELSE 'has:hashtags' END,
        CASE WHEN category_id IS NULL THEN 'missing:category' ELSE 'has:category' END,
        CASE WHEN key_points = '' THEN 'missing:key_points' ELSE 'has:key_points' END,
        CASE WHEN alt_text = '' THEN 'missing:alt_text' ELSE 'has:alt_text' END
    ]
    || CASE WHEN jsonb_path_exists(origins, '$.* ? (@ == "ai" || @ == "ai_edited")')
        THEN '{by:ai}'::text[] ELSE '{}' END
    || CASE WHEN jsonb_path_exists(origins, '$.* ? (@ == "person" || @ == "ai_edited")')
        THEN '{by:me}'::text[] ELSE '{}' END
    || CASE WHEN jsonb_path_exists(origins, '$.* ? (@ == "placeholder")')
        THEN '{by:placeholder}'::text[] ELSE '{}' END$by_file
    || CASE WHEN width > height THEN '{orientation:landscape}'::text[]
        WHEN width < height THEN '{orientation:portrait}' WHEN width = height THEN '{orientation:square}'
        ELSE '{}' END
    || coalesce((SELECT array_agg('colour:' || name) FROM unnest(colour_names) AS c(name)), '{}')
$$;
"""
# The program before knows no such writer; the words were the person's in any case.
WRITTEN_BY_PERSON = """
UPDATE image SET origins = (
    SELECT jsonb_object_agg(key, CASE value WHEN '"file"' THEN '"person"'::jsonb ELSE value END)
    FROM jsonb_each(origins)
) WHERE jsonb_path_exists(origins, '$.* ? (@ == "file")')
"""


def upgrade() -> None:
    """Let the facts of a picture have the new one; no picture has it yet, so no row is written anew."""
    _run(FACTS.replace("$schema", _schema()).replace("$by_file", BY_FILE))


def downgrade() -> None:
    """Take it out, and with it the facts of the pictures that have it."""
    _run(FACTS.replace("$schema", _schema()).replace("$by_file", ""))
    _run(WRITTEN_BY_PERSON)


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
