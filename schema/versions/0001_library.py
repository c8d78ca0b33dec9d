"""The library's tables, and the adoption of an older database that had one table and no version.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OLD = "image_before_adoption"
SUFFIX = "_before_adoption"
NEEDED = {"id", "original_filename", "stored_filename"}

# Signs that are neither letter nor digit, by number and not as "not alphanumeric": what counts as a letter
# depends on the server's locale, and marks that belong inside the words of Indic scripts are no letters
# anywhere. In order: ASCII but `_`, Latin-1, general punctuation (without the two joiners), arrows to
# pictographs, CJK, full-width, emoji.
SIGNS = (
    r"\u0001-\u002F\u003A-\u0040\u005B-\u005E\u0060\u007B-\u00A9\u00AB-\u00B4\u00B6-\u00B9\u00BB-\u00BF\u00D7\u00F7"
    r"\u2000-\u200B\u200E-\u206F\u2190-\u2BFF\u3000-\u3004\u3008-\u3020\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40"
    r"\uFF5B-\uFF65\U0001F000-\U0001FAFF"
)
# Emoji may stand in a hashtag; they are cut out only where words are told apart for searching.
TAG_SIGNS = SIGNS.replace(r"\u2190-\u2BFF", "").replace(r"\U0001F000-\U0001FAFF", "")
BETWEEN_TAGS = r"[\s,;#，、；،＃]+"

FUNCTIONS = f"""
CREATE FUNCTION image_fold(words text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- Cut because an index entry may not be longer than about 2,700 bytes.
    SELECT coalesce(array_agg(lower(left(word, 200)) ORDER BY place), '{{}}')
    FROM unnest(words) WITH ORDINALITY AS u(word, place)
$$;
CREATE FUNCTION image_search_text(
    post_title text, description text, hashtags text[], key_points text, original_filename text
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- Cut because a tsvector may not be longer than 1 MB.
    -- Without signs, because PostgreSQL reads "oil/canvas", "30.5" and "IMG_2043.jpeg" as one word each.
    SELECT regexp_replace(
        left(
            concat_ws(
                ' ', post_title, description, key_points, array_to_string(hashtags, ' '), original_filename
            ),
            200000
        ),
        '[_{SIGNS}]', ' ', 'g'
    )
$$;
"""

LIVE = sa.text("trashed_at IS NULL")
TEXTS = sa.ARRAY(sa.Text())
SEARCH = (
    "to_tsvector('simple'::regconfig, "
    "image_search_text(post_title, description, hashtags, key_points, original_filename))"
)


def upgrade() -> None:
    """Make the functions and tables; move the rows of an older database over."""
    adopting = _set_old_table_aside()
    op.execute(sa.text(FUNCTIONS.replace(":", r"\:")))
    _create_category()
    _create_image()
    _create_words()
    _create_ai()
    if adopting:
        _adopt()


def downgrade() -> None:
    """Drop the tables and functions; an adopted database gets its old table back as it was."""
    for table in ("rate_bucket", "usage", "feedback", "revision", "suggestion", "image", "category"):
        op.drop_table(table)
    op.execute("DROP FUNCTION image_search_text(text, text, text[], text, text)")
    op.execute("DROP FUNCTION image_fold(text[])")
    if _columns(OLD):
        op.rename_table(OLD, "image")
        for name in _belongings("image"):
            op.execute(_rename(name, name.removesuffix(SUFFIX)))


def _create_category() -> None:
    op.create_table(
        "category",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        _moment("created_at"),
    )
    op.create_index("category_name_key", "category", [sa.text("lower(name)")], unique=True)


def _create_image() -> None:
    op.create_table(
        "image",
        _id(),
        sa.Column("original_filename", sa.Text(), nullable=False),
        sa.Column("stored_filename", sa.Text(), nullable=False),
        _words("post_title"),
        _words("description"),
        sa.Column("hashtags", TEXTS, server_default="{}", nullable=False),
        sa.Column("category_id", sa.BigInteger(), sa.ForeignKey("category.id", ondelete="SET NULL")),
        _words("key_points"),
        _words("alt_text"),
        sa.Column("status", sa.Text(), server_default="new", nullable=False),
        _json("origins"),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("size_bytes", sa.BigInteger()),
        sa.Column("media_type", sa.Text()),
        sa.Column("sha256", sa.Text()),
        sa.Column("rendition_type", sa.Text()),
        sa.Column("colours", TEXTS, server_default="{}", nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        sa.Column("trashed_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "hashtags_folded", TEXTS, sa.Computed("image_fold(hashtags)", persisted=True), nullable=False
        ),
        sa.Column("search", TSVECTOR(), sa.Computed(SEARCH, persisted=True), nullable=False),
        sa.CheckConstraint("status IN ('new', 'draft', 'ready')", name="image_status_check"),
    )
    newest = [sa.text("created_at DESC"), sa.text("id DESC")]
    title = [sa.text("(post_title = '')"), sa.text("lower(left(post_title, 200))"), sa.text("id")]
    op.create_index("image_newest", "image", newest, postgresql_where=LIVE)
    op.create_index("image_title", "image", title, postgresql_where=LIVE)
    op.create_index("image_status", "image", ["status", *newest], postgresql_where=LIVE)
    op.create_index("image_category", "image", ["category_id", *newest])
    op.create_index("image_hashtags", "image", ["hashtags_folded"], postgresql_using="gin")
    op.create_index("image_search", "image", ["search"], postgresql_using="gin")
    op.create_index("image_sha256", "image", ["sha256"])
    trashed = [sa.text("trashed_at DESC"), sa.text("id DESC")]
    op.create_index("image_trashed", "image", trashed, postgresql_where=sa.text("trashed_at IS NOT NULL"))
    op.create_index("image_stored_filename_key", "image", ["stored_filename"], unique=True)


def _create_words() -> None:
    """Make what hangs on a picture's words: suggestion, revision, feedback."""
    op.create_table(
        "suggestion",
        sa.Column("image_id", sa.BigInteger(), _image_key("CASCADE"), primary_key=True),
        sa.Column("fields", JSONB(), nullable=False),
        _words("note"),
        _words("feedback"),
        sa.Column("source", sa.Text(), nullable=False),
        _moment("created_at"),
    )
    op.create_table(
        "revision",
        _id(),
        sa.Column("image_id", sa.BigInteger(), _image_key("CASCADE"), nullable=False),
        _moment("at"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        _json("changes"),
        _json("origins"),
        sa.Column("usd", sa.Numeric(14, 6)),
    )
    op.create_index("revision_image", "revision", ["image_id", sa.text("id DESC")])
    op.create_table(
        "feedback",
        _id(),
        sa.Column("image_id", sa.BigInteger(), _image_key("CASCADE"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _moment("at"),
    )
    op.create_index("feedback_image", "feedback", ["image_id", sa.text("id DESC")])


def _create_ai() -> None:
    """Make what keeps the calls to the AI service within their limits: usage and rate_bucket."""
    op.create_table(
        "usage",
        _id(),
        _moment("at"),
        sa.Column("image_id", sa.BigInteger(), _image_key("SET NULL")),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _words("error"),
        sa.Column("input_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("usd", sa.Numeric(14, 6), server_default="0", nullable=False),
        sa.Column("seconds", sa.Double()),
        sa.CheckConstraint(
            "state IN ('reserved', 'ok', 'failed', 'cancelled', 'lost')", name="usage_state_check"
        ),
    )
    op.create_index("usage_at", "usage", ["at"])
    op.create_index("usage_image", "usage", ["image_id"])
    op.create_index("usage_reserved", "usage", ["at"], postgresql_where=sa.text("state = 'reserved'"))
    op.create_table(
        "rate_bucket",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("refilled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True)),
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(), server_default="{}", nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def _image_key(ondelete: str) -> sa.ForeignKey:
    return sa.ForeignKey("image.id", ondelete=ondelete)


def _columns(table: str) -> dict[str, str]:
    """Give the columns of a table and their types; empty when there is no such table."""
    query = sa.text(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = :table"
    )
    return {row.column_name: row.data_type for row in op.get_bind().execute(query, {"table": table})}


def _belongings(table: str) -> list[str]:
    """Give the names of a table's indexes and sequences, which would be in the way of the new ones."""
    query = sa.text(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND ("
        " c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = to_regclass(quote_ident(:table)))"
        " OR c.relkind = 'S' AND c.oid IN (SELECT objid FROM pg_depend WHERE deptype IN ('a', 'i')"
        "  AND classid = 'pg_class'::regclass AND refobjid = to_regclass(quote_ident(:table)))) ORDER BY 1"
    )
    return list(op.get_bind().scalars(query, {"table": table}))


def _rename(name: str, new: str) -> sa.TextClause:
    quote = op.get_bind().dialect.identifier_preparer.quote_identifier
    # ALTER TABLE renames indexes and sequences as well.
    return sa.text(f"ALTER TABLE {quote(name)} RENAME TO {quote(new)}".replace(":", r"\:"))


def _set_old_table_aside() -> bool:
    """Rename the table of an older database, with what belongs to it; tell whether there was one."""
    columns = _columns("image")
    if not columns:
        return False
    if missing := NEEDED - columns.keys():
        raise ValueError(f"The table image has no column {min(missing)}, so it is not one of this program's.")
    for name in _belongings("image"):
        op.execute(_rename(name, name[: 63 - len(SUFFIX)] + SUFFIX))
    op.rename_table("image", OLD)
    return True


def _adopt() -> None:
    """Copy the rows of the old table, which is kept, with their ids, words and times."""
    columns = _columns(OLD)

    def old(name: str) -> str:
        return f"coalesce(CAST({name} AS text), '')" if name in columns else "''"

    created = "created_at" if "created_at" in columns else "NULL::timestamptz"
    if columns.get("created_at") == "timestamp without time zone":
        # The older program wrote utcnow() without saying so.
        created = "created_at AT TIME ZONE 'UTC'"
    plain = f"""
        SELECT id, coalesce({created}, now()) AS created_at,
            {old("original_filename")} AS original_filename, {old("stored_filename")} AS stored_filename,
            {old("post_title")} AS post_title, {old("description")} AS description,
            {old("hashtags")} AS hashtags, {old("key_points")} AS key_points,
            btrim({old("category")}, E' \\t\\r\\n') AS category
        FROM {OLD}
    """
    op.execute(_sql(f"CREATE TEMPORARY TABLE adopted ON COMMIT DROP AS {plain}"))
    op.execute(_sql(ADOPT_CATEGORIES))
    op.execute(_sql(ADOPT_IMAGES))
    following = "greatest(max(id), 1), max(id) IS NOT NULL"
    op.execute(f"SELECT setval(pg_get_serial_sequence('image', 'id'), {following}) FROM image")
    op.execute("DROP TABLE adopted")


def _sql(statement: str) -> sa.TextClause:
    """Take a statement literally: a colon in it is no parameter."""
    return sa.text(statement.replace(":", r"\:"))


# An index entry may not be longer than about 2,700 bytes; nobody files pictures under 500 characters.
ADOPT_CATEGORIES = """
    INSERT INTO category (name)
    SELECT name FROM (
        SELECT DISTINCT ON (lower(left(category, 500))) left(category, 500) AS name, id
        FROM adopted WHERE category <> '' ORDER BY lower(left(category, 500)), id
    ) AS first ORDER BY id
"""

# The stored name is the key of the file and must be unique. The lowest id keeps a name that several rows
# share; the others, and rows without a name, get one that carries their id, under which no file is found: the
# row survives and shows that its picture is missing.
ADOPT_IMAGES = f"""
    INSERT INTO image (
        id, original_filename, stored_filename, post_title, description, hashtags, category_id, key_points,
        status, origins, created_at, updated_at
    )
    SELECT a.id,
        coalesce(nullif(a.original_filename, ''), nullif(a.stored_filename, ''), 'picture'),
        CASE
            WHEN a.stored_filename = '' OR octet_length(a.stored_filename) > 1000 THEN 'missing-' || a.id
            WHEN row_number() OVER (PARTITION BY a.stored_filename ORDER BY a.id) > 1
                THEN 'missing-' || a.id || '-' || a.stored_filename
            ELSE a.stored_filename
        END,
        a.post_title, a.description, t.tags, c.id, a.key_points,
        CASE WHEN a.post_title || a.description = '' THEN 'new' ELSE 'draft' END,
        jsonb_strip_nulls(jsonb_build_object(
            'post_title', CASE WHEN a.post_title <> '' THEN 'person' END,
            'description', CASE WHEN a.description <> '' THEN 'person' END,
            'hashtags', CASE WHEN t.tags <> '{{}}' THEN 'person' END,
            'category', CASE WHEN c.id IS NOT NULL THEN 'person' END,
            'key_points', CASE WHEN a.key_points <> '' THEN 'person' END
        )),
        a.created_at, a.created_at
    FROM adopted a
    LEFT JOIN category c ON lower(c.name) = lower(left(a.category, 500))
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(tag ORDER BY place), '{{}}') AS tags FROM (
            SELECT DISTINCT ON (lower(word)) '#' || word AS tag, place FROM (
                SELECT regexp_replace(part, '[{TAG_SIGNS}]', '', 'g') AS word, place
                FROM regexp_split_to_table(a.hashtags, '{BETWEEN_TAGS}') WITH ORDINALITY AS s(part, place)
            ) AS words WHERE word <> '' ORDER BY lower(word), place
        ) AS firsts
    ) AS t
    ORDER BY a.id
"""
