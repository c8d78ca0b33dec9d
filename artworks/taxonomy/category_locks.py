"""Move all pictures of some categories, and lock the table of categories from then on.

An edit of a picture has its row locked when it comes to the category, so whoever has the categories locked must not
wait for a picture: the two would wait for each other. What is done here waits for neither for long, but rolls back to
a savepoint and begins anew.
Before that, and then only, it waits for pictures: in the order of their ids, as everybody who takes several does.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from artworks.core.errors import Conflict
from artworks.edits.field_updates import UpdateCount
from artworks.taxonomy import renames

# One after the other: any number, the same for all who put categories in order.
TAXONOMY_LOCK = text("SELECT pg_advisory_xact_lock(7240311)")
# Nobody makes, fills or counts a category until this transaction ends; reading goes on.
LOCK_CATEGORIES = text("LOCK TABLE category IN EXCLUSIVE MODE")
SHORT_TIMEOUT = text("SET LOCAL lock_timeout = '500ms'")
USUAL_TIMEOUT = text("SET LOCAL lock_timeout TO DEFAULT")
# Those of a category and of its subcategories together: one after the other would be another order than that of ids.
WAIT_FOR_PICTURES = text(
    "SELECT count(*) FROM (SELECT 1 FROM image WHERE category_id = ANY(CAST(:ids AS bigint[])) "
    "ORDER BY id FOR NO KEY UPDATE) AS held"
)
# All pictures of some categories, without waiting for those that somebody else is writing to.
LOCK_PICTURES = text(
    "SELECT (SELECT count(*) FROM image WHERE category_id = ANY(CAST(:ids AS bigint[]))) = (SELECT count(*) FROM "
    "(SELECT 1 FROM image WHERE category_id = ANY(CAST(:ids AS bigint[])) FOR NO KEY UPDATE SKIP LOCKED) AS held)"
)
TRIES = 40
LOCK_TIMED_OUT = "55P03"
PAUSE_SECONDS = 0.02


class CategoryMove(NamedTuple):
    """A category, and the one that its pictures come into; none leaves them without a category."""

    source_id: int
    source: str
    target_id: int | None = None
    target: str = ""


def lock_taxonomy(session: Session) -> None:
    """Wait until nobody else puts categories in order, and keep them from it until the transaction ends."""
    session.execute(TAXONOMY_LOCK)


def lock_categories(session: Session) -> None:
    """Lock the table of categories; for callers who have locked no picture and need none."""
    session.execute(LOCK_CATEGORIES)


def move_images(
    session: Session, moves: Sequence[CategoryMove] = (), others: Iterable[int] = (), *, action_id: int = 0
) -> UpdateCount:
    """Move all pictures from the first of each pair to the second, and lock the table of categories.

    The pictures of `others` are locked too. Raises Conflict when pictures are being changed all the time.
    """
    left = [pair.source_id for pair in moves]
    ids = [*left, *others]
    for _ in range(TRIES):
        attempt = session.begin_nested()
        session.execute(WAIT_FOR_PICTURES, {"ids": left})
        changed = _move_all(session, action_id, moves)
        if _lock_at_once(session, ids):
            # Those that came in meanwhile.
            changed += _move_all(session, action_id, moves)
            attempt.commit()
            return changed
        attempt.rollback()
        time.sleep(PAUSE_SECONDS)
    raise Conflict("Pictures are being changed elsewhere right now. Nothing was done; try again in a moment.")


def _move_all(session: Session, action_id: int, moves: Sequence[CategoryMove]) -> UpdateCount:
    changed = UpdateCount()
    for one in moves:
        changed += renames.update_category(session, action_id, one.source_id, one.target_id, one.target)
    return changed


def _lock_at_once(session: Session, ids: Sequence[int]) -> bool:
    """Lock the table of categories and all pictures of some; return whether that could be done at once."""
    session.execute(SHORT_TIMEOUT)
    try:
        session.execute(LOCK_CATEGORIES)
    except OperationalError as error:
        if getattr(error.orig, "pgcode", "") != LOCK_TIMED_OUT:
            raise
        return False
    session.execute(USUAL_TIMEOUT)
    return bool(session.scalar(LOCK_PICTURES, {"ids": list(ids)}))
