"""Names that people give to things of theirs: one line, and no two alike whatever the case."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from artworks.core.errors import Conflict, Invalid
from artworks.core.text import clean

LONGEST_NAME = 80


def clean_name(value: object) -> str:
    """Return a name in one line; raises Invalid for an empty or too long one, and for one that nobody could see."""
    text = clean(value, "name", 10 * LONGEST_NAME)
    name = clean(" ".join(text.split()), "name", LONGEST_NAME)
    if all(unicodedata.category(char)[0] in "CZ" for char in name):
        raise Invalid("Give it a name.", field="name")
    return name


@contextmanager
def no_other(session: Session, what: str, name: str) -> Iterator[None]:
    """Write what is set or added inside; raises Conflict when the name is taken, and everything before it stays."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError:
        raise Conflict(f"There is a {what} called “{name}” already.", field="name") from None
