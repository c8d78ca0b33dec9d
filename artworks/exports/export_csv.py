"""The library as CSV: made by the database, written in pieces, safe to open in a spreadsheet."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from artworks.adapters.postgres.copy_rows import copy_out
from artworks.core import csv_sql
from artworks.core.csv_sql import PLAIN, CsvFormat, harmless
from artworks.core.fields import FIELDS
from artworks.search.conditions import conditions
from artworks.search.filters import Filters
from artworks.search.listing import select_images
from models import Category, Image

NAMES = ("original_filename", "stored_filename", *(field.name for field in FIELDS), "status")
HEADER = ",".join(["id", *NAMES, "created_at"])


@dataclass(frozen=True)
class Summary:
    """How many pictures an export has, and how many of them lack words."""

    count: int
    titles: int
    descriptions: int


def _cells() -> dict[str, ColumnElement[str]]:
    special: dict[str, ColumnElement[str]] = {
        # Begins with a # or is empty.
        "hashtags": func.array_to_string(Image.hashtags, " "),
        "category": harmless(func.coalesce(Category.name, "")),
        "status": Image.status.expression,
    }
    return {name: special[name] if name in special else harmless(getattr(Image, name)) for name in NAMES}


def rows(filters: Filters) -> Select[Any]:
    """Select the texts that an export has of each picture, as they are stored: its size is estimated by them."""
    texts = [getattr(Image, name) for name in NAMES if name not in ("category", "status")]
    selected: Select[Any] = select_images(filters).with_only_columns(*texts, maintain_column_froms=True)
    return selected


def write(connection: Connection, filters: Filters, put: csv_sql.Write, style: CsvFormat = PLAIN) -> None:
    """Write the CSV of pictures in the order of the filters: first the header, then pieces of about 64 kB.

    The database writes the lines (COPY). It ends them with a line feed alone, so the last cell ends with a mark that
    nobody can guess, by which the ends of lines are told from line feeds inside of cells.
    """
    put(csv_sql.header_line(HEADER, style))
    mark = secrets.token_hex(6)
    cells = _cells()
    columns = [
        Image.id,
        *(cell.label(name) for name, cell in cells.items()),
        csv_sql.moment(Image.created_at).concat(mark).label("created_at"),
    ]
    query = select_images(filters).with_only_columns(*columns, maintain_column_froms=True)
    query = query.outerjoin(Category, Category.id == Image.category_id)
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    options = f"FORMAT csv, DELIMITER '{style.separator}', FORCE_QUOTE ({', '.join(cells)})"
    statement = f"COPY ({compiled}) TO STDOUT WITH ({options})"
    end = f"{mark}\n".encode()
    copy_out(
        connection.connection.driver_connection,
        statement,
        compiled.params,
        lambda piece: put(piece.replace(end, b"\r\n")),
    )


def summary(session: Session, filters: Filters) -> Summary:
    """Count what an export would have, and how many titles and descriptions are still empty."""
    query = select(
        func.count(),
        func.count().filter(Image.post_title == ""),
        func.count().filter(Image.description == ""),
    ).where(*conditions(filters))
    return Summary(*session.execute(query).one())
