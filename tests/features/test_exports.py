"""The CSV: written by the database, read in pieces, whatever the number of rows; every text comes back as it was."""

from __future__ import annotations

import csv
import io
import threading
import tracemalloc

import psycopg2.errors
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from adapters.copying import copied
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
    tracemalloc.start()
    with engine.connect() as connection:
        sizes = [(len(piece), piece.count(b"\r\n")) for piece in exports.pieces(connection, Filters())]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(lines for _, lines in sizes) == MANY + 1
    assert len(sizes) > 20
    # The whole is 6 MB of text.
    assert peak < 2_000_000


def test_nothing_is_read_before_it_is_asked_for(engine: Engine, session: Session) -> None:
    row(session, post_title="first")
    session.commit()
    with engine.connect() as connection:
        pieces = exports.pieces(connection, Filters())
        assert next(pieces).startswith(b"id,original_filename")
        row(session, post_title="second")
        session.commit()
        assert next(pieces).count(b"\r\n") == 2


@pytest.mark.usefixtures("many")
def test_an_export_that_is_left_ends_its_copy(engine: Engine) -> None:
    # Threads of earlier tests may end meanwhile.
    before = set(threading.enumerate())
    with engine.connect() as connection:
        pieces = exports.pieces(connection, Filters())
        next(pieces)
        next(pieces)
        (copying,) = set(threading.enumerate()) - before
        pieces.close()
        assert not copying.is_alive()


def test_what_the_database_says_against_it_is_raised(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 1")
        pieces = copied(connection.connection.driver_connection, "COPY (SELECT pg_sleep(5)) TO STDOUT", {})
        with pytest.raises(psycopg2.errors.QueryCanceled):
            next(pieces)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=CELL,
    description=CELL | st.sampled_from(["=1+1", "-", "\r\n", '"', 'a"b\nc', "\\.", "\\N", ",", "'"]),
)
def test_every_text_comes_back_as_it_was(engine: Engine, title: str, description: str) -> None:
    with Session(engine) as session, session.begin():
        number = row(session, "a,b.jpg").id
        words = {"title": title, "description": description, "id": number}
        session.execute(
            text("UPDATE image SET post_title = :title, description = :description WHERE id = :id"), words
        )
    with engine.connect() as connection:
        found = b"".join(exports.pieces(connection, Filters(ids=(number,)))).decode()
    (line,) = csv.DictReader(io.StringIO(found, newline=""))
    for name, value in (("post_title", title), ("description", description)):
        assert line[name] == (f"'{value}" if value.startswith(exports.FORMULA_SIGNS) else value)


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
