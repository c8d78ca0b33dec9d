"""Functions that find what they use whatever the search_path is: `pg_dump` restores with an empty one.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# As in step 0001: signs that are neither letter nor digit.
SIGNS = (
    r"\u0001-\u002F\u003A-\u0040\u005B-\u005E\u0060\u007B-\u00A9\u00AB-\u00B4\u00B6-\u00B9\u00BB-\u00BF\u00D7\u00F7"
    r"\u2000-\u200B\u200E-\u206F\u2190-\u2BFF\u3000-\u3004\u3008-\u3020\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40"
    r"\uFF5B-\uFF65\U0001F000-\U0001FAFF"
)

# As in step 0003, with the schema before what is ours. They make the generated columns of a restored table row by row,
# so they get no SET clause, with which image_words takes two thirds longer on a file's name.
FINDING = f"""
CREATE OR REPLACE FUNCTION $schema.image_words(words text)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    -- Cut because a tsvector may not be longer than 1 MB.
    -- Without signs, because PostgreSQL reads "oil/canvas", "30.5" and "IMG_2043.jpeg" as one word each.
    -- A text of plain ASCII, which most are, is done with twenty times sooner.
    IF octet_length(words) = char_length(words) THEN
        RETURN regexp_replace(lower(left(words, 40000)), '[^a-z0-9 ]+', ' ', 'g');
    END IF;
    RETURN regexp_replace($called.image_plain(lower(left(words, 40000))), '[_{SIGNS}]+', ' ', 'g');
END $$;
CREATE OR REPLACE FUNCTION $schema.image_search(
    post_title text, description text, hashtags text[], key_points text, original_filename text
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight(to_tsvector('simple'::regconfig, $called.image_words(post_title)), 'A')
        || setweight(to_tsvector('simple'::regconfig, $called.image_words(array_to_string(hashtags, ' '))), 'B')
        || setweight(to_tsvector('simple'::regconfig, $called.image_words(key_points)), 'C')
        || setweight(to_tsvector('simple'::regconfig, $called.image_words(description)), 'C')
        || setweight(to_tsvector('simple'::regconfig, $called.image_words(original_filename)), 'D')
$$;
"""

# Those that read or write tables. Each is called once for a statement or once for a row that a person changed.
TRIGGERS = (
    "usage_sum()",
    "batch_item_count()",
    "image_shelf()",
    "category_moved()",
    "image_added()",
    "image_removed()",
    "image_changed()",
    "collection_image_added()",
    "collection_image_removed()",
    "image_leaves()",
    "count_settle()",
)


def upgrade() -> None:
    """Name the schema in every function; results stay the same, so no row is written anew."""
    schema = _schema()
    _run(FINDING.replace("$schema", schema).replace("$called", schema))
    for function in TRIGGERS:
        # Temporary tables last: none of them may stand in for one of ours.
        _run(f"ALTER FUNCTION {schema}.{function} SET search_path = {schema}, pg_temp")


def downgrade() -> None:
    """Let the functions look along the search_path again."""
    schema = _schema()
    _run(FINDING.replace("$schema", schema).replace("$called.", ""))
    for function in TRIGGERS:
        _run(f"ALTER FUNCTION {schema}.{function} RESET search_path")


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
