"""What a person saw of a thing when they changed it: over a newer version nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from errors import Conflict


class Stale(Conflict):
    """Somebody changed it since the caller looked; `current` is what is there now, as JSON has it."""

    def __init__(self, said: str, current: Mapping[str, Any]) -> None:
        super().__init__(f"This was changed elsewhere in the meantime, so nothing was saved. {said}")
        self.current = dict(current)


def check(seen: int | None, current: Mapping[str, Any], said: str) -> None:
    """Raise Stale unless `seen` is the `version` in `current`; `said` tells in words what is there now.

    None is for the program itself, which saw nothing.
    """
    if seen is not None and seen != current["version"]:
        raise Stale(said, current)
