"""One folded key for names and tags: what looks the same is one, and what was two by older rules is merged.

Frozen: nothing of the application is imported, so that a later change there cannot alter this step.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

log = logging.getLogger("migrations")
MOST_LOGGED = 200

# Control characters and what Unicode calls default ignorable, without joiners and the tags of flags.
UNSEEN = (
    r"\u0001-\u0008\u000E-\u001B\u007F-\u0084\u0086-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F"
    r"\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB"
    r"\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E001F\U000E0080-\U000E0FFF"
)
SPACES = r"\u0020\u0009-\u000D\u001C-\u001F\u0085\u1680\u2028\u2029"
# Beside these a joiner stays: scripts that need it, and emoji.
JOINED = (
    r"\u0600-\u0DFF\u0F00-\u109F\u1780-\u18AF\u1900-\u1CFF\uA800-\uA95F\uA980-\uAAFF\uABC0-\uABFF"
    r"\U00010A00-\U00011FFF\u2190-\u2BFF\U0001F000-\U0001FAFF"
)
FLAGS = r"\U0001F000-\U0001FAFF\U000E0020-\U000E007F"

FOLD = f"""
CREATE FUNCTION $schema.name_fold(words text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    folded text := words;
BEGIN
    -- Cut because an index entry may not be longer than about 2,700 bytes.
    -- A text of plain ASCII is done with at once, and in every locale alike.
    IF words ~ '^[!-~]*$' THEN
        RETURN left(lower(words COLLATE "C"), 500);
    END IF;
    IF octet_length(words) = char_length(words) THEN
        folded := lower(words COLLATE "C");
    ELSE
        -- The locale's own letters are the last that are lowered: an I is an i, also where people write Turkish.
        folded := lower(replace(translate(normalize(words, NFKC), 'I', 'i'), 'İ', U&'i\\0307'));
        -- What lower case leaves apart.
        folded := replace(translate(folded, 'ςᲀᲁᲂᲃᲄᲅᲆᲇᲈ', 'σвдосттъѣꙋ'), 'ß', 'ss');
        IF folded ~ '[\\u0345\\u1F80-\\u1FFC]' THEN
            folded := replace(normalize(folded, NFD), U&'\\0345', 'ι');
        END IF;
        folded := normalize(regexp_replace(folded, '[{UNSEEN}]+', '', 'g'), NFKC);
        IF folded ~ '[\\u200C\\u200D]' THEN
            folded := regexp_replace(folded, '([\\u200C\\u200D])[\\u200C\\u200D]+', '\\1', 'g');
            folded := regexp_replace(
                folded, '(?<![{JOINED}])[\\u200C\\u200D]|[\\u200C\\u200D](?![{JOINED}])', '', 'g'
            );
        END IF;
        folded := regexp_replace(folded, '(?<![{FLAGS}])[\\U000E0020-\\U000E007F]+', '', 'g');
    END IF;
    folded := regexp_replace(folded, '[\\u0001-\\u0008\\u000E-\\u001B\\u007F]+', '', 'g');
    RETURN left(btrim(regexp_replace(folded, '[{SPACES}]+', ' ', 'g'), ' '), 500);
END $$;
CREATE OR REPLACE FUNCTION $schema.image_fold(words text[])
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- Cut because an index entry may not be longer than about 2,700 bytes.
    SELECT coalesce(array_agg(left($schema.name_fold(left(word, 200)), 200) ORDER BY place), '{{}}')
    FROM unnest(words) WITH ORDINALITY AS u(word, place)
$$;
"""
# As in step 0001.
FOLD_BEFORE = """
CREATE OR REPLACE FUNCTION $schema.image_fold(words text[])
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- Cut because an index entry may not be longer than about 2,700 bytes.
    SELECT coalesce(array_agg(lower(left(word, 200)) ORDER BY place), '{}')
    FROM unnest(words) WITH ORDINALITY AS u(word, place)
$$;
"""

# Of categories that are one by now the one stays that has parts, then the one with most pictures, then the oldest.
CATEGORIES = """
CREATE TEMPORARY TABLE same_category ON COMMIT DROP AS
SELECT c.id, c.name, c.images, first_value(c.id) OVER best AS into_id, first_value(c.name) OVER best AS into_name
FROM category c
WHERE name_fold(c.name) IN (SELECT name_fold(name) FROM category GROUP BY 1 HAVING count(*) > 1)
WINDOW best AS (
    PARTITION BY name_fold(c.name)
    ORDER BY EXISTS (SELECT FROM category p WHERE p.parent_id = c.id) DESC, c.images DESC, c.id
);
DELETE FROM same_category WHERE id = into_id;
"""
ACTION = """
INSERT INTO bulk_edit (what, more)
VALUES (:what, jsonb_build_object('fields', jsonb_build_array(CAST(:field AS text)))) RETURNING id
"""
MOVE_IMAGES = """
WITH moved AS (
    UPDATE image i SET category_id = s.into_id,
        shelf_id = (SELECT coalesce(c.parent_id, c.id) FROM category c WHERE c.id = s.into_id),
        version = i.version + 1, updated_at = now()
    FROM same_category s WHERE i.category_id = s.id RETURNING i.id, s.name, s.into_name
), noted AS (
    INSERT INTO revision (image_id, by, action, changes, bulk_edit_id)
    SELECT id, 'update', 'edit', jsonb_build_object('category', jsonb_build_array(name, into_name)), :action
    FROM moved ORDER BY id
)
SELECT count(*) FROM moved
"""
# Parts of a category that goes are put under the one that stays, and are called by it.
MOVE_PARTS = """
UPDATE category part SET parent_id = s.into_id,
    name = s.into_name || ' / ' || CASE WHEN starts_with(part.name, s.name || ' / ')
        THEN substr(part.name, char_length(s.name) + 4) ELSE part.name END,
    version = part.version + 1
FROM same_category s WHERE part.parent_id = s.id AND part.id NOT IN (SELECT id FROM same_category);
UPDATE same_category s SET into_name = c.name FROM category c WHERE c.id = s.into_id;
"""
# A tag that was stored under another key, and the key that it has now. Only what is not ASCII can have another one.
TAGS = """
CREATE TEMPORARY TABLE refolded ON COMMIT DROP AS
SELECT t.was, (image_fold(ARRAY[min(t.tag)]))[1] AS key, min(t.tag) AS tag
FROM image, unnest(hashtags_folded, hashtags) AS t(was, tag)
WHERE octet_length(t.tag) <> char_length(t.tag) GROUP BY t.was;
INSERT INTO refolded SELECT DISTINCT ON (key) key, key, key FROM refolded AS r
WHERE key <> was AND NOT EXISTS (SELECT FROM refolded o WHERE o.was = r.key)
AND EXISTS (SELECT FROM image WHERE hashtags_folded @> ARRAY[r.key]);
CREATE TEMPORARY TABLE same_tag ON COMMIT DROP AS
SELECT r.was, r.key, coalesce(t.shown, r.tag) AS tag, coalesce(t.images, 0) AS images, t.folded IS NOT NULL AS counted,
    first_value(coalesce(t.shown, r.tag)) OVER best AS shown, first_value(r.was) OVER best = r.was AS stays,
    count(*) OVER (PARTITION BY r.key) > 1 AS merged
FROM refolded r LEFT JOIN tag t ON t.folded = r.was
WHERE r.key IN (SELECT key FROM refolded WHERE key <> was)
WINDOW best AS (PARTITION BY r.key ORDER BY coalesce(t.images, 0) DESC, r.was);
"""
# Pictures get the spelling that is used most, each tag once, in the place of the first.
SPELL = """
WITH will AS MATERIALIZED (
    SELECT i.id, i.hashtags AS before, ARRAY(
        SELECT tag FROM (
            SELECT DISTINCT ON (key) tag, place FROM (
                SELECT coalesce(s.shown, t.tag) AS tag, coalesce(s.key, t.was) AS key, place
                FROM unnest(i.hashtags, i.hashtags_folded) WITH ORDINALITY AS t(tag, was, place)
                LEFT JOIN same_tag s ON s.was = t.was AND s.merged
            ) AS spelled ORDER BY key, place
        ) AS first ORDER BY place
    ) AS after
    FROM image i WHERE i.hashtags_folded && ARRAY(SELECT was FROM same_tag WHERE merged)
), done AS (
    UPDATE image i SET hashtags = w.after, version = i.version + 1, updated_at = now()
    FROM will w WHERE w.id = i.id AND w.before <> w.after
), noted AS (
    INSERT INTO revision (image_id, by, action, changes, bulk_edit_id)
    SELECT id, 'update', 'edit', jsonb_build_object('hashtags', jsonb_build_array(before, after)), :action
    FROM will WHERE before <> after ORDER BY id
)
SELECT count(*) FROM will WHERE before <> after
"""
REFOLD = """
UPDATE image SET hashtags = hashtags
WHERE octet_length(array_to_string(hashtags, ' ')) <> char_length(array_to_string(hashtags, ' '))
AND hashtags_folded <> image_fold(hashtags)
"""
# Counted by now under the new keys, by the triggers; a tag is shown as it was.
TAG_ROWS = """
DELETE FROM tag WHERE images = 0 AND folded IN (SELECT was FROM same_tag WHERE was <> key);
UPDATE tag SET shown = s.shown, version = tag.version + 1 FROM same_tag s
WHERE s.key = tag.folded AND s.stays AND s.counted AND tag.shown <> s.shown;
"""
# The oldest keeps its name; of the others none is lost: each gets the first number that is free.
SAME_NAMES = """
SELECT id, name, left(name, 70) AS stem FROM (
    SELECT id, name, row_number() OVER (PARTITION BY name_fold(name) ORDER BY id) AS place FROM $table WHERE $live
) AS named WHERE place > 1 ORDER BY id
"""
RENAME = """
UPDATE $table SET name = free.name, version = version + 1 FROM (
    SELECT :stem || ' (' || n || ')' AS name FROM generate_series(2, 100000) AS n
    WHERE NOT EXISTS (SELECT FROM $table WHERE name_fold(name) = name_fold(:stem || ' (' || n || ')') AND $live)
    ORDER BY n LIMIT 1
) AS free WHERE id = :id RETURNING free.name
"""
NAMED = {"collection": "deleted_at IS NULL", "saved_view": "true"}
AUDIT = """
INSERT INTO audit (way, action, target, detail)
VALUES ('program', :action, left(:target, 200), jsonb_strip_nulls(jsonb_build_object(
    'into', CAST(:into AS text), 'pictures', CAST(:pictures AS bigint))))
"""


def upgrade() -> None:
    """Merge what is the same by the folded key, and let the indexes know that key; no table is written anew."""
    schema = _schema()
    _run(FOLD.replace("$schema", schema))
    _drop_indexes()
    told = [*_merge_categories(), *_merge_tags(), *_number_names()]
    for action, target, into, pictures in told:
        _execute(AUDIT, action=action, target=target, into=into, pictures=pictures)
    for action, target, into, _ in told[:MOST_LOGGED]:
        log.warning("%s, as both look the same: “%s” is “%s” now.", action.capitalize(), target, into)
    if len(told) > MOST_LOGGED:
        log.warning("%d more are listed in the audit.", len(told) - MOST_LOGGED)
    _run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    _make_indexes("name_fold(name)")


def downgrade() -> None:
    """Compare by lower case again; what was merged stays merged."""
    _drop_indexes()
    _make_indexes("lower(name)")
    _run(FOLD_BEFORE.replace("$schema", _schema()))
    _run(REFOLD)
    _run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    op.execute("DROP FUNCTION name_fold(text)")


def _merge_categories() -> list[tuple[str, str, str, int | None]]:
    _run(CATEGORIES)
    _run(MOVE_PARTS)
    found = _execute("SELECT name, into_name, images FROM same_category ORDER BY id").all()
    if found:
        action = _execute(ACTION, what="merged categories that look the same", field="category").scalar()
        moved = _execute(MOVE_IMAGES, action=action).scalar()
        _execute("UPDATE bulk_edit SET images = :moved WHERE id = :action", moved=moved, action=action)
        # The counts of those that go are settled before their rows are gone.
        _run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        _run("DELETE FROM category WHERE id IN (SELECT id FROM same_category)")
    op.execute("DROP TABLE same_category")
    return [("category merged", row.name, row.into_name, row.images) for row in found]


def _merge_tags() -> list[tuple[str, str, str, int | None]]:
    _run(TAGS)
    found = _execute("SELECT tag, shown, images FROM same_tag WHERE merged AND NOT stays ORDER BY was").all()
    if found:
        action = _execute(ACTION, what="merged tags that look the same", field="hashtags").scalar()
        spelled = _execute(SPELL, action=action).scalar()
        _execute("UPDATE bulk_edit SET images = :spelled WHERE id = :action", spelled=spelled, action=action)
    _run(REFOLD)
    _run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    _run(TAG_ROWS)
    op.execute("DROP TABLE refolded, same_tag")
    return [("tags merged", row.tag, row.shown, row.images) for row in found]


def _number_names() -> list[tuple[str, str, str, int | None]]:
    told: list[tuple[str, str, str, int | None]] = []
    for table, live in NAMED.items():
        for row in _execute(SAME_NAMES.replace("$table", table).replace("$live", live)).all():
            statement = RENAME.replace("$table", table).replace("$live", live)
            name = _execute(statement, id=row.id, stem=row.stem).scalar()
            told.append((f"{table.removeprefix('saved_')} renamed", row.name, str(name), None))
    return told


def _drop_indexes() -> None:
    for table in ("category", "collection", "saved_view"):
        op.drop_index(f"{table}_name_key", table)


def _make_indexes(key: str) -> None:
    for table in ("category", "collection", "saved_view"):
        where = sa.text("deleted_at IS NULL") if table == "collection" else None
        op.create_index(f"{table}_name_key", table, [sa.text(key)], unique=True, postgresql_where=where)


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


def _execute(statement: str, **values: object) -> sa.CursorResult[tuple[object, ...]]:
    return op.get_bind().execute(sa.text(statement), values)
