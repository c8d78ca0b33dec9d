"""Databases of before for the tests of migrations: empty ones, one as version 0 had it, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

import migrations
from models import Base
from tests.support.databases import MIGRATED

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
