"""How a large library feels: pages, searches, edits and the CSV at a million pictures, beside a thousand.

`python -m bench.library 1000000` (the number is optional) makes both libraries in an embedded server, which takes some
minutes, and prints ratios of one run: ours beside its limit.

On 1 December 2026, by the processor time of Python and the database together, as other programs ran beside it: first
pages at a million beside a thousand 0.97 to 1.12 in each of the eight orders, 0.97 as a wall, 1.18 as a grid, 1.00 for
the pictures beside one; last pages beside first ones 0.95 to 1.06; 55 searches 97 ms at the 95th percentile.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask, render_template
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.pool import NullPool

import migrations
from app import Config, create_app
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from artworks.core.actor import OWNER
from artworks.search.filters import Filters
from artworks.search.pagination import encode_cursor, order_of
from artworks.web.image_json import rendition_url
from bench import library_rows
from bench.plans import words
from models import Image
from tests.support.program import ROOT

SMALL, LARGE = 1_000, 1_000_000
TIMES = 15
COPY = (
    "COPY (SELECT id, original_filename, stored_filename, post_title, description, array_to_string(hashtags, ' '), "
    "category_id, key_points, alt_text, status, created_at FROM image ORDER BY created_at DESC, id DESC) TO STDOUT CSV"
)
SORTS = ("newest", "oldest", "title", "title_down", "status", "status_down", "edited", "largest")


def milliseconds(run: Callable[[], object], times: int = TIMES) -> list[float]:
    """Time something several times, after one that does not count."""
    run()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        run()
        taken.append((time.perf_counter() - begun) * 1000)
    return sorted(taken)


def in_turn(ours: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Return the medians of two things that are timed in turn, so that both have the same good and bad moments."""
    taken = [(milliseconds(ours, 1)[0], milliseconds(other, 1)[0]) for _ in range(TIMES)]
    return statistics.median(one for one, _ in taken), statistics.median(one for _, one in taken)


def library(url: str, folder: Path, count: int) -> tuple[FlaskClient, Engine, float]:
    """Fill a database and serve it; returns how many seconds the start of the application took."""
    engine = create_engine(url, poolclass=NullPool)
    migrations.upgrade(url)
    library_rows.fill(url, count)
    begun = time.perf_counter()
    migrations.upgrade(url)
    settings = {"DATABASE_URL": url, "INSTANCE_DIR": f"{folder}/instance", "STORAGE_URL": f"{folder}/uploads"}
    client = create_app(Config.from_env(settings)).test_client()
    client.get("/readyz")
    return client, engine, time.perf_counter() - begun


def read(client: FlaskClient, address: str) -> Callable[[], object]:
    """Return a function that reads an address to its end."""

    def run() -> None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.status_code
        answer.get_data()

    return run


def compare(what: str, ours: float, other: float, most: float, unit: str = "ms") -> None:
    """Print one ratio beside what was promised."""
    print(f"  {what:44} {ours:9.1f} {unit} / {other:8.1f} {unit} = {ours / other:5.2f}   (at most {most})")


def last_page(engine: Engine, sort: str) -> str:
    """Return the address of the last page of an order: what comes after the 51st picture from its end."""
    order = order_of(Filters(sort=sort))
    with engine.connect() as connection:
        place = connection.execute(
            select(*order.columns)
            .where(Image.trashed_at.is_(None))
            .order_by(*order.order_by(back=True))
            .limit(51)
        ).all()[-1]
    return f"/?sort={sort}&after={encode_cursor(place)}"


def beside_some(engine: Engine) -> str:
    """Return the address of what the viewer shows beside a picture in the middle of the list."""
    with engine.connect() as connection:
        middle = connection.scalar(
            text("SELECT id FROM image ORDER BY id OFFSET (SELECT max(id) / 2 FROM image) LIMIT 1")
        )
    return f"/images/{middle}/neighbours"


def pages(small: FlaskClient, large: FlaskClient, small_engine: Engine, engine: Engine) -> None:
    """Compare pages of the large library with those of the small one."""
    print("Pages, median")
    for sort in SORTS:
        address = f"/?sort={sort}"
        ours, other = in_turn(read(large, address), read(small, address))
        compare(f"first page by {sort}", ours, other, 1.3)
    # The commonest tag of each: a page of the small library is to be a full one too.
    tags = {one: one.get("/api/tags").get_json()["tags"][0]["name"].lstrip("#") for one in (large, small)}
    for name in ("status=draft", f"category={words(engine)['category']}", "tag=", "colour=teal"):
        ours, other = in_turn(
            *(read(one, f"/?{name}{tags[one] if name == 'tag=' else ''}") for one in (large, small))
        )
        compare(f"first page of a {name.partition('=')[0]}", ours, other, 1.3)
    for view in ("wall", "grid"):
        ours, other = in_turn(*(read(one, f"/?view={view}") for one in (large, small)))
        compare(f"first page as a {view}", ours, other, 1.3)
    ours, other = in_turn(read(large, beside_some(engine)), read(small, beside_some(small_engine)))
    compare("pictures beside one, for the viewer", ours, other, 1.3)
    for sort in SORTS:
        last, first = in_turn(read(large, last_page(engine, sort)), read(large, f"/?sort={sort}"))
        compare(f"last page / first page by {sort}", last, first, 1.5)


def bare(large: FlaskClient, engine: Engine) -> None:
    """Compare the library page with a bare Flask page that reads the same 50 rows and renders them."""
    page = Flask(__name__, template_folder=str(ROOT / "templates"))
    page.jinja_env.filters.update(large.application.jinja_env.filters)
    newest = (
        select(Image)
        .options(joinedload(Image.category_row), joinedload(Image.suggestion))
        .where(Image.trashed_at.is_(None))
        .order_by(Image.created_at.desc(), Image.id.desc())
        .limit(50)
    )
    pooled = create_engine(engine.url)

    @page.get("/")
    def rows() -> str:
        with Session(pooled) as session:
            return render_template(
                "library/_rows.html",
                images=session.scalars(newest).all(),
                listing={"view": "table", "next_url": None},
                rendition_url=rendition_url,
                me=OWNER,
                filter_query="",
            )

    ours, other = in_turn(read(large, "/"), read(page.test_client(), "/"))
    compare("library page / bare Flask page of the same rows", ours, other, 2.0)


def searches(large: FlaskClient, engine: Engine) -> None:
    """Time searches of one and two words, rare, medium and common."""
    with engine.connect() as connection:
        numbers = (1, 5, 30, 100, 300, 600, 1_000, 3_000, 10_000, 29_000)
        some = [
            str(connection.scalar(text("SELECT word FROM bench_word WHERE id = :id"), {"id": number}))
            for number in numbers
        ]
    queries = some + [f"{one} {other}" for one in some for other in some if one < other]
    taken = sorted(time_ for query in queries for time_ in milliseconds(read(large, f"/?q={query}"), 2))
    slowest = taken[int(len(taken) * 0.95)]
    print(
        f"Searches: {len(queries)} of one and two words, whole page, 95th percentile {slowest:.0f} ms (at most 150)"
    )


def exports(large: FlaskClient, url: str, count: int) -> None:
    """Compare the CSV with what COPY alone takes, in turn."""
    engine = create_engine(url, poolclass=NullPool)

    class Sink:
        def write(self, _piece: bytes) -> None:
            pass

    def copied() -> float:
        with engine.connect() as connection:
            begun = time.perf_counter()
            connection.connection.cursor().copy_expert(COPY, Sink())
            return time.perf_counter() - begun

    def exported() -> tuple[float, float]:
        begun = time.perf_counter()
        answer = large.get("/export.csv", buffered=False)
        first, rows = 0.0, 0
        for piece in answer.iter_encoded():
            first = first or (time.perf_counter() - begun) * 1000
            # A piece may end between the two signs of a line end.
            rows += piece.count(b"\r")
        answer.close()
        assert rows == count + 1, rows
        return time.perf_counter() - begun, first

    taken = [(copied(), *exported()) for _ in range(3)]
    limit, ours, first = (statistics.median(column) for column in zip(*taken, strict=True))
    print(
        f"CSV: {count / ours:,.0f} rows/s / {count / limit:,.0f} of COPY = {limit / ours:.2f} (at least 0.65); "
        f"first byte after {first:.0f} ms"
    )


def main() -> None:
    """Make both libraries and print the ratios."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE
    with tempfile.TemporaryDirectory(prefix="artwork-bench-") as folder:
        servers = [EmbeddedPostgres(Path(folder) / name) for name in ("small", "large")]
        try:
            urls = [sqlalchemy_url(server.start()) for server in servers]
            small, small_engine, _ = library(urls[0], Path(folder) / "a", SMALL)
            large, engine, start = library(urls[1], Path(folder) / "b", count)
            print(
                f"{count:,} pictures beside {SMALL:,}; the application started in {start:.1f} s (at most 5)"
            )
            pages(small, large, small_engine, engine)
            bare(large, engine)
            searches(large, engine)
            exports(large, urls[1], count)
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
