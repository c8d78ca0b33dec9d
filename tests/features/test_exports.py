"""The CSV: read through a cursor of the server, in pieces, whatever the number of rows."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from features import exports, search
from features.search import Filters
from models import Image
from tests.material import row

MANY = 20_000


@pytest.fixture
def many(engine: Engine) -> None:
    """Fill the library with twenty thousand pictures."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO image (original_filename, stored_filename, post_title, description)"
                " SELECT 'heron.jpg', n || '.jpg', 'Title ' || n, repeat('x', 200)"
                f" FROM generate_series(1, {MANY}) AS n"
            )
        )


@pytest.mark.usefixtures("many")
def test_a_large_library_is_read_in_pieces_with_flat_memory(engine: Engine) -> None:
    cursors: list[str | None] = []

    def note(_connection: Any, cursor: Any, *_: Any) -> None:
        # psycopg2 gives a name to a cursor that stays on the server; without one it takes all rows at once.
        cursors.append(cursor.name)

    event.listen(engine, "before_cursor_execute", note)
    tracemalloc.start()
    with engine.connect() as connection:
        lines = [piece.count(b"\r\n") for piece in exports.pieces(connection, Filters())]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    event.remove(engine, "before_cursor_execute", note)
    assert sum(lines) == MANY + 1
    assert max(lines) <= exports.ROWS_AT_ONCE
    assert len(cursors) == 1
    assert cursors[0]
    # The whole is 6 MB of text.
    assert peak < 2_000_000


def test_a_piece_is_read_only_when_it_is_asked_for(engine: Engine, session: Session) -> None:
    row(session, post_title="first")
    session.commit()
    with engine.connect() as connection:
        pieces = exports.pieces(connection, Filters())
        assert next(pieces).startswith(b"id,original_filename")
        row(session, post_title="second")
        session.commit()
        assert next(pieces).count(b"\r\n") == 2


def test_the_summary_counts_what_is_empty_in_what_would_be_exported(session: Session) -> None:
    row(session, post_title="a", description="b", status="ready")
    row(session, post_title="a", status="ready")
    row(session, description="b", status="ready")
    row(session)
    session.flush()
    assert exports.summary(session, Filters()) == exports.Summary(4, 2, 2)
    assert exports.summary(session, Filters(status="ready")) == exports.Summary(3, 1, 1)


def test_ids_keep_the_order_of_the_page(engine: Engine, session: Session) -> None:
    images = [row(session, post_title=title) for title in "bca"]
    session.commit()
    filters = Filters(sort="title", ids=tuple(image.id for image in images[:2]))
    with engine.connect() as connection:
        lines = b"".join(exports.pieces(connection, filters)).decode().splitlines()[1:]
    listed = [image.id for image in search.page(session, filters, 10).images]
    assert [int(line.split(",")[0]) for line in lines] == listed == [images[0].id, images[1].id]
    assert session.get(Image, images[2].id) is not None
