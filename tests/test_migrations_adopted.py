"""An older database, from before there were steps, is taken over whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

import migrations
from tests.support.migrating import (
    OLD_ROW,
    OLD_TABLE,
    adopt,
    definitions,
    difference,
    empty,
    rows,
    run,
    url_of,
)

__all__ = ["empty"]
pytestmark = pytest.mark.slow

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
