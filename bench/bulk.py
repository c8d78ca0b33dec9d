"""How long one change of 10,000 pictures takes, its undo, and how long somebody else waits meanwhile.

A real PostgreSQL on this machine, made durable as in earnest. Promised: less than 3 s, and nobody is held up.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import sessionmaker

import migrations
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from artworks.bulk import bulk_edit as bulk
from artworks.bulk import undo as bulk_undo
from artworks.bulk.bulk_edit import Change
from artworks.core.transactions import TransactionFactory
from artworks.edits.field_updates import UpdateCount
from artworks.search.filters import Filters
from artworks.taxonomy import categories, tags
from artworks.taxonomy import queries as taxonomy

PICTURES, LIBRARY = 10_000, 50_000
PROMISED_SECONDS = 3.0
# Like a library of some years: words of every length, ten hashtags each, in forty categories.
MAKE = (
    text("INSERT INTO category (name) SELECT 'Series ' || n FROM generate_series(1, 40) AS n"),
    text(
        """
        INSERT INTO image (original_filename, stored_filename, post_title, description, hashtags, category_id,
            key_points, alt_text, status, origins, width, height, size_bytes, media_type, sha256, created_at)
        SELECT 'IMG_' || n || '.jpg', md5(n::text) || '.jpg', 'Study ' || n || ' of water and reeds',
            repeat('A heron stands in shallow water near the old mill. Number ' || n || '. ', 1 + n % 8),
            ARRAY(SELECT '#tag' || (n * 7 + t * 13) % 300 FROM generate_series(1, 10) AS t GROUP BY 1),
            1 + n % 40, 'linocut, 30 x 40 cm, edition of ' || n % 90, 'Seven ridges and a bird', 'draft',
            '{"post_title": "ai", "description": "ai", "hashtags": "ai"}', 4000, 3000, 3000000, 'image/jpeg',
            md5(n::text), now() - n * interval '1 minute'
        FROM generate_series(1, :pictures) AS n
    """.replace("::", r"\:\:")
    ),
)
TOUCH = text("UPDATE image SET updated_at = now(), version = version + 1 WHERE id = :id")


def seconds(act: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def waits(engine: Engine, stop: threading.Event, ids: list[int]) -> list[float]:
    """Edit pictures of the action, whichever, until told to stop; returns how long each took."""
    found = []
    # Not in steps: those would fall into step with the chunks.
    chosen = random.Random(1)
    while not stop.is_set():
        one = chosen.choice(ids)
        with engine.begin() as connection:
            found.append(seconds(lambda c=connection, i=one: c.execute(TOUCH, {"id": i})))  # type: ignore[misc]
        time.sleep(0.01)
    return found


def main() -> None:
    """Print the seconds."""
    with tempfile.TemporaryDirectory(prefix="artwork-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        url = sqlalchemy_url(server.start())
        try:
            migrations.upgrade(url)
            engine = create_engine(url)
            with engine.begin() as connection:
                for statement in MAKE:
                    values = (
                        {"pictures": LIBRARY} if "pictures" in statement.text.partition("(1, :")[2] else {}
                    )
                    connection.execute(statement, values)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
            measure(engine)
            engine.dispose()
        finally:
            server.stop()


def measure(engine: Engine) -> None:
    """Do the promised action, alone and with somebody editing in between; then undo it."""
    begin: TransactionFactory = sessionmaker(engine, expire_on_commit=False).begin
    ids = tuple(range(1, PICTURES + 1))
    print(f"{PICTURES:,} of {LIBRARY:,} pictures in one action; promised less than {PROMISED_SECONDS:g} s")
    done: list[bulk.BulkResult] = []
    first = bulk.clean_change(Change(status="ready", add_hashtags=("#spring2026", "#linocut")))
    took = seconds(lambda: done.append(bulk.apply(begin, Filters(ids=ids), first, "first")))
    assert done[0].changed == PICTURES
    print(f"  status and two hashtags: {took:.2f} s")
    number = done[0].bulk_edit_id or 0
    took = seconds(lambda: bulk_undo.undo(begin, number))
    print(f"  its undo: {took:.2f} s")
    stop, found = threading.Event(), []
    editor = threading.Thread(target=lambda: found.extend(waits(engine, stop, list(ids))))
    editor.start()
    again = bulk.clean_change(Change(category="Prints", status="new", remove_hashtags=("#tag1", "#tag2")))
    took = seconds(lambda: bulk.apply(begin, Filters(ids=ids), again, "again"))
    stop.set()
    editor.join()
    print(
        f"  category, status and hashtags while somebody edits the same pictures: {took:.2f} s; "
        f"of their {len(found)} edits half took less than {sorted(found)[len(found) // 2] * 1000:.0f} ms, "
        f"the slowest {max(found) * 1000:.0f} ms"
    )
    merges(begin)
    took = seconds(lambda: bulk.apply(begin, Filters(ids=ids), Change(trash=True), "to the trash"))
    print(f"  to the trash: {took:.2f} s")


def merges(begin: TransactionFactory) -> None:
    """Merge a category of so many pictures into another one, and so many tags that as many have them; undo both."""

    def merge_category() -> UpdateCount:
        with begin() as session:
            both = (taxonomy.find_or_create(session, name) for name in ("Prints", "Paintings"))
            return categories.merge(session, *(category.id for category in both if category))

    def merge_tags() -> UpdateCount:
        with begin() as session:
            return tags.merge(session, [f"#tag{number}" for number in range(3, 9)], "#water")

    for what, merge in (("a category", merge_category), ("six tags", merge_tags)):
        done: list[UpdateCount] = []
        took = seconds(lambda done=done, merge=merge: done.append(merge()))  # type: ignore[misc]
        number = done[0].bulk_edit_id or 0
        back = seconds(lambda number=number: bulk_undo.undo(begin, number))  # type: ignore[misc]
        print(f"  merging {what}, {done[0].live:,} pictures: {took:.2f} s; its undo {back:.2f} s")


if __name__ == "__main__":
    main()
