"""What a person saw of a thing when they changed it: over a newer version nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from artworks.core.errors import Conflict
from models import Base


class Stale(Conflict):
    """Somebody changed it since the caller looked; `current` is what is there now, as JSON has it."""

    def __init__(self, said: str, current: Mapping[str, Any]) -> None:
        super().__init__(f"This was changed elsewhere in the meantime, so nothing was saved. {said}")
        self.current = dict(current)


def hold(session: Session, row: Base) -> None:
    """Read a row as it is now, and keep others from changing it until the transaction ends."""
    session.refresh(row, with_for_update={"key_share": True})


def check(seen: int | None, version: int, said: str, current: Mapping[str, Any]) -> None:
    """Raise Stale unless `seen` is the version of now; `said` tells in words what is there, `current` as data.

    None is for the program itself, which saw nothing.
    """
    if seen is not None and seen != version:
        raise Stale(said, current)
