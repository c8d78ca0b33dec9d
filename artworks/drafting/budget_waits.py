"""Money that calls under way hold: whether to wait for it, or whether what is left will not cover another call."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.core.actor import actor_of
from artworks.core.errors import AppError, RateLimited
from artworks.dependencies import Dependencies
from artworks.usage.budget import SLOWEST_SECONDS, CapReached, Refused, ShareReached
from artworks.usage.periods import MONTH_NOW, around_now

# A draft takes at most three times the timeout, retries included; the fourth is for storing it.
LONGEST_CALL = 4
# The `retry_after` of a call that was refused for that, in seconds.
COME_BACK_SECONDS = 5

# What is held for calls under way, in one statement with what it is compared to, so that both are of one moment. A
# call that is open for longer than one can take has no process any more, so what it holds does not come back.
_HELD = (
    "coalesce((SELECT sum(u.usd) FROM usage u WHERE u.state = 'reserved' {whose}"  # noqa: S608
    f"AND coalesce(u.month, date_trunc('month', u.at AT TIME ZONE 'UTC')::date) = {MONTH_NOW} "
    "AND u.at > now() - make_interval(secs => "
    "CASE WHEN u.batch_id IS NULL THEN :longest ELSE greatest(:longest, :slowest) END)), 0)"
)
_THIS_MONTH = f"month = {MONTH_NOW}"
_CAP = text("SELECT spent_usd + :usd <= cap_usd FROM batch WHERE id = :batch_id AND cap_usd IS NOT NULL")
_SHARE = text(
    f"SELECT coalesce(s.usd, 0) - {_HELD.format(whose='AND u.person_id = p.id ')} + :usd <= p.budget_usd "  # noqa: S608
    f"FROM person p LEFT JOIN person_spending s ON s.person_id = p.id AND s.{_THIS_MONTH} WHERE p.id = :person_id"
)
_MONTH = text(
    f"SELECT coalesce((SELECT usd FROM spending WHERE {_THIS_MONTH}), 0) "  # noqa: S608
    f"- {_HELD.format(whose='')} + :usd <= :most"
)


def is_held(
    session: Session,
    dependencies: Dependencies,
    refused: Refused,
    *,
    person_id: int | None,
    batch_id: int | None = None,
) -> bool:
    """Return whether a refused call may pass once those under way have ended and given back what they did not use."""
    values = {
        **around_now(dependencies.limits.zone),
        "usd": refused.usd,
        "most": dependencies.limits.budget_usd,
        "person_id": person_id,
        "batch_id": batch_id,
        "longest": LONGEST_CALL * dependencies.ai_settings.timeout,
        "slowest": SLOWEST_SECONDS,
    }
    queries = {CapReached: _CAP, ShareReached: _SHARE}
    # None: the limit is gone.
    return session.scalar(queries.get(type(refused), _MONTH), values) is not False


def error_for_person(session: Session, dependencies: Dependencies, refused: Refused) -> AppError:
    """Return the error for a person who waits: to come back soon, or that the limit does not cover their call."""
    if not is_held(session, dependencies, refused, person_id=actor_of(session).person_id):
        return refused
    what = "your share of this month" if isinstance(refused, ShareReached) else "this month"
    return RateLimited(
        f"Other calls that are under way hold the rest of {what}'s AI budget. "
        f"Try again in {COME_BACK_SECONDS} s.",
        retry_after=COME_BACK_SECONDS,
    )
