"""Rows by their ids, which come from addresses and forms and may be any number, and pages of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

from artworks.core.errors import NotFound

T = TypeVar("T")
# The largest bigint: to the database a larger number is an error, and no row that is missing.
LARGEST_ID = 2**63 - 1
# Digits of an id that the database can hold for certain.
LONGEST_NUMBER = 18


def is_number(raw: str, longest: int = LONGEST_NUMBER) -> bool:
    """Return whether a text is a whole number of at most so many digits, without a sign."""
    return raw.isascii() and raw.isdigit() and len(raw) <= longest


def is_id(number: int) -> bool:
    """Return whether a number can be the id of a row."""
    return 0 < number <= LARGEST_ID


def get_or_404(session: Session, model: type[T], number: int, sentence: str) -> T:
    """Return the row of a table that has an id; raises NotFound with the sentence."""
    row = session.get(model, number) if is_id(number) else None
    if row is None:
        raise NotFound(sentence)
    return row


def one_or_404(session: Session, query: Select[T], number: int, sentence: str) -> T:
    """Return the one row that a query for an id finds; raises NotFound with the sentence."""
    row: T | None = session.scalar(query) if is_id(number) else None
    if row is None:
        raise NotFound(sentence)
    return row


def split_page(rows: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """Return the rows that a page shows, of one more than its limit, and the last of them when there are more."""
    shown = rows[:limit]
    return shown, shown[-1] if len(rows) > limit else None
