"""Write down how the database answers every list: `python -m bench.plans URL` fills bench/plans/ with its plans.

The lists and what is watched here are also what tests/search/test_query_plans.py looks at in a small library.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session

from artworks.adapters.postgres.server import SESSION
from artworks.library import neighbours
from artworks.library.sidebar import read_sidebar as beside_library
from artworks.search import listing as search
from artworks.search.counts import count_matches, estimate
from artworks.search.filters import Filters
from artworks.search.listing import position_of
from artworks.taxonomy import tags
from models import Image

FOLDER = Path(__file__).parent / "plans"
SORTS = ("newest", "oldest", "title", "title_down", "status", "status_down", "edited", "largest")


def first_two(session: Session, filters: Filters) -> None:
    """Read the first page and the one after it, and the count, as the library does."""
    seen = estimate(session, filters) if filters.q else None
    page = search.page(session, filters, 50, None, seen)
    if page.next:
        search.page(session, filters, 50, page.next, seen)
    if page.count is None:
        count_matches(session, filters, seen)


def beside(session: Session, filters: Filters) -> None:
    """Read what stands before and after a picture, as its page does."""
    image = session.scalars(search.select_images(filters).limit(1)).first()
    if isinstance(image, Image):
        position_of(session, filters, image)


def strip(session: Session, filters: Filters) -> None:
    """Read the pictures on both sides of one, and at both ends of its list, as the viewer does."""
    image = session.scalars(search.select_images(filters).limit(1)).first()
    if isinstance(image, Image):
        neighbours.around(session, filters, image)
        for last in (False, True):
            neighbours.at_end(session, filters, last=last)


def lists(
    common: str, medium: str, rare: str, tag: str, category: str
) -> dict[str, Callable[[Session], Any]]:
    """Name every list there is, given words, a tag and a category that the library has."""
    filters: dict[str, Filters] = {f"sorted by {sort}": Filters(sort=sort) for sort in SORTS}
    filters |= {
        "trash": Filters(trashed=True),
        "status": Filters(status="draft"),
        "category": Filters(category=category),
        "part of a category": Filters(category=f"{category} / Part 1"),
        "tag": Filters(tag=tag),
        "colour": Filters(colour="teal"),
        "near a colour": Filters(colour="#2a9d8f"),
        "status by title": Filters(status="draft", sort="title"),
        "category by edits": Filters(category=category, sort="edited"),
        "missing words": Filters("missing:alt"),
        "size and date": Filters("size:>9mb after:2020"),
        "common word": Filters(common),
        "medium word": Filters(medium),
        "rare word": Filters(rare),
        "two words": Filters(f"{common} {rare}"),
        "two common words": Filters(f"{common} {medium}"),
        "phrase": Filters(f'"{common} {medium}"'),
        "word in a status": Filters(medium, status="ready"),
        "without a word": Filters(f"{medium} -{rare}"),
    }
    made: dict[str, Callable[[Session], Any]] = {
        name: partial(first_two, filters=one) for name, one in filters.items()
    }
    made["beside a picture"] = lambda session: beside(session, Filters())
    made["beside a picture of a category"] = lambda session: beside(session, Filters(category=category))
    made["strip of a picture"] = lambda session: strip(session, Filters())
    made["strip of a category by title"] = lambda session: strip(
        session, Filters(category=category, sort="title")
    )
    made["beside the library"] = beside_library
    made["tags by prefix"] = lambda session: tags.most_used(session, tag[:3])
    return made


@contextmanager
def watched(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that are sent, with their values."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def plan(connection: Connection, statement: str, values: Any, *, analyse: bool = False) -> str:
    """Ask the database how it answers a statement."""
    how = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF)" if analyse else "EXPLAIN"
    return "\n".join(row[0] for row in connection.exec_driver_sql(f"{how} {statement}", values))


def plans(engine: Engine, run: Callable[[Session], Any], *, analyse: bool = False) -> list[str]:
    """Return the plan of every statement of a list."""
    with watched(engine) as sent, Session(engine) as session:
        run(session)
    with engine.connect() as connection:
        return [plan(connection, *one, analyse=analyse) for one in sent]


def words(engine: Engine) -> dict[str, str]:
    """Find words for `lists`: a common, a medium and a rare one, a tag, a category."""
    with engine.connect() as connection:
        made = {
            name: connection.scalar(text("SELECT word FROM bench_word WHERE id = :id"), {"id": number})
            for name, number in (("common", 1), ("medium", 600), ("rare", 29_000))
        }
        tag = connection.scalar(text("SELECT shown FROM tag ORDER BY images DESC OFFSET 20 LIMIT 1"))
    return {**made, "tag": str(tag), "category": "Shelf 3"}


def main() -> None:
    """Write one file a list."""
    engine = create_engine(sys.argv[1], connect_args={"options": SESSION})
    FOLDER.mkdir(exist_ok=True)
    for name, run in lists(**words(engine)).items():
        found = plans(engine, run, analyse=True)
        path = FOLDER / f"{re.sub('[^a-z]+', '-', name)}.txt"
        path.write_text("\n\n".join(found) + "\n", encoding="utf-8")
        print(f"{name}: {len(found)} statements")


if __name__ == "__main__":
    main()
