"""Rows by ids from addresses: one that no row can have is missing, and no error of the database."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from artworks.core.database import LARGEST_ID, get_or_404, is_id, one_or_404, split_page
from artworks.core.errors import NotFound
from models import Category


def test_an_id_is_a_positive_bigint() -> None:
    assert [number for number in (-1, 0, 1, LARGEST_ID, LARGEST_ID + 1) if is_id(number)] == [1, LARGEST_ID]


@pytest.mark.parametrize("number", [-1, 0, 4711, LARGEST_ID, LARGEST_ID + 1])
def test_what_no_row_has_is_not_found(session: Session, number: int) -> None:
    with pytest.raises(NotFound, match="No such thing"):
        get_or_404(session, Category, number, "No such thing.")
    with pytest.raises(NotFound, match="No such thing"):
        one_or_404(session, select(Category).where(Category.id == number), number, "No such thing.")


def test_a_row_is_found_by_its_id(session: Session) -> None:
    session.add(made := Category(name="Prints"))
    session.flush()
    assert get_or_404(session, Category, made.id, "") is made
    assert one_or_404(session, select(Category).where(Category.id == made.id), made.id, "") is made


@pytest.mark.parametrize(
    ("rows", "shown", "last"), [([], [], None), ([1, 2], [1, 2], None), ([1, 2, 3], [1, 2], 2)]
)
def test_a_page_knows_its_last_row_only_when_there_are_more(
    rows: list[int], shown: list[int], last: int | None
) -> None:
    assert split_page(rows, 2) == (shown, last)
