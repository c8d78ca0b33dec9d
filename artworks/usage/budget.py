"""The money that every process shares: held back before a call, settled after it, never more than the limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import models
from artworks.core.errors import AppError, OverBudget, RateLimited
from artworks.core.limits import AILimits
from artworks.usage.periods import MONTH_NOW, around_now, this_month
from gpt_service import TokenUsage
from models import Person, PersonSpending

# A call never runs as long as this; a reservation that is older belongs to a process that died.
LOST_AFTER = timedelta(hours=1)
# The slow tier answers within a quarter of an hour.
SLOWEST_SECONDS = 1_000.0
SAME_PICTURE_SECONDS = 5


@dataclass(frozen=True)
class MonthSpending:
    """What the month has cost so far, calls in flight included, in US dollars."""

    usd: Decimal
    calls: int
    budget_usd: float

    @property
    def share(self) -> float:
        """Return the part of the budget that is used, from 0 to 1; 0 without a budget."""
        return min(1.0, float(self.usd) / self.budget_usd) if self.budget_usd else 0.0


@dataclass(frozen=True)
class Share:
    """What one person used of their share of the month's money, in US dollars."""

    usd: Decimal
    budget_usd: Decimal


@dataclass(frozen=True)
class Purpose:
    """What a call is for, as the ledger keeps it."""

    kind: str
    source: str
    model: str
    image_id: int | None
    batch_id: int | None = None
    tier: str = "standard"
    person: str = "owner"
    person_id: int | None = None


class SamePicture(RateLimited):
    """Another call for the same picture is under way."""


class Refused(OverBudget):
    """Nothing was held back for a call: a limit does not cover it; `usd` is what was asked for."""

    usd = Decimal(0)


class CapReached(Refused):
    """The money a person set for a batch does not cover another call."""


class ShareReached(Refused):
    """A person's share of the month's money does not cover another call."""


class MonthReached(Refused):
    """The month's money does not cover another call."""


class NotSent(AppError):  # noqa: N818 - named like the others in artworks/core/errors.py
    """A call was given up before it was sent (409)."""

    status, code = 409, "conflict"


class NotRunning(NotSent):
    """The batch was paused or cancelled meanwhile."""


_OPEN = text(
    # A batch's calls are those of the person who started it.
    "INSERT INTO usage (kind, source, model, image_id, batch_id, tier, person, person_id, state, usd, at, month) "  # noqa: S608
    "SELECT :kind, :source, :model, :image_id, :batch_id, :tier, coalesce(b.person, :person), "
    f"CASE WHEN b.id IS NULL THEN :person_id ELSE b.person_id END, 'reserved', :usd, now(), {MONTH_NOW} "
    "FROM (SELECT set_config('artwork.month_usd', :most, true)) AS setting LEFT JOIN batch b ON b.id = :batch_id "
    "ON CONFLICT (image_id) WHERE state = 'reserved' DO NOTHING RETURNING id"
)


def reserve(session: Session, limits: AILimits, purpose: Purpose, usd: Decimal, longest: float) -> int:
    """Hold money back for one call and return the id of its entry in the ledger.

    Raises SamePicture while another call for the same picture is under way, so that no picture is paid for twice at
    once; `longest` is how many seconds a call outside of batches can take, after which an open entry is taken for one
    whose process died. Raises Refused when a limit does not cover the call; calls that cost nothing always pass. The
    sums are added up by the database (schema/, usage_sum), for a batch at the commit, which fails when they do not
    fit: `refusal` tells why.
    """
    values = {**vars(purpose), **around_now(limits.zone), "usd": usd, "most": str(limits.budget_usd)}
    try:
        usage_id = session.scalar(_OPEN, values)
        if usage_id is None and _mark_lost_if_stale(session, purpose.image_id, longest):
            usage_id = session.scalar(_OPEN, values)
        if purpose.batch_id is None:
            session.execute(text("SET CONSTRAINTS usage_held IMMEDIATE"))
    except DBAPIError as error:
        raise refusal(error, limits) or error from None
    if usage_id is None:
        raise SamePicture(
            f"Words for this picture are on their way already. Look again in {SAME_PICTURE_SECONDS} s.",
            retry_after=SAME_PICTURE_SECONDS,
        )
    return int(usage_id)


def refusal(error: DBAPIError, limits: AILimits) -> AppError | None:
    """Return why the database refused to hold money back; None when that was not what went wrong."""
    code = getattr(error.orig, "pgcode", None)
    if code == "AW002":
        return NotRunning("This batch was stopped.")
    if code == "AW005":
        return NotRunning("You may not have words written any more. Ask an owner.")
    refused = _limit_refusal(code, limits)
    if refused is not None:
        refused.usd = Decimal(error.orig.diag.message_detail)  # type: ignore[union-attr]
    return refused


def _limit_refusal(code: str | None, limits: AILimits) -> Refused | None:
    if code == "AW001":
        return CapReached("The cap does not cover another picture. Raise it to go on.")
    wait = (around_now(limits.zone)["month_ends"] - datetime.now(UTC)).total_seconds() // 1
    if code == "AW004":
        return ShareReached(
            "Your share of this month's AI budget does not cover another call. "
            "It starts anew on the 1st, or ask an owner for more.",
            retry_after=wait,
        )
    if code == "AW003":
        return MonthReached(
            f"This month's AI budget of ${limits.budget_usd:g} does not cover another call. "
            "It starts anew on the 1st, or raise it in the settings (AI_BUDGET_USD_PER_MONTH).",
            retry_after=wait,
        )
    return None


# Nobody knows whether such a call was billed, so all that was held back for it counts.
LOST = "state = 'lost', at_most = true, at_most_usd = usd"
# An open entry that belongs to no picture a worker holds; those are watched over by their leases.
_FORGOTTEN = (
    f"UPDATE usage u SET {LOST} WHERE u.state = 'reserved' AND NOT EXISTS "  # noqa: S608 - a constant.
    "(SELECT FROM batch_item i WHERE i.usage_id = u.id AND i.state = 'working') "
)


def _mark_lost_if_stale(session: Session, image_id: int | None, longest: float) -> bool:
    """Mark a picture's call as lost that is open for too long; return whether there was one. A batch's may be slow."""
    lost = text(
        _FORGOTTEN + "AND u.image_id = :image_id AND u.at <= now() - make_interval(secs => "
        "CASE WHEN u.batch_id IS NULL THEN :longest ELSE greatest(:longest, :slowest) END) RETURNING u.id"
    )
    values = {"image_id": image_id, "longest": longest, "slowest": SLOWEST_SECONDS}
    return session.scalar(lost, values) is not None


def settle(
    session: Session,
    usage_id: int,
    *,
    state: str,
    used: TokenUsage,
    seconds: float | None,
    error: str = "",
    details: str = "",
) -> None:
    """Replace a reservation by what the call really used; `error` is a code of the contract, `details` for owners.

    A call that was given up as lost in the meantime is settled all the same: its process is alive after all. Settling
    twice does nothing. The sums follow at the commit.
    """
    session.execute(
        text(
            "UPDATE usage SET state = :state, error = :error, details = :details, usd = :usd, seconds = :seconds, "
            "input_tokens = :input_tokens, output_tokens = :output_tokens, "
            "at_most = :at_most, at_most_usd = :at_most_usd "
            "WHERE id = :id AND state IN ('reserved', 'lost')"
        ),
        {
            "id": usage_id,
            "state": state,
            "error": error,
            "details": details,
            "seconds": seconds,
            **vars(used),
        },
    )


def mark_call_lost(session: Session, usage_id: int) -> None:
    """Mark a call as lost whose process died: what was held back for it counts as spent."""
    lost = text(f"UPDATE usage SET {LOST} WHERE id = :id AND state = 'reserved'")  # noqa: S608 - a constant.
    session.execute(lost, {"id": usage_id})


def month_spending(session: Session, limits: AILimits) -> MonthSpending:
    """Return what the month has cost so far, with what is held back for calls in flight."""
    found = session.execute(
        select(models.Spending.usd, models.Spending.calls).where(
            models.Spending.month == this_month(limits.zone)
        )
    ).one_or_none()
    return (
        MonthSpending(found.usd, found.calls, limits.budget_usd)
        if found
        else MonthSpending(Decimal(0), 0, limits.budget_usd)
    )


def share_of(session: Session, limits: AILimits, person_id: int | None) -> Share | None:
    """Return what a person used of a share of their own this month; None for somebody without one."""
    found = session.execute(
        select(Person.budget_usd, func.coalesce(PersonSpending.usd, 0).label("usd"))
        .outerjoin(
            PersonSpending,
            (PersonSpending.person_id == Person.id) & (PersonSpending.month == this_month(limits.zone)),
        )
        .where(Person.id == person_id, Person.budget_usd.is_not(None))
    ).one_or_none()
    return Share(found.usd, found.budget_usd) if found else None


def mark_stale_calls_lost(session: Session) -> int:
    """Mark old open calls as lost: their process died, what was held back counts as spent. Return how many."""
    lost = text(_FORGOTTEN + "AND u.at < now() - make_interval(secs => :age) RETURNING u.id")
    return len(session.scalars(lost, {"age": LOST_AFTER.total_seconds()}).all())
