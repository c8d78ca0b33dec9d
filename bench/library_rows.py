"""A library of any size for the benchmarks: invented words, some of them in every second picture, most of them rare.

`python -m bench.library_rows URL 1000000` fills an empty, migrated database; a million rows take some minutes. Rows are
written by the database itself, without its triggers and on both cores; the counts are made once at the end.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from artworks.search import palette

SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ren",
    "tas",
    "vo",
    "du",
    "hel",
    "gri",
    "san",
    "po",
    "wen",
    "ti",
    "mar",
    "zu",
    "bel",
)
VOCABULARY, TAGS, SHELVES, PARTS, PALETTES = 30_000, 10_000, 20, 3, 1_000
PROCESSES = 2

ROWS = """
INSERT INTO image (original_filename, stored_filename, post_title, description, hashtags, category_id, shelf_id,
    key_points, alt_text, status, origins, width, height, size_bytes, media_type, sha256, rendition_type,
    rendition_version, colours, colour_names, palette, look, created_at, updated_at, compared_at)
SELECT 'IMG_' || g || '.jpg', 'bench-' || g || '.jpg',
    CASE WHEN g % 20 = 0 THEN '' ELSE initcap(pick(3 + (g % 3)::int)) END,
    CASE WHEN g % 20 = 0 THEN '' ELSE initcap(pick(30 + (g % 25)::int)) || '.' END,
    (SELECT array_agg(DISTINCT '#' || (SELECT word FROM bench_word WHERE id = n)) FROM (
        SELECT 1 + floor(:tags * power(random(), 3))::int AS n FROM generate_series(1, 4 + (g % 3)::int)
    ) AS numbers),
    c.id, coalesce(c.parent_id, c.id), CASE WHEN g % 3 = 0 THEN pick(5) ELSE '' END,
    CASE WHEN g % 10 = 0 THEN '' ELSE pick(8) END,
    (ARRAY['new', 'draft', 'ready', 'ready', 'ready'])[1 + floor(5 * random())::int],
    CASE WHEN g % 2 = 0 THEN '{"post_title": "ai", "description": "ai"}' ELSE '{"post_title": "person"}' END::jsonb,
    3000 + (g % 7)::int * 200, 3600, 500000 + floor(random() * 9000000)::bigint, 'image/jpeg',
    md5(g::text) || md5((-g)::text), 'image/jpeg', 2, ARRAY['#2a9d8f', '#e9c46a'],
    ARRAY[(ARRAY['teal', 'orange', 'blue', 'grey', 'brown', 'green'])[1 + (g % 6)::int]],
    p.cells, hashint8extended(g, 0),
    now() - interval '3 years' + g * interval '90 seconds', now() - random() * interval '3 years', now()
FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS g
JOIN category c ON c.id = 1 + floor(:categories * power((g * 2654435761 % 1000003) / 1000003.0, 2))
JOIN bench_palette p ON p.id = g % :palettes
"""
PICK = """
CREATE OR REPLACE FUNCTION pick(many int) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(word, ' ') FROM (
        SELECT (SELECT word FROM bench_word WHERE id = n) AS word FROM (
            SELECT 1 + floor(30000 * power(random(), 5))::int AS n FROM generate_series(1, many)
        ) AS numbers
    ) AS words
$$
"""
COUNTS = (
    "INSERT INTO status_count SELECT status, count(*) FROM image GROUP BY 1",
    "UPDATE category c SET images = (SELECT count(*) FROM image WHERE category_id = c.id)",
    "INSERT INTO tag SELECT folded, min(tag), count(*) FROM image, unnest(hashtags_folded, hashtags) AS t(folded, tag) "
    "GROUP BY 1",
)


def words() -> list[str]:
    """Invent words; the first ones are used most."""
    made = ("".join(some) for length in (2, 3, 4) for some in itertools.product(SYLLABLES, repeat=length))
    return list(itertools.islice(made, VOCABULARY))


def fill(url: str, count: int) -> None:
    """Fill an empty, migrated library with so many pictures."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        _prepare(connection)
        indexes = _drop_indexes(connection)
    share = -(-count // PROCESSES)
    with ThreadPoolExecutor(PROCESSES) as pool:
        list(
            pool.map(
                lambda first: _write(engine, first, min(first + share - 1, count)), range(1, count + 1, share)
            )
        )
        list(pool.map(lambda index: _run(engine, index), indexes))
    _run(engine, *COUNTS)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _prepare(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE IF NOT EXISTS bench_word (id int PRIMARY KEY, word text NOT NULL)"))
    rows = "SELECT place, word FROM unnest(:words) WITH ORDINALITY AS t (word, place)"
    connection.execute(text(f"INSERT INTO bench_word {rows}"), {"words": words()})
    connection.execute(text(PICK))
    connection.execute(text("CREATE TABLE bench_palette (id int PRIMARY KEY, cells int[] NOT NULL)"))
    some = random.Random(1)
    cells = [
        {"id": number, "cells": palette.cells_of(f"#{some.randrange(1 << 24):06x}" for _ in range(3))}
        for number in range(PALETTES)
    ]
    connection.execute(text("INSERT INTO bench_palette VALUES (:id, :cells)"), cells)
    shelf = text("INSERT INTO category (name) VALUES (:name) RETURNING id")
    part = text("INSERT INTO category (name, parent_id) VALUES (:name, :parent)")
    for number in range(SHELVES):
        name = f"Shelf {number}"
        parent = connection.scalar(shelf, {"name": name})
        for place in range(PARTS):
            connection.execute(part, {"name": f"{name} / Part {place}", "parent": parent})


def _drop_indexes(connection: Connection) -> list[str]:
    """Drop the indexes of the pictures but the key; gives the statements that make them again."""
    found = connection.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'image' AND indexname <> 'image_pkey'"
        )
    ).all()
    for name, _ in found:
        connection.execute(text(f'DROP INDEX "{name}"'))
    return [definition for _, definition in found]


def _write(engine: Engine, first: int, last: int) -> None:
    values = {
        "first": first,
        "last": last,
        "tags": TAGS,
        "categories": SHELVES * (PARTS + 1),
        "palettes": PALETTES,
    }
    _run(engine, "SET LOCAL session_replication_role = replica", ROWS, **values)


def _run(engine: Engine, *statements: str, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
        for statement in statements:
            literal = statement if values else statement.replace(":", r"\:")
            connection.execute(
                text(literal.replace("::", r"\:\:").replace('": "', '"\\: "')), values if values else None
            )


def main() -> None:
    """Fill the database that is named."""
    url, count = sys.argv[1], int(sys.argv[2])
    begun = time.monotonic()
    fill(url, count)
    print(f"{count:,} pictures in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
