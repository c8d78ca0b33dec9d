"""The CSV: written by the database, read in pieces, whatever the number of rows; every text comes back as it was."""

from __future__ import annotations

import csv
import io
import secrets
import tracemalloc

import psycopg2.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from artworks.adapters.postgres.copy_rows import copy_out
from artworks.exports import export_csv, export_file
from artworks.exports.export_file import Export
from artworks.search import listing as search
from artworks.search.filters import Filters
from models import Image
from tests.support.examples import examples
from tests.support.material import is_formula, row

MANY = 5_000


def csv_of(engine: Engine, filters: Filters) -> bytes:
    """Return the whole CSV of some pictures."""
    pieces: list[bytes] = []
    with engine.connect() as connection:
        export_csv.write(connection, filters, pieces.append)
    return b"".join(pieces)


@pytest.fixture
def many(engine: Engine) -> None:
    """Fill the library with twenty thousand pictures."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO image (original_filename, stored_filename, post_title, description)"
                " SELECT 'heron.jpg', n || '.jpg', 'Title ' || n, repeat('x', 800)"
                f" FROM generate_series(1, {MANY}) AS n"
            )
        )


@pytest.mark.usefixtures("many")
def test_a_large_library_is_written_in_pieces_with_flat_memory(engine: Engine) -> None:
    sizes: list[int] = []
    tracemalloc.start()
    with engine.connect() as connection:
        export_csv.write(connection, Filters(), lambda piece: sizes.append(piece.count(b"\r\n")))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) == MANY + 1
    assert len(sizes) > 20
    # The whole is 4 MB of text.
    assert peak < 2_000_000


def test_what_the_database_says_against_it_is_raised(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 1")
        driver = connection.connection.driver_connection
        with pytest.raises(psycopg2.errors.QueryCanceled):
            copy_out(driver, "COPY (SELECT pg_sleep(5)) TO STDOUT", {}, list[bytes]().append)


def test_the_size_of_an_export_is_guessed_well(engine: Engine, session: Session) -> None:
    for number in range(300):
        # Longer than what a table keeps in a row.
        row(session, description=secrets.token_hex(2400), status="ready" if number < 30 else "new")
    session.commit()
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE image")
    for filters in (Filters(), Filters(status="ready")):
        export = Export(lambda *_: None, export_csv.rows(filters), Image)
        size = len(csv_of(engine, filters))
        assert size / 2 < export_file.estimate(session, export) < size * 2


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@examples(20)
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
    found = csv_of(engine, Filters(ids=(number,))).decode()
    (line,) = csv.DictReader(io.StringIO(found, newline=""))
    for name, value in (("post_title", title), ("description", description)):
        assert line[name] == (f"'{value}" if is_formula(value) else value)


def test_the_summary_counts_what_is_empty_in_what_would_be_exported(session: Session) -> None:
    row(session, post_title="a", description="b", status="ready")
    row(session, post_title="a", status="ready")
    row(session, description="b", status="ready")
    row(session)
    session.flush()
    assert export_csv.summary(session, Filters()) == export_csv.Summary(4, 2, 2)
    assert export_csv.summary(session, Filters(status="ready")) == export_csv.Summary(3, 1, 1)


def test_ids_keep_the_order_of_the_page(engine: Engine, session: Session) -> None:
    images = [row(session, post_title=title) for title in "bca"]
    session.commit()
    filters = Filters(sort="title", ids=tuple(image.id for image in images[:2]))
    lines = csv_of(engine, filters).decode().splitlines()[1:]
    listed = [image.id for image in search.page(session, filters, 10).images]
    assert [int(line.split(",")[0]) for line in lines] == listed == [images[0].id, images[1].id]
    assert session.get(Image, images[2].id) is not None
