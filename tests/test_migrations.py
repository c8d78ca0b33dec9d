"""The tables are those of models.py, are made once, and an older database is taken over whole."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import migrations
from artworks.images import image as images
from artworks.images import suggestions
from models import Base
from tests.support.databases import MIGRATED
from tests.support.program import PATIENCE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent

OLD_TABLE = """
    CREATE TABLE image (
        id serial PRIMARY KEY, original_filename varchar(255), stored_filename varchar(255) UNIQUE,
        description text, hashtags text, category text, post_title text, key_points text, created_at timestamp
    );
    CREATE INDEX image_newest ON image (created_at);
"""
OLD_ROW = """
    INSERT INTO image VALUES (7, 'Heron at dusk.JPG', 'a.jpg', 'A bird.', '#Heron, #linocut #HERON sea-side',
        ' Prints ', 'Heron', 'linocut, 30 x 40 cm', '2024-05-06 07:08:09')
"""


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Engine]:
    engine = create_engine(empty_database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def newest(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """Yield a database of its own with the tables of today, made by copying."""
    engine = create_engine(make_database(MIGRATED), poolclass=NullPool)
    yield engine
    engine.dispose()


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def rows(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def adopt(engine: Engine, *statements: str) -> None:
    run(engine, OLD_TABLE, *statements)
    migrations.upgrade(url_of(engine))


def difference(connection: Connection) -> list[object]:
    """Return what separates the database from models.py, in columns, defaults, keys and indexes."""
    # Loaded by the process that needs it: that takes half a second, and each one collects all tests.
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(
        connection,
        opts={
            "compare_server_default": True,
            "include_name": lambda name, kind, _: (
                kind != "table" or not str(name).startswith("procrastinate_")
            ),
        },
    )
    return list(compare_metadata(context, Base.metadata))


def definitions(engine: Engine) -> list[tuple[object, ...]]:
    """Return every index, check and generated column as PostgreSQL writes them."""
    return rows(
        engine,
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " UNION ALL SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f')"
        " UNION ALL SELECT table_name, column_name || ' ' || generation_expression"
        " FROM information_schema.columns WHERE is_generated = 'ALWAYS' AND table_schema = 'public'"
        " ORDER BY 1, 2",
    )


def test_the_tables_are_those_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        assert difference(connection) == []


def test_indexes_checks_and_computed_columns_are_those_of_the_models(engine: Engine, empty: Engine) -> None:
    functions = rows(
        engine,
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname IN ('name_fold', 'image_fold', 'image_plain', "
        "'search_words', 'search_vector', 'search_query', 'image_search', 'image_facts') ORDER BY oid",
    )
    run(
        empty,
        "SET check_function_bodies = off",
        *(str(definition).replace("%", "%%") for (definition,) in functions),
    )
    Base.metadata.create_all(empty)
    ours = [row for row in definitions(engine) if not str(row[0]).startswith(("procrastinate_", "alembic_"))]
    assert ours == definitions(empty)


def test_head_is_the_newest_step() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(migrations.FOLDER)).get_heads() == [migrations.HEAD]


def test_up_down_and_up_again(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "head")
        migrations.step(connection, "base", down=True)
        assert inspect(connection).get_table_names() == ["alembic_version"]
        migrations.step(connection, "head")
        assert difference(connection) == []


def test_nothing_to_do_is_noticed(migrated: str) -> None:
    assert migrations.upgrade(migrated) is False
    assert migrations.version(migrated) == migrations.HEAD


# Ten processes that migrate as soon as all of them are there; one loads what they need, which takes longest.
TEN = """
import os, sys
import alembic.command, migrations
waiting, go = os.pipe()
children = []
for _ in range(10):
    if (child := os.fork()) == 0:
        os.close(go)
        os.read(waiting, 1)
        os.write(1, f"{migrations.upgrade(sys.argv[1])}\\n".encode())
        os._exit(0)
    children.append(child)
os.close(go)
for child in children:
    os.waitpid(child, 0)
"""


def test_ten_processes_at_once_migrate_once(empty: Engine) -> None:
    command = [sys.executable, "-c", TEN, url_of(empty)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert sorted(done.stdout.split()) == ["False"] * 9 + ["True"], done
    assert rows(empty, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]


def test_a_database_newer_than_the_program_is_refused(newest: Engine) -> None:
    run(newest, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(migrations.MigrationError, match=r"version 9999.*Update the program"):
        migrations.upgrade(url_of(newest))


def test_a_failing_step_leaves_nothing_behind(empty: Engine) -> None:
    run(empty, OLD_TABLE, "CREATE TABLE category (other int)")
    with pytest.raises(migrations.MigrationError, match="already exists"):
        migrations.upgrade(url_of(empty))
    assert sorted(inspect(empty).get_table_names()) == ["category", "image"]


def test_a_strangers_table_is_refused_in_one_sentence(empty: Engine) -> None:
    run(empty, "CREATE TABLE image (id int, picture text)")
    with pytest.raises(migrations.MigrationError, match="has no column original_filename"):
        migrations.upgrade(url_of(empty))


def test_an_unreachable_server_is_told_in_one_sentence() -> None:
    with pytest.raises(migrations.MigrationError, match=r"^The database cannot be reached: .*") as caught:
        migrations.upgrade("postgresql+psycopg2://someone:geheim@127.0.0.1:1/none")
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


# What was typed as hashtags, and what it became.
HASHTAGS = {
    "#a #b": ["#a", "#b"],
    "a,b": ["#a", "#b"],
    "##a  #A\n#b,,": ["#a", "#b"],
    "#水彩 #काम हिन्दी 🌅": ["#水彩", "#काम", "#हिन्दी", "#🌅"],
    "#100% 50:50 # ,": ["#100", "#5050"],
    "  ": [],
}
CATEGORIES = ("Prints", "prints", "Öl", "ÖL ", "  ")
LONG = "repeat(md5('x') || ' ', 60000)"


@pytest.fixture(scope="module")
def adopted(make_database: Callable[[], str]) -> Iterator[Engine]:
    """Yield a database of before with rows of many kinds that was migrated; nothing is written there any more."""
    engine = create_engine(make_database(), poolclass=NullPool)
    run(engine, OLD_TABLE, OLD_ROW)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO image (id) VALUES (3)")
        connection.exec_driver_sql(
            "INSERT INTO image (id, stored_filename, description) VALUES (8, 'b.png', 'Only this.')"
        )
        for number, category in enumerate(CATEGORIES, 11):
            values = {"id": number, "category": category}
            statement = (
                "INSERT INTO image (id, stored_filename, category) VALUES (:id, 'c' || :id, :category)"
            )
            connection.execute(text(statement), values)
        for number, written in enumerate(HASHTAGS, 21):
            values = {"id": number, "written": written}
            statement = "INSERT INTO image (id, stored_filename, hashtags) VALUES (:id, 'h' || :id, :written)"
            connection.execute(text(statement), values)
        connection.exec_driver_sql(
            "INSERT INTO image (id, stored_filename, post_title, description, key_points, hashtags, category)"
            f" VALUES (31, 'l.png', {LONG}, {LONG}, {LONG}, repeat(md5('y'), 200), {LONG})"
        )
    migrations.upgrade(url_of(engine))
    yield engine
    engine.dispose()


def test_an_older_database_keeps_its_rows_ids_and_words(adopted: Engine) -> None:
    assert rows(
        adopted,
        "SELECT i.id, original_filename, stored_filename, post_title, description, hashtags, c.name,"
        " key_points, i.created_at FROM image i JOIN category c ON c.id = category_id WHERE i.id = 7",
    ) == [
        (
            7,
            "Heron at dusk.JPG",
            "a.jpg",
            "Heron",
            "A bird.",
            ["#Heron", "#linocut", "#seaside"],
            "Prints",
            "linocut, 30 x 40 cm",
            datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        )
    ]


def test_adopted_words_count_as_a_persons(adopted: Engine) -> None:
    everything = dict.fromkeys(("post_title", "description", "hashtags", "category", "key_points"), "person")
    assert rows(adopted, "SELECT origins, status FROM image WHERE id IN (7, 8) ORDER BY id") == [
        (everything, "draft"),
        ({"description": "person"}, "draft"),
    ]


def test_a_row_of_nothing_but_an_id_is_adopted(adopted: Engine) -> None:
    assert rows(
        adopted,
        "SELECT id, original_filename, stored_filename, hashtags, origins, status FROM image WHERE id = 3",
    ) == [(3, "picture", "missing-3", [], {}, "new")]


def test_ids_go_on_after_the_highest(empty: Engine) -> None:
    adopt(empty, OLD_ROW)
    run(empty, "INSERT INTO image (original_filename, stored_filename) VALUES ('n', 'n')")
    assert rows(empty, "SELECT max(id) FROM image") == [(8,)]


def test_two_rows_of_one_file_both_survive(empty: Engine) -> None:
    run(empty, OLD_TABLE, "ALTER TABLE image DROP CONSTRAINT image_stored_filename_key")
    run(
        empty, "INSERT INTO image (id, stored_filename) VALUES (2, 'x.png'), (5, 'x.png'), (1, ''), (4, NULL)"
    )
    migrations.upgrade(url_of(empty))
    assert rows(empty, "SELECT id, stored_filename FROM image ORDER BY id") == [
        (1, "missing-1"),
        (2, "x.png"),
        (4, "missing-4"),
        (5, "missing-5-x.png"),
    ]


def test_categories_become_one_row_whatever_their_case(adopted: Engine) -> None:
    assert rows(adopted, "SELECT name FROM category WHERE length(name) < 50 ORDER BY id") == [
        ("Prints",),
        ("Öl",),
    ]
    assert rows(
        adopted,
        "SELECT i.id, c.name FROM image i LEFT JOIN category c ON c.id = category_id"
        " WHERE i.id BETWEEN 11 AND 15 ORDER BY 1",
    ) == [(11, "Prints"), (12, "Prints"), (13, "Öl"), (14, "Öl"), (15, None)]


def test_hashtags_are_split_and_told_apart(adopted: Engine) -> None:
    kept = rows(adopted, "SELECT hashtags FROM image WHERE id BETWEEN 21 AND 30 ORDER BY id")
    assert dict(zip(HASHTAGS, (row[0] for row in kept), strict=True)) == HASHTAGS


def test_very_long_words_survive(adopted: Engine) -> None:
    assert rows(
        adopted,
        f"SELECT post_title = {LONG}, description = {LONG}, key_points = {LONG}, length(hashtags[1])"
        " FROM image WHERE id = 31",
    ) == [(True, True, True, 6401)]


def test_times_with_a_zone_are_kept(empty: Engine) -> None:
    adopt(
        empty,
        "ALTER TABLE image ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC'",
        "INSERT INTO image (stored_filename, created_at) VALUES ('a', '2024-05-06 07:08:09+02')",
    )
    assert rows(empty, "SELECT created_at FROM image") == [(datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC),)]


def test_the_old_table_is_kept_with_its_further_columns(empty: Engine) -> None:
    adopt(empty, "ALTER TABLE image ADD price numeric", OLD_ROW, "UPDATE image SET price = 120")
    assert rows(empty, "SELECT id, hashtags, price FROM image_before_adoption") == [
        (7, "#Heron, #linocut #HERON sea-side", 120)
    ]
    with empty.connect() as connection:
        changes = difference(connection)
    assert [change[0] for change in changes if isinstance(change, tuple)] == ["remove_index", "remove_table"]


def test_stepping_back_gives_the_old_table_back(empty: Engine) -> None:
    run(empty, OLD_TABLE, OLD_ROW)
    before = definitions(empty), rows(empty, "SELECT * FROM image")
    migrations.upgrade(url_of(empty))
    with empty.begin() as connection:
        migrations.step(connection, "base", down=True)
    run(empty, "DROP TABLE alembic_version")
    after = [row for row in definitions(empty) if not str(row[0]).startswith("procrastinate_")]
    assert (after, rows(empty, "SELECT * FROM image")) == before


def test_months_are_added_up_from_the_ledger_and_open_calls_become_lost(empty: Engine) -> None:
    with empty.begin() as connection:
        # Where midnight is not that of UTC, a month must not take calls from its neighbour.
        connection.exec_driver_sql("SET TIME ZONE 'Pacific/Auckland'")
        migrations.step(connection, "0001")
        connection.exec_driver_sql(
            "INSERT INTO usage (at, kind, source, model, state, usd) VALUES"
            " ('2026-09-30 23:59:59Z', 'generate', 'openai', 'm', 'ok', 0.25),"
            " ('2026-09-02 08:00:00Z', 'refine', 'openai', 'm', 'failed', 0.5),"
            " ('2026-10-01 00:00:00Z', 'generate', 'openai', 'm', 'lost', 1),"
            " ('2026-10-31 23:00:00Z', 'generate', 'openai', 'm', 'reserved', 0.125),"
            " ('2026-10-31 23:00:01Z', 'generate', 'placeholder', '', 'cancelled', 0)"
        )
        migrations.step(connection, "head")
    assert rows(empty, "SELECT month, usd, calls FROM spending ORDER BY month") == [
        (date(2026, 9, 1), Decimal("0.75"), 2),
        (date(2026, 10, 1), Decimal("1.125"), 3),
    ]
    assert rows(empty, "SELECT state, usd, batch_id, tier, person FROM usage ORDER BY id") == [
        ("ok", Decimal("0.25"), None, "standard", "owner"),
        ("failed", Decimal("0.5"), None, "standard", "owner"),
        ("lost", Decimal(1), None, "standard", "owner"),
        ("lost", Decimal("0.125"), None, "standard", "owner"),
        ("cancelled", Decimal(0), None, "standard", "owner"),
    ]


def test_calls_of_another_zones_month_go_back_to_that_of_utc(newest: Engine) -> None:
    with newest.begin() as connection:
        # The last day of a month, on which it is the next one already where the installation is; and two of before.
        connection.exec_driver_sql(
            "INSERT INTO person (email, role) VALUES ('a@example.org', 'owner');"
            "INSERT INTO usage (at, kind, source, model, state, usd, month, person_id)"
            " SELECT '2026-11-30 12:00Z', 'k', 's', 'm', 'reserved', usd, month, person FROM (VALUES"
            " (0.25, date '2026-12-01', 1), (0.5, '2026-12-01', NULL), (1, '2026-11-01', 1), (2, NULL, 1))"
            " AS calls (usd, month, person);"
            "SET CONSTRAINTS ALL IMMEDIATE; UPDATE usage SET state = 'ok', usd = usd / 2 WHERE usd = 0.5"
        )
    sums = "SELECT month, usd, calls FROM spending ORDER BY month"
    november, december = date(2026, 11, 1), date(2026, 12, 1)
    assert rows(newest, sums) == [(november, Decimal(3), 2), (december, Decimal("0.5"), 2)]
    with newest.begin() as connection:
        migrations.step(connection, "0012", down=True)
        # What is settled now is settled where it is counted.
        connection.exec_driver_sql("UPDATE usage SET state = 'ok', usd = 0 WHERE state = 'reserved'")
    assert rows(newest, sums) == [(november, Decimal("0.25"), 4), (december, Decimal(0), 0)]
    assert rows(newest, "SELECT month, usd FROM person_spending ORDER BY month") == [
        (november, Decimal(0)),
        (december, Decimal(0)),
    ]


def test_what_batches_waited_for_and_left_out_is_told_apart_afterwards(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0006")
        connection.exec_driver_sql(
            "INSERT INTO batch (state, paused_code, paused_message, skipped) VALUES"
            " ('paused', 'budget', 'Your share of this month''s AI budget is used up.', 3),"
            " ('paused', 'budget', 'This month''s AI budget of $10 is used up.', 0), ('paused', 'cap', '', 0);"
            "INSERT INTO image (original_filename, stored_filename, trashed_at) VALUES ('a', 'a', now());"
            "INSERT INTO batch_item (batch_id, image_id, state, code) VALUES"
            " (1, 1, 'skipped', 'not_found'), (1, NULL, 'skipped', 'not_found'), (1, 1, 'skipped', '');"
            "INSERT INTO usage (kind, source, model, state, usd) VALUES"
            " ('generate', 'openai', 'm', 'lost', 0.5), ('generate', 'openai', 'm', 'ok', 0.25)"
        )
        migrations.step(connection, "head")
    batches = "SELECT paused_code, skipped_trashed, skipped_deleted FROM batch ORDER BY id"
    assert rows(empty, batches) == [("share", 1, 1), ("month", 0, 0), ("cap", 0, 0)]
    assert rows(empty, "SELECT paused_message FROM batch ORDER BY id") == [
        ("Your share of this month's AI budget did not cover another picture.",),
        ("This month's AI budget of $10 did not cover another picture.",),
        ("",),
    ]
    assert rows(empty, "SELECT at_most, at_most_usd FROM usage ORDER BY id") == [
        (True, Decimal("0.5")),
        (False, Decimal(0)),
    ]
    with empty.begin() as connection:
        migrations.step(connection, "0006", down=True)
    assert rows(empty, "SELECT paused_code FROM batch ORDER BY id") == [("budget",), ("budget",), ("cap",)]


def test_an_empty_ledger_leaves_no_month(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0001")
        migrations.step(connection, "head")
    assert rows(empty, "SELECT * FROM spending") == []


def test_names_and_hashtags_are_found_by_their_parts(engine: Engine) -> None:
    found = text(
        "SELECT image_search('Heron', 'At dusk.', '{#linocut,#küste}', '',"
        " 'IMG_2043-東京.jpeg') @@ plainto_tsquery('simple', image_plain(:word))"
    )
    words = ("2043", "heron", "Küste", "kuste", "linocut", "dusk", "東京")
    with engine.connect() as connection:
        assert [word for word in words if not connection.scalar(found, {"word": word})] == []


def test_deleted_collections_go_for_good_when_the_step_that_keeps_them_is_taken_back(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "head")
        connection.exec_driver_sql(
            "INSERT INTO image (original_filename, stored_filename) VALUES ('a.jpg', 'a.jpg');"
            "INSERT INTO collection (name, deleted_at) VALUES ('Coast', now()), ('coast', NULL);"
            "INSERT INTO collection_image VALUES (1, 1, 1), (2, 1, 1);"
            "INSERT INTO share_link (token_hash, nonce, title, collection_id) VALUES ('a', 'a', 'A', 1)"
        )
        migrations.step(connection, "0008", down=True)
    assert rows(empty, "SELECT id, name, images FROM collection") == [(2, "coast", 1)]
    assert rows(empty, "SELECT collection_id FROM collection_image") == [(2,)]
    assert rows(empty, "SELECT id FROM share_link") == []
    with empty.begin() as connection:
        migrations.step(connection, "head")
        assert difference(connection) == []


def test_open_links_know_who_made_them(empty: Engine) -> None:
    """The audit tells it: both rows were written at one time, by one transaction."""
    with empty.begin() as connection:
        migrations.step(connection, "0008")
        connection.exec_driver_sql(
            "INSERT INTO person (email, role) VALUES ('mara@a.example', 'owner'), ('noor@a.example', 'owner');"
            "INSERT INTO ticket (kind, token_hash, email, expires_at, used_at, person_id)"
            " VALUES ('invitation', 'a', 'n@a.example', now(), NULL, NULL),"
            " ('reset', 'b', 'n@a.example', now(), NULL, 1),"
            " ('invitation', 'c', 'other@a.example', now(), NULL, NULL),"
            " ('invitation', 'd', 'n@a.example', now(), now(), NULL);"
            "INSERT INTO audit (person_id, action, target) VALUES (1, 'invitation made', 'n@a.example'),"
            " (2, 'reset link made', 'n@a.example'), (NULL, 'invitation made', 'other@a.example');"
            "INSERT INTO audit (at, person_id, action, target)"
            " VALUES ('2026-01-01Z', 2, 'invitation made', 'n@a.example')"
        )
        migrations.step(connection, "head")
    assert rows(empty, "SELECT token_hash, made_by_id FROM ticket ORDER BY 1") == [
        ("a", 1),
        ("b", 2),
        ("c", None),
        ("d", None),
    ]


def test_ready_pictures_of_before_are_approved_and_have_words(empty: Engine) -> None:
    """What was marked ready counts as approved without a row being written; Ready without a word becomes a draft."""
    with empty.begin() as connection:
        migrations.step(connection, "0007")
        connection.exec_driver_sql(
            "INSERT INTO image (original_filename, stored_filename, post_title, status, origins) VALUES"
            " ('a', 'a', 'Heron', 'ready', '{\"post_title\": \"ai\"}'), ('b', 'b', '', 'ready', '{}'),"
            " ('c', 'c', 'Reeds', 'draft', '{\"post_title\": \"ai\"}')"
        )
        connection.exec_driver_sql(
            "INSERT INTO suggestion (image_id, fields, source) VALUES (1, '{\"post_title\": \"Dusk\"}', 'openai')"
        )
    before = rows(empty, "SELECT pg_relation_filenode('image'), pg_relation_filenode('suggestion')")
    with empty.begin() as connection:
        migrations.step(connection, "0008")
    after = rows(empty, "SELECT pg_relation_filenode('image'), pg_relation_filenode('suggestion')")
    assert after == before, "no table was written anew"
    with empty.begin() as connection:
        migrations.step(connection, "head")
    with Session(empty) as session:
        found = [images.find(session, number) for number in (1, 2, 3)]
        assert [(image.status, image.version, image.approved_fields) for image in found] == [
            ("ready", 1, ["post_title"]), ("draft", 2, []), ("draft", 1, []),
        ]  # fmt: skip
        assert found[0].suggestion is not None
        assert found[0].suggestion.number == 1
        suggestions.suggest(session, found[0], {"post_title": "Dawn"}, source="openai", note="", feedback="")
        assert found[0].suggestion.number > 1
    assert rows(empty, "SELECT image_id, by, changes FROM revision") == [
        (2, "update", {"status": ["ready", "draft"]})
    ]
    assert rows(empty, "SELECT status, images FROM status_count WHERE images > 0 ORDER BY status") == [
        ("draft", 2), ("ready", 1),
    ]  # fmt: skip
    with empty.begin() as connection:
        migrations.step(connection, "0007", down=True)
        migrations.step(connection, "head")
    assert rows(empty, "SELECT id, status FROM image ORDER BY id") == [
        (1, "ready"),
        (2, "draft"),
        (3, "draft"),
    ]


# Pictures by their number, with category and tags, on a library of before: the last of them is in the trash.
DOUBLES = """
INSERT INTO category (name) VALUES ('Art'), ('Ａrt'), ('Oil paint'), ('Oil  paint'), ('Straße'), ('STRASSE'), ('Alone');
INSERT INTO category (name, parent_id) VALUES
    ('Art / Ink', 1), ('Ａrt / Ink', 2), ('Ａrt / Chalk', 2), ('Oil  paint / Old', 4);
INSERT INTO image (original_filename, stored_filename, category_id, hashtags) VALUES
    ('1', '1', 1, '{#❤️,#Art}'), ('2', '2', 2, '{#❤,#sea}'), ('3', '3', 9, '{#❤️,#x,#❤}'), ('4', '4', 10, '{#Ａrt}'),
    ('5', '5', 8, '{#❤️}'), ('6', '6', 4, '{#👍🏽,#👍}'), ('7', '7', 11, '{#STRASSE}'),
    ('8', '8', 7, '{#Straße,#ünder}'), ('9', '9', 6, '{#STRASSE,#Straße}');
UPDATE image SET trashed_at = now() WHERE id = 9;
INSERT INTO collection (name) VALUES ('Show'), ('Ｓhow'), ('show (2)'), ('Sho\u00adw');
INSERT INTO collection (name, deleted_at) VALUES ('ＳＨＯＷ', now());
INSERT INTO saved_view (name, filters) VALUES ('Mine', '{}'), ('Mi\u200bne', '{}');
"""


def test_names_and_tags_that_look_the_same_become_one_and_nothing_is_lost(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0009")
        connection.exec_driver_sql(DOUBLES)
    with empty.begin() as connection:
        migrations.step(connection, "head")
        assert difference(connection) == []
    shown = {
        row[0]: row[1:]
        for row in rows(
            empty,
            "SELECT i.id, c.name, s.name, array_to_string(hashtags, ' '), i.version FROM image i"
            " LEFT JOIN category c ON c.id = category_id LEFT JOIN category s ON s.id = shelf_id ORDER BY 1",
        )
    }
    assert shown == {
        1: ("Art", "Art", "#❤️ #Art", 1), 2: ("Art", "Art", "#❤️ #sea", 3), 3: ("Art / Ink", "Art", "#❤️ #x", 3),
        4: ("Art / Chalk", "Art", "#Art", 2), 5: ("Art / Ink", "Art", "#❤️", 1),
        6: ("Oil  paint", "Oil  paint", "#👍🏽 #👍", 1), 7: ("Oil  paint / Old", "Oil  paint", "#STRASSE", 1),
        8: ("Alone", "Alone", "#STRASSE #ünder", 2), 9: ("Straße", "Straße", "#STRASSE", 3),
    }  # fmt: skip
    # The words of before are in the history.
    changes = "SELECT image_id, by, action, changes FROM revision WHERE image_id IN (3, 8) ORDER BY id"
    assert rows(empty, changes) == [
        (3, "update", "edit", {"category": ["Ａrt / Ink", "Art / Ink"]}),
        (3, "update", "edit", {"hashtags": [["#❤️", "#x", "#❤"], ["#❤️", "#x"]]}),
        (8, "update", "edit", {"hashtags": [["#Straße", "#ünder"], ["#STRASSE", "#ünder"]]}),
    ]
    # The counts are right, and what is not there any more is in no list.
    counts = 'SELECT folded, shown, images FROM tag ORDER BY folded COLLATE "C"'
    assert rows(empty, counts) == [
        ("#art", "#Art", 2), ("#sea", "#sea", 1), ("#strasse", "#STRASSE", 2), ("#x", "#x", 1), ("#ünder", "#ünder", 1),
        ("#❤", "#❤️", 4), ("#👍", "#👍", 1), ("#👍🏽", "#👍🏽", 1),
    ]  # fmt: skip
    assert rows(empty, "SELECT name, images FROM category ORDER BY id") == [
        ("Art", 2), ("Oil  paint", 1), ("Straße", 0), ("Alone", 1), ("Art / Ink", 2), ("Art / Chalk", 1),
        ("Oil  paint / Old", 1),
    ]  # fmt: skip
    assert rows(empty, "SELECT name FROM collection ORDER BY id") == [
        ("Show",), ("Ｓhow (3)",), ("show (2)",), ("Sho\u00adw (4)",), ("ＳＨＯＷ",)
    ]  # fmt: skip
    assert rows(empty, "SELECT name FROM saved_view ORDER BY id") == [("Mine",), ("Mi\u200bne (2)",)]
    told = "SELECT action, target, detail->>'into', detail->>'pictures' FROM audit WHERE way = 'program' ORDER BY id"
    assert rows(empty, told) == [
        ("category merged", "Ａrt", "Art", "1"), ("category merged", "Oil paint", "Oil  paint", "0"),
        ("category merged", "STRASSE", "Straße", "0"), ("category merged", "Ａrt / Ink", "Art / Ink", "1"),
        ("tags merged", "#Straße", "#STRASSE", "1"), ("tags merged", "#❤", "#❤️", "2"),
        ("tags merged", "#Ａrt", "#Art", "1"), ("collection renamed", "Ｓhow", "Ｓhow (3)", None),
        ("collection renamed", "Sho\u00adw", "Sho\u00adw (4)", None),
        ("view renamed", "Mi\u200bne", "Mi\u200bne (2)", None),
    ]  # fmt: skip


def test_pictures_of_before_keep_their_renditions_and_no_row_is_written_anew(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0014")
        connection.exec_driver_sql(
            "INSERT INTO image (original_filename, stored_filename, rendition_type) VALUES ('a', 'a', 'image/jpeg')"
        )
    row = "SELECT pg_relation_filenode('image'), ctid::text, xmin::text FROM image"
    before = rows(empty, row)
    for _ in range(2):
        with empty.begin() as connection:
            migrations.step(connection, "0015")
        assert rows(empty, "SELECT rendition_version, version FROM image") == [(1, 1)]
        # What a program of before adds meanwhile has those that it makes.
        run(empty, "INSERT INTO image (original_filename, stored_filename) VALUES ('b', 'b')")
        assert rows(empty, "SELECT rendition_version FROM image WHERE stored_filename = 'b'") == [(1,)]
        run(empty, "DELETE FROM image WHERE stored_filename = 'b'")
        assert rows(empty, row) == before
        with empty.begin() as connection:
            connection.exec_driver_sql("INSERT INTO storage_scan (name) VALUES ('renditions')")
            migrations.step(connection, "0014", down=True)
        assert rows(empty, "SELECT name FROM storage_scan") == []


def test_words_of_files_are_found_and_go_back_to_being_a_persons(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0016")
        connection.exec_driver_sql(
            "INSERT INTO image (original_filename, stored_filename, post_title, origins) VALUES"
            " ('a', 'a', 'Heron', '{\"post_title\": \"ai\"}')"
        )
    before = rows(empty, "SELECT pg_relation_filenode('image'), facts FROM image")
    with empty.begin() as connection:
        migrations.step(connection, "0017")
    assert rows(empty, "SELECT pg_relation_filenode('image'), facts FROM image") == before
    run(
        empty,
        'UPDATE image SET origins = \'{"post_title": "file", "description": "ai"}\'',
    )
    by = "SELECT array(SELECT f FROM unnest(facts) AS f WHERE f LIKE 'by:%%') FROM image"
    assert rows(empty, by) == [(["by:ai", "by:file"],)]
    with empty.begin() as connection:
        migrations.step(connection, "0016", down=True)
    assert rows(empty, by) == [(["by:ai", "by:me"],)]
    assert rows(empty, "SELECT origins FROM image") == [({"post_title": "person", "description": "ai"},)]
