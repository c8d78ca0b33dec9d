"""What the schema keeps works whatever the search_path is: in a restored dump, and under maintenance."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

import migrations
from tests.support.migrating import rows, run


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Engine]:
    engine = create_engine(empty_database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


def test_functions_find_what_they_use_without_a_search_path(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL search_path = ''; SET CONSTRAINTS ALL IMMEDIATE")
        for statement in (
            "INSERT INTO public.category (name) VALUES ('Küste'), ('Prints')",
            "INSERT INTO public.image (original_filename, stored_filename, post_title, hashtags, category_id)"
            " SELECT 'a.jpg', 'a' || id, 'Königin', '{#öl,#ink}', id FROM public.category",
            "INSERT INTO public.collection (name) VALUES ('All'), ('None')",
            "INSERT INTO public.collection_image SELECT c.id, i.id, 1 FROM public.collection c, public.image i",
            "DELETE FROM public.collection_image USING public.collection WHERE id = collection_id AND name = 'None'",
            "UPDATE public.category SET parent_id = (SELECT min(id) FROM public.category) WHERE name = 'Prints'",
            "UPDATE public.image SET hashtags = '{#ink}', category_id = NULL WHERE stored_filename = 'a1'",
            "INSERT INTO public.batch (total) VALUES (1)",
            "INSERT INTO public.usage (kind, source, model, state, usd, batch_id)"
            " SELECT 'generate', 'openai', 'm', 'reserved', 0.5, id FROM public.batch",
            "UPDATE public.usage SET state = 'ok', usd = 0.25",
            "INSERT INTO public.batch_item (batch_id, image_id) SELECT b.id, 1 FROM public.batch b",
            "UPDATE public.batch_item SET state = 'done'",
            "DELETE FROM public.image WHERE stored_filename = 'a1'",
        ):
            connection.exec_driver_sql(statement)
    assert rows(engine, "SELECT shown, images FROM tag ORDER BY 1") == [("#ink", 1), ("#öl", 1)]
    assert rows(engine, "SELECT name, images FROM collection ORDER BY 1") == [("All", 1), ("None", 0)]
    assert rows(engine, "SELECT shelf_id, search @@ 'konigin' FROM image") == [(1, True)]
    assert rows(engine, "SELECT spent_usd, done, state FROM batch") == [(Decimal("0.25"), 1, "done")]


def test_every_function_names_its_schema(engine: Engine) -> None:
    """A function that a later step brings is looked at too; those of the queue's library are not ours."""
    unnamed = """
        SELECT p.oid::regprocedure::text FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
        AND proname NOT LIKE 'procrastinate%%' AND proconfig IS NULL AND (
            prosrc ~* concat('(from|join|into|update|only) (', (
                SELECT string_agg(tablename, '|') FROM pg_tables WHERE schemaname = 'public'), ')\\M')
            OR prosrc ~ concat('(^|[^.\\w])(', (
                SELECT string_agg(proname, '|') FROM pg_proc WHERE pronamespace = 'public'::regnamespace), ') ?\\('))
    """
    assert rows(engine, unnamed) == []


def test_the_schema_is_where_the_tables_are(empty: Engine) -> None:
    run(empty, 'CREATE SCHEMA "My pictures"')
    with empty.begin() as connection:
        connection.exec_driver_sql('SET search_path = "My pictures"')
        migrations.step(connection, "head")
        connection.exec_driver_sql("SET search_path = ''")
        connection.exec_driver_sql(
            "INSERT INTO \"My pictures\".image (original_filename, stored_filename, post_title) VALUES ('', '', 'é')"
        )
    assert rows(empty, 'SELECT images FROM "My pictures".status_count') == [(1,)]


def test_naming_the_schema_writes_no_row_anew(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0004")
        connection.exec_driver_sql(
            "INSERT INTO image (original_filename, stored_filename, post_title) SELECT 'é.jpg', g, 'Öl ' || g"
            " FROM generate_series(1, 100) g"
        )
    kept = "SELECT xmin::text, ctid::text, search::text, facts FROM image ORDER BY id"
    before = rows(empty, kept), rows(empty, "SELECT pg_relation_filenode('image')")
    for down in (False, True, False):
        with empty.begin() as connection:
            migrations.step(connection, "0004" if down else "0005", down=down)
        assert rows(empty, "SELECT version_num FROM alembic_version") == [("0004" if down else "0005",)]
    assert (rows(empty, kept), rows(empty, "SELECT pg_relation_filenode('image')")) == before


def test_maintenance_works_without_a_search_path(engine: Engine) -> None:
    run(engine, "INSERT INTO image (original_filename, stored_filename, post_title) VALUES ('é', 'é', 'é')")
    statements = (
        "ANALYZE",
        "VACUUM FULL public.image",
        "CLUSTER public.image USING image_pkey",
        "REINDEX SCHEMA public",
        "CREATE INDEX of_words ON public.image (public.search_words(post_title))",
        "REINDEX INDEX public.of_words",
        "ANALYZE public.image",
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET search_path = ''")
        try:
            for statement in statements:
                connection.exec_driver_sql(statement)
        finally:
            connection.exec_driver_sql("RESET search_path")
            connection.exec_driver_sql("DROP INDEX IF EXISTS of_words")
