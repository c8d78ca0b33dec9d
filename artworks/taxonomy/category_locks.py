"""Move all pictures of some categories, and hold the categories from then on.

An edit of a picture holds its row when it comes to the category, so whoever holds the categories must not wait for a
picture: the two would wait for each other. What is done here waits for neither for long, but lets go and begins anew.
Before that, and then only, it waits for pictures: in the order of their ids, as everybody who takes several does.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from artworks.core.errors import Conflict
from artworks.taxonomy import field_updates as rewrite
from artworks.taxonomy.field_updates import Changed

# Id and name of a category, and of the one that its pictures come into.
Pair = tuple[int, str, int | None, str]

# One after the other: any number, the same for all who put categories in order.
ALONE = text("SELECT pg_advisory_xact_lock(7240311)")
# Nobody makes, fills or counts a category until this transaction ends; reading goes on.
HOLD_ALL = text("LOCK TABLE category IN EXCLUSIVE MODE")
SOON = text("SET LOCAL lock_timeout = '500ms'")
PATIENT = text("SET LOCAL lock_timeout TO DEFAULT")
# Those of a shelf and of its parts together: one category after the other would be another order than that of ids.
WAIT_FOR_PICTURES = text(
    "SELECT count(*) FROM (SELECT 1 FROM image WHERE category_id = ANY(CAST(:ids AS bigint[])) "
    "ORDER BY id FOR NO KEY UPDATE) AS held"
)
# All pictures of some categories, without waiting for those that somebody else is writing to.
HAVE_PICTURES = text(
    "SELECT (SELECT count(*) FROM image WHERE category_id = ANY(CAST(:ids AS bigint[]))) = (SELECT count(*) FROM "
    "(SELECT 1 FROM image WHERE category_id = ANY(CAST(:ids AS bigint[])) FOR NO KEY UPDATE SKIP LOCKED) AS held)"
)
TRIES = 40
LOCK_TIMED_OUT = "55P03"
PAUSE_SECONDS = 0.02


def alone(session: Session) -> None:
    """Wait until nobody else puts categories in order, and keep them from it until the transaction ends."""
    session.execute(ALONE)


def hold(session: Session) -> None:
    """Hold the table of categories; for those who have no picture and need none."""
    session.execute(HOLD_ALL)


def sweep(
    session: Session, pairs: Sequence[Pair] = (), others: Iterable[int] = (), *, action_id: int = 0
) -> Changed:
    """Move all pictures from the first of each pair to the second, and hold the categories from then on.

    The pictures of `others` are held too. Raises Conflict when pictures are being changed all the time.
    """
    left = [old_id for old_id, *_ in pairs]
    ids = [*left, *others]
    for _ in range(TRIES):
        attempt = session.begin_nested()
        session.execute(WAIT_FOR_PICTURES, {"ids": left})
        changed = _moved(session, action_id, pairs)
        if _held(session, ids):
            # Those that came in meanwhile.
            changed += _moved(session, action_id, pairs)
            attempt.commit()
            return changed
        attempt.rollback()
        time.sleep(PAUSE_SECONDS)
    raise Conflict("Pictures are being changed elsewhere right now. Nothing was done; try again in a moment.")


def _moved(session: Session, action_id: int, pairs: Sequence[Pair]) -> Changed:
    changed = Changed()
    for old_id, old, new_id, new in pairs:
        changed += rewrite.category(session, action_id, old_id, new_id, old, new)
    return changed


def _held(session: Session, ids: Sequence[int]) -> bool:
    """Hold the table of categories and all pictures of some; tell whether that could be done at once."""
    session.execute(SOON)
    try:
        session.execute(HOLD_ALL)
    except OperationalError as error:
        if getattr(error.orig, "pgcode", "") != LOCK_TIMED_OUT:
            raise
        return False
    session.execute(PATIENT)
    return bool(session.scalar(HAVE_PICTURES, {"ids": list(ids)}))
