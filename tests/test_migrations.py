"""The tables are those of models.py, and are made once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

import migrations
from models import Base
from tests.support.migrating import OLD_TABLE, definitions, difference, empty, newest, rows, run, url_of
from tests.support.program import PATIENCE

__all__ = ["empty", "newest"]
pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parent.parent


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
