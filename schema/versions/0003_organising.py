"""Nested categories, tags, collections, saved views and bulk edits; counts that are kept; finding by words and looks.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LIVE = sa.text("trashed_at IS NULL")
THIS_TRANSACTION = sa.text("(pg_current_xact_id())\\:\\:text")

# As in step 0001: signs that are neither letter nor digit.
SIGNS = (
    r"\u0001-\u002F\u003A-\u0040\u005B-\u005E\u0060\u007B-\u00A9\u00AB-\u00B4\u00B6-\u00B9\u00BB-\u00BF\u00D7\u00F7"
    r"\u2000-\u200B\u200E-\u206F\u2190-\u2BFF\u3000-\u3004\u3008-\u3020\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40"
    r"\uFF5B-\uFF65\U0001F000-\U0001FAFF"
)

FINDING = f"""
CREATE FUNCTION image_plain(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- Without accents. Accents are signs of their own once a text is decomposed; what does not decompose is named here.
    SELECT replace(replace(replace(translate(
        normalize(regexp_replace(normalize(words, NFD), '[\\u0300-\\u036F]', '', 'g'), NFC),
        'øØłŁđĐıðÐ', 'oOlLdDidD'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')
$$;
CREATE FUNCTION image_words(words text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    -- Cut because a tsvector may not be longer than 1 MB.
    -- Without signs, because PostgreSQL reads "oil/canvas", "30.5" and "IMG_2043.jpeg" as one word each.
    -- A text of plain ASCII, which most are, is done with twenty times sooner.
    IF octet_length(words) = char_length(words) THEN
        RETURN regexp_replace(lower(left(words, 40000)), '[^a-z0-9 ]+', ' ', 'g');
    END IF;
    RETURN regexp_replace(image_plain(lower(left(words, 40000))), '[_{SIGNS}]+', ' ', 'g');
END $$;
CREATE FUNCTION image_search(
    post_title text, description text, hashtags text[], key_points text, original_filename text
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight(to_tsvector('simple'::regconfig, image_words(post_title)), 'A')
        || setweight(to_tsvector('simple'::regconfig, image_words(array_to_string(hashtags, ' '))), 'B')
        || setweight(to_tsvector('simple'::regconfig, image_words(key_points)), 'C')
        || setweight(to_tsvector('simple'::regconfig, image_words(description)), 'C')
        || setweight(to_tsvector('simple'::regconfig, image_words(original_filename)), 'D')
$$;
CREATE FUNCTION image_facts(
    post_title text, description text, hashtags text[], category_id bigint, key_points text, alt_text text,
    origins jsonb, width integer, height integer, colour_names text[]
) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- What is asked for by a word and not by a range; each "has" has its "missing", so that an index answers both.
    SELECT ARRAY[
        CASE WHEN post_title = '' THEN 'missing:post_title' ELSE 'has:post_title' END,
        CASE WHEN description = '' THEN 'missing:description' ELSE 'has:description' END,
        CASE WHEN hashtags = '{{}}' THEN 'missing:hashtags' ELSE 'has:hashtags' END,
        CASE WHEN category_id IS NULL THEN 'missing:category' ELSE 'has:category' END,
        CASE WHEN key_points = '' THEN 'missing:key_points' ELSE 'has:key_points' END,
        CASE WHEN alt_text = '' THEN 'missing:alt_text' ELSE 'has:alt_text' END
    ]
    || CASE WHEN jsonb_path_exists(origins, '$.* ? (@ == "ai" || @ == "ai_edited")')
        THEN '{{by:ai}}'::text[] ELSE '{{}}' END
    || CASE WHEN jsonb_path_exists(origins, '$.* ? (@ == "person" || @ == "ai_edited")')
        THEN '{{by:me}}'::text[] ELSE '{{}}' END
    || CASE WHEN jsonb_path_exists(origins, '$.* ? (@ == "placeholder")')
        THEN '{{by:placeholder}}'::text[] ELSE '{{}}' END
    || CASE WHEN width > height THEN '{{orientation:landscape}}'::text[]
        WHEN width < height THEN '{{orientation:portrait}}' WHEN width = height THEN '{{orientation:square}}'
        ELSE '{{}}' END
    || coalesce((SELECT array_agg('colour:' || name) FROM unnest(colour_names) AS c(name)), '{{}}')
$$;
"""

SEARCH = "image_search(post_title, description, hashtags, key_points, original_filename)"
FACTS = (
    "image_facts(post_title, description, hashtags, category_id, key_points, alt_text, "
    "origins, width, height, colour_names)"
)
# Four pieces of the look, each marked with its place, so that one index finds what shares a piece.
BANDS = (
    "CASE WHEN look IS NULL THEN '{}' ELSE ARRAY[((look >> 48) & 65535)::int, (65536 + ((look >> 32) & 65535))::int, "
    "(131072 + ((look >> 16) & 65535))::int, (196608 + (look & 65535))::int] END"
)

# Counts are kept by the database: every statement that changes pictures leaves what it changed in `count_change`, and
# the commit adds it to the counts, always in one order, so that the rows that many transactions share are locked only
# while it commits and no two wait for each other.
COUNTS = """
CREATE FUNCTION image_shelf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.shelf_id := (SELECT coalesce(parent_id, id) FROM category WHERE id = NEW.category_id);
    RETURN NEW;
END $$;
-- Not before an update: with a trigger there PostgreSQL would make every generated column anew for every change.
CREATE TRIGGER image_shelf BEFORE INSERT ON image
    FOR EACH ROW EXECUTE FUNCTION image_shelf();
CREATE FUNCTION category_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE image SET shelf_id = coalesce(NEW.parent_id, NEW.id) WHERE category_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER category_moved AFTER UPDATE OF parent_id ON category
    FOR EACH ROW WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION category_moved();

CREATE FUNCTION image_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO count_change (kind, key, shown, change)
    SELECT kind, key, max(shown), count(*) FROM (
        SELECT 'status' AS kind, status AS key, '' AS shown FROM added WHERE trashed_at IS NULL
        UNION ALL SELECT 'category', category_id::text, '' FROM added
            WHERE trashed_at IS NULL AND category_id IS NOT NULL
        UNION ALL SELECT 'tag', folded, tag FROM added, unnest(hashtags_folded, hashtags) AS t(folded, tag)
            WHERE trashed_at IS NULL
    ) AS facts GROUP BY kind, key;
    RETURN NULL;
END $$;
CREATE FUNCTION image_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO count_change (kind, key, shown, change)
    SELECT kind, key, '', -count(*) FROM (
        SELECT 'status' AS kind, status AS key FROM removed WHERE trashed_at IS NULL
        UNION ALL SELECT 'category', category_id::text FROM removed WHERE trashed_at IS NULL AND category_id IS NOT NULL
        UNION ALL SELECT 'tag', folded FROM removed, unnest(hashtags_folded) AS t(folded) WHERE trashed_at IS NULL
    ) AS facts GROUP BY kind, key;
    RETURN NULL;
END $$;
CREATE FUNCTION image_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- For whoever does not set the shelf with the category. Asked first: an update of nothing would come here again.
    IF EXISTS (
        SELECT FROM before o JOIN after n USING (id) LEFT JOIN category c ON c.id = n.category_id
        WHERE o.category_id IS DISTINCT FROM n.category_id AND n.shelf_id IS DISTINCT FROM coalesce(c.parent_id, c.id)
    ) THEN
        UPDATE image i SET shelf_id = coalesce(c.parent_id, c.id)
        FROM before o JOIN after n USING (id) LEFT JOIN category c ON c.id = n.category_id
        WHERE i.id = n.id AND o.category_id IS DISTINCT FROM n.category_id;
    END IF;
    INSERT INTO count_change (kind, key, shown, change)
    WITH changed AS (
        SELECT o.id, o.status AS old_status, n.status, o.category_id AS old_category, n.category_id,
            o.hashtags_folded AS old_tags, n.hashtags_folded AS tags, n.hashtags,
            o.trashed_at IS NULL AS was_live, n.trashed_at IS NULL AS is_live
        FROM before o JOIN after n USING (id)
        WHERE (o.status, o.category_id, o.hashtags_folded, o.trashed_at IS NULL)
            IS DISTINCT FROM (n.status, n.category_id, n.hashtags_folded, n.trashed_at IS NULL)
    )
    SELECT kind, key, max(shown), sum(change) FROM (
        SELECT 'status' AS kind, old_status AS key, '' AS shown, -1 AS change FROM changed WHERE was_live
        UNION ALL SELECT 'status', status, '', 1 FROM changed WHERE is_live
        UNION ALL SELECT 'category', old_category::text, '', -1 FROM changed WHERE was_live AND old_category IS NOT NULL
        UNION ALL SELECT 'category', category_id::text, '', 1 FROM changed WHERE is_live AND category_id IS NOT NULL
        UNION ALL SELECT 'tag', folded, '', -1 FROM changed, unnest(old_tags) AS t(folded) WHERE was_live
        UNION ALL SELECT 'tag', folded, tag, 1 FROM changed, unnest(tags, hashtags) AS t(folded, tag) WHERE is_live
        UNION ALL SELECT 'collection', c.collection_id::text, '', is_live::int - was_live::int
            FROM changed JOIN collection_image c ON c.image_id = changed.id WHERE was_live <> is_live
    ) AS facts GROUP BY kind, key HAVING sum(change) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER image_added AFTER INSERT ON image REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION image_added();
CREATE TRIGGER image_removed AFTER DELETE ON image REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION image_removed();
CREATE TRIGGER image_changed AFTER UPDATE ON image REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION image_changed();

CREATE FUNCTION collection_image_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO count_change (kind, key, shown, change)
    SELECT 'collection', collection_id::text, '', count(*) FROM added JOIN image i ON i.id = added.image_id
    WHERE i.trashed_at IS NULL GROUP BY collection_id;
    RETURN NULL;
END $$;
CREATE FUNCTION collection_image_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO count_change (kind, key, shown, change)
    SELECT 'collection', collection_id::text, '', -count(*) FROM removed JOIN image i ON i.id = removed.image_id
    WHERE i.trashed_at IS NULL GROUP BY collection_id;
    RETURN NULL;
END $$;
CREATE FUNCTION image_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Before the picture is gone, so that it is known whether it counted.
    DELETE FROM collection_image WHERE image_id = OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER image_leaves BEFORE DELETE ON image FOR EACH ROW EXECUTE FUNCTION image_leaves();
CREATE TRIGGER collection_image_added AFTER INSERT ON collection_image REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION collection_image_added();
CREATE TRIGGER collection_image_removed AFTER DELETE ON collection_image REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION collection_image_removed();

CREATE FUNCTION count_settle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one record;
BEGIN
    -- The first of a transaction settles all of it; the others find nothing.
    FOR one IN
        WITH mine AS (
            DELETE FROM count_change WHERE xact = pg_current_xact_id()::text RETURNING kind, key, shown, change
        )
        SELECT kind, key, max(shown) AS shown, sum(change) AS change FROM mine
        GROUP BY kind, key HAVING sum(change) <> 0 ORDER BY kind, key
    LOOP
        CASE one.kind
            WHEN 'status' THEN
                INSERT INTO status_count AS s (status, images) VALUES (one.key, one.change)
                ON CONFLICT (status) DO UPDATE SET images = s.images + excluded.images;
            WHEN 'category' THEN
                UPDATE category SET images = images + one.change WHERE id = one.key::bigint;
            WHEN 'tag' THEN
                INSERT INTO tag AS t (folded, shown, images) VALUES (one.key, one.shown, one.change)
                ON CONFLICT (folded) DO UPDATE SET images = t.images + excluded.images,
                    shown = CASE WHEN t.images = 0 AND excluded.shown <> '' THEN excluded.shown ELSE t.shown END;
            WHEN 'collection' THEN
                UPDATE collection SET images = images + one.change WHERE id = one.key::bigint;
        END CASE;
    END LOOP;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER count_settle AFTER INSERT ON count_change DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION count_settle();
"""
FUNCTIONS = (
    "count_settle()",
    "image_leaves()",
    "collection_image_removed()",
    "collection_image_added()",
    "image_changed()",
    "image_removed()",
    "image_added()",
    "category_moved()",
    "image_shelf()",
)

# The counts as they are now, once; from here on they are kept.
COUNTED = """
INSERT INTO status_count (status, images) SELECT status, count(*) FROM image WHERE trashed_at IS NULL GROUP BY status;
UPDATE category c SET images = n.images FROM (
    SELECT category_id, count(*) AS images FROM image WHERE trashed_at IS NULL GROUP BY category_id
) AS n WHERE n.category_id = c.id;
INSERT INTO tag (folded, shown, images)
SELECT folded, mode() WITHIN GROUP (ORDER BY tag), count(*)
FROM image, unnest(hashtags_folded, hashtags) AS t(folded, tag) WHERE trashed_at IS NULL GROUP BY folded;
"""


def upgrade() -> None:
    """Make the tables, columns, indexes and triggers, and count once."""
    op.execute(_literal(FINDING))
    _nest_categories()
    _widen_images()
    _create_tables()
    for statement in COUNTED.strip().removesuffix(";").split(";\n"):
        op.execute(_literal(statement))
    op.execute(_literal(COUNTS))


def downgrade() -> None:
    """Drop all of it; nested categories stay under their long names, flat again."""
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function} CASCADE")
    op.drop_column("revision", "bulk_edit_id")
    for table in ("look_alike", "saved_view", "bulk_edit", "collection_image", "collection"):
        op.drop_table(table)
    for table in ("count_change", "status_count", "tag"):
        op.drop_table(table)
    for name in (
        "image_shelf_newest",
        "image_edited",
        "image_largest",
        "image_palette",
        "image_looks",
        "image_pixels",
    ):
        op.drop_index(name, "image")
    op.drop_index("image_not_compared", "image")
    op.execute(
        "ALTER TABLE image DROP search, DROP facts, DROP look_bands, DROP look, DROP pixel_hash, DROP palette, "
        "DROP colour_names, DROP compared_at, DROP shelf_id"
    )
    op.execute(
        "ALTER TABLE image ADD search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, "
        "image_search_text(post_title, description, hashtags, key_points, original_filename))) STORED"
    )
    op.create_index("image_search", "image", ["search"], postgresql_using="gin")
    op.drop_column("category", "images")
    op.drop_column("category", "parent_id")
    for function in (
        "image_facts(text, text, text[], bigint, text, text, jsonb, integer, integer, text[])",
        "image_search(text, text, text[], text, text)",
        "image_words(text)",
        "image_plain(text)",
    ):
        op.execute(f"DROP FUNCTION {function}")


def _nest_categories() -> None:
    op.add_column(
        "category", sa.Column("parent_id", sa.BigInteger(), sa.ForeignKey("category.id", ondelete="CASCADE"))
    )
    op.add_column("category", sa.Column("images", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("category_parent", "category", ["parent_id"])


def _widen_images() -> None:
    """Add the columns in one statement, which writes every row once; the indexes after it."""
    op.drop_index("image_search", "image")
    op.execute(
        _literal(
            f"ALTER TABLE image DROP search, ADD shelf_id bigint, ADD colour_names text[] NOT NULL DEFAULT '{{}}', "
            "ADD palette integer[] NOT NULL DEFAULT '{}', ADD pixel_hash text, ADD look bigint, "
            "ADD compared_at timestamptz, "
            f"ADD look_bands integer[] GENERATED ALWAYS AS ({BANDS}) STORED, "
            f"ADD search tsvector NOT NULL GENERATED ALWAYS AS ({SEARCH}) STORED, "
            f"ADD facts text[] NOT NULL GENERATED ALWAYS AS ({FACTS}) STORED"
        )
    )
    op.execute("UPDATE image SET shelf_id = category_id WHERE category_id IS NOT NULL")
    op.create_foreign_key(
        "image_shelf_id_fkey", "image", "category", ["shelf_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("image_search", "image", ["search"], postgresql_using="gin")
    op.create_index("image_facts", "image", ["facts"], postgresql_using="gin")
    op.create_index("image_palette", "image", ["palette"], postgresql_using="gin")
    op.create_index("image_looks", "image", ["look_bands"], postgresql_using="gin")
    op.create_index("image_pixels", "image", ["pixel_hash"])
    newest = [sa.text("created_at DESC"), sa.text("id DESC")]
    op.create_index("image_shelf_newest", "image", ["shelf_id", *newest])
    op.create_index(
        "image_edited", "image", [sa.text("updated_at DESC"), sa.text("id DESC")], postgresql_where=LIVE
    )
    op.create_index(
        "image_largest",
        "image",
        [sa.text("coalesce(size_bytes, 0) DESC"), sa.text("id DESC")],
        postgresql_where=LIVE,
    )
    waits = sa.text("trashed_at IS NULL AND compared_at IS NULL")
    op.create_index("image_not_compared", "image", ["id"], postgresql_where=waits)


def _create_tables() -> None:
    op.create_table(
        "tag",
        sa.Column("folded", sa.Text(), primary_key=True),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("images", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_index("tag_most", "tag", [sa.text("images DESC"), "folded"])
    # For prefixes, whatever the server's order of letters is.
    op.create_index("tag_prefix", "tag", [sa.text("folded text_pattern_ops")])
    op.create_table(
        "status_count",
        sa.Column("status", sa.Text(), primary_key=True),
        sa.Column("images", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_table(
        "count_change",
        sa.Column("xact", sa.Text(), server_default=THIS_TRANSACTION, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), server_default="", nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
    )
    op.create_index("count_change_xact", "count_change", ["xact"])
    op.create_table(
        "collection",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("images", sa.BigInteger(), server_default="0", nullable=False),
        _moment("created_at"),
    )
    op.create_index("collection_name_key", "collection", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "collection_image",
        sa.Column(
            "collection_id",
            sa.BigInteger(),
            sa.ForeignKey("collection.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "image_id", sa.BigInteger(), sa.ForeignKey("image.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("place", sa.Double(), nullable=False),
    )
    op.create_index("collection_image_order", "collection_image", ["collection_id", "place", "image_id"])
    op.create_index("collection_image_image", "collection_image", ["image_id"])
    op.create_table(
        "bulk_edit",
        _id(),
        _moment("at"),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("images", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        # For each picture, what the revision does not hold: the collections that it came into.
        sa.Column("more", JSONB(), server_default="{}", nullable=False),
    )
    op.add_column(
        "revision",
        sa.Column("bulk_edit_id", sa.BigInteger(), sa.ForeignKey("bulk_edit.id", ondelete="SET NULL")),
    )
    op.create_index(
        "revision_bulk_edit",
        "revision",
        ["bulk_edit_id", "image_id"],
        postgresql_where=sa.text("bulk_edit_id IS NOT NULL"),
    )
    op.create_table(
        "saved_view",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", JSONB(), nullable=False),
        _moment("created_at"),
    )
    op.create_index("saved_view_name_key", "saved_view", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "look_alike",
        sa.Column(
            "first_id", sa.BigInteger(), sa.ForeignKey("image.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column(
            "second_id", sa.BigInteger(), sa.ForeignKey("image.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        _moment("found_at"),
        sa.Column("kept_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("first_id < second_id", name="look_alike_order_check"),
        sa.CheckConstraint("kind IN ('bytes', 'pixels', 'looks')", name="look_alike_kind_check"),
    )
    op.create_index("look_alike_second", "look_alike", ["second_id"])
    op.create_index(
        "look_alike_open",
        "look_alike",
        ["kind", sa.text("first_id DESC"), sa.text("second_id DESC")],
        postgresql_where=sa.text("kept_at IS NULL"),
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def _literal(statement: str) -> sa.TextClause:
    """Take a statement literally: a colon in it is no parameter."""
    return sa.text(statement.replace(":", r"\:"))
