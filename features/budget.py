"""The money that every process shares: held back before a call, settled after it, never more than the limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

import models
from errors import AppError, OverBudget, RateLimited
from gpt_types import Usage as Used
from models import Batch, Usage

# A call never runs as long as this; a reservation that is older belongs to a process that died.
LOST_AFTER = timedelta(hours=1)
SAME_PICTURE_SECONDS = 5


@dataclass(frozen=True)
class Limits:
    """What all processes together may use; `budget_usd` is for a calendar month in UTC, 0 for no limit."""

    requests_per_minute: int
    tokens_per_minute: int
    budget_usd: float


@dataclass(frozen=True)
class Spending:
    """What the month has cost so far, calls in flight included, in US dollars."""

    usd: Decimal
    calls: int
    budget_usd: float

    @property
    def share(self) -> float:
        """Part of the budget that is used, from 0 to 1; 0 without a budget."""
        return min(1.0, float(self.usd) / self.budget_usd) if self.budget_usd else 0.0


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


class SamePicture(RateLimited):
    """Another call for the same picture is under way."""


class CapReached(OverBudget):
    """The money a person set for a batch does not cover another call."""


class NotRunning(AppError):  # noqa: N818 - named like the others in errors.py
    """The batch was paused or cancelled before this call was sent (409)."""

    status, code = 409, "conflict"


# One round trip, because every call of every process waits for the rows of the batch and the month. Each part runs
# only when the one before it went through, so their locks are taken in this order; `_SETTLE` takes them in the same.
_RESERVE = text(
    """
    WITH entry AS (
        INSERT INTO usage (kind, source, model, image_id, batch_id, tier, person, state, usd, at)
        VALUES (:kind, :source, :model, :image_id, :batch_id, :tier, :person, 'reserved', :usd, :now)
        ON CONFLICT (image_id) WHERE state = 'reserved' DO NOTHING RETURNING id
    ), held AS (
        UPDATE batch SET held_usd = held_usd + :usd FROM entry
        WHERE batch.id = CAST(:batch_id AS bigint) AND batch.state = 'running'
        AND (cap_usd IS NULL OR CAST(:usd AS numeric) = 0 OR spent_usd + held_usd + :usd <= cap_usd)
        RETURNING batch.id
    ), covered AS (
        INSERT INTO spending AS s (month, usd, calls)
        SELECT date_trunc('month', CAST(:now AS timestamptz) AT TIME ZONE 'UTC'), CAST(:usd AS numeric), 1 FROM entry
        WHERE (CAST(:batch_id AS bigint) IS NULL OR EXISTS (SELECT FROM held))
        AND (CAST(:free AS boolean) OR CAST(:usd AS numeric) <= :most)
        ON CONFLICT (month) DO UPDATE SET usd = s.usd + excluded.usd, calls = s.calls + 1
        WHERE CAST(:free AS boolean) OR s.usd + excluded.usd <= :most RETURNING s.month
    )
    SELECT (SELECT id FROM entry) AS id, EXISTS (SELECT FROM held) AS held, EXISTS (SELECT FROM covered) AS covered
    """
)


def reserve(session: Session, limits: Limits, purpose: Purpose, usd: Decimal, longest: float) -> int:
    """Hold money back for one call and give the id of its entry in the ledger.

    Raises SamePicture while another call for the same picture is under way, so that no picture is paid for twice at
    once; `longest` is how many seconds a call outside of batches can take, after which an open entry is taken for one
    whose process died. Raises OverBudget when the month's budget would not cover the call, CapReached when the
    batch's own cap would not, NotRunning when the batch was stopped; the caller rolls back then. Calls that cost
    nothing always pass.
    """
    most = Decimal(str(limits.budget_usd))
    free = usd == 0 or not most
    values = {**vars(purpose), "usd": usd, "most": most, "free": free, "now": datetime.now(UTC)}
    row = session.execute(_RESERVE, values).one()
    if row.id is None and _give_up_on(session, purpose.image_id, longest):
        row = session.execute(_RESERVE, values).one()
    if row.id is None:
        raise SamePicture(
            f"Words for this picture are on their way already. Look again in {SAME_PICTURE_SECONDS} s.",
            retry_after=SAME_PICTURE_SECONDS,
        )
    if purpose.batch_id is not None and not row.held:
        raise _not_held(session, purpose.batch_id)
    if not row.covered:
        raise OverBudget(
            f"This month's AI budget of ${limits.budget_usd:g} is used up. "
            "It starts anew on the 1st, or raise AI_BUDGET_USD_PER_MONTH.",
            retry_after=(_next_month() - datetime.now(UTC)).total_seconds() // 1,
        )
    usage_id: int = row.id
    return usage_id


def _give_up_on(session: Session, image_id: int | None, longest: float) -> bool:
    """Mark a call as lost that is open for too long; those of batches are watched over by their leases."""
    dead = Usage.state == "reserved", Usage.image_id == image_id, Usage.batch_id.is_(None)
    since = datetime.now(UTC) - timedelta(seconds=longest)
    lost = update(Usage).where(*dead, Usage.at <= since).values(state="lost").returning(Usage.id)
    return session.scalar(lost) is not None


def _not_held(session: Session, batch_id: int) -> AppError:
    """Say why a batch's money was not held back."""
    batch = session.execute(select(Batch.state, Batch.cap_usd).where(Batch.id == batch_id)).one_or_none()
    if batch is None or batch.state != "running":
        return NotRunning("This batch was stopped.")
    return CapReached(f"The cap of ${batch.cap_usd:,.2f} does not cover another picture.")


_SETTLE = text(
    """
    WITH old AS (
        SELECT id, at, usd, state, batch_id FROM usage
        WHERE id = :id AND state IN ('reserved', 'lost') FOR UPDATE
    ), entry AS (
        UPDATE usage SET state = :state, error = :error, usd = :usd, seconds = :seconds,
            input_tokens = :input_tokens, output_tokens = :output_tokens
        FROM old WHERE usage.id = old.id
    ), month AS (
        UPDATE spending SET usd = spending.usd + :usd - old.usd FROM old
        WHERE month = CAST(date_trunc('month', old.at AT TIME ZONE 'UTC') AS date)
    )
    UPDATE batch SET
        spent_usd = spent_usd + :usd - CASE old.state WHEN 'lost' THEN old.usd ELSE 0 END,
        held_usd = held_usd - CASE old.state WHEN 'lost' THEN 0 ELSE old.usd END,
        lost = lost - CAST(old.state = 'lost' AS int),
        done = done + CAST(:ended = 'done' AS int),
        failed = failed + CAST(:ended = 'failed' AS int),
        skipped = skipped + CAST(:ended = 'skipped' AS int),
        state = CASE WHEN batch.state IN ('running', 'paused') AND :ended <> '' AND done + failed + skipped + 1 >= total
            THEN 'done' ELSE batch.state END,
        finished_at = CASE WHEN :ended <> '' AND done + failed + skipped + 1 >= total THEN now() ELSE finished_at END
    FROM old WHERE batch.id = old.batch_id
    """
)


def settle(
    session: Session,
    usage_id: int,
    *,
    state: str,
    used: Used,
    seconds: float | None,
    error: str = "",
    ended: str = "",
) -> None:
    """Replace a reservation by what the call really used; `error` is a code of the contract.

    `ended` is what has become of a batch's picture with this call: done, failed, skipped or nothing yet; it is counted
    in the same statement. A call that was given up as lost in the meantime is settled all the same: its process is
    alive after all. Settling twice does nothing.
    """
    values = {
        "id": usage_id, "state": state, "error": error, "seconds": seconds, "ended": ended, "usd": used.usd,
        "input_tokens": used.input_tokens, "output_tokens": used.output_tokens,
    }  # fmt: skip
    session.execute(_SETTLE, values)


def lose(session: Session, usage_id: int) -> bool:
    """Give up on a call of a batch whose process died: its estimate counts as spent. Tells whether it was open."""
    entry = session.execute(
        update(Usage)
        .where(Usage.id == usage_id, Usage.state == "reserved")
        .values(state="lost")
        .returning(Usage.batch_id, Usage.usd)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if entry is None:
        return False
    session.execute(
        update(Batch)
        .where(Batch.id == entry.batch_id)
        .values(
            held_usd=Batch.held_usd - entry.usd,
            spent_usd=Batch.spent_usd + entry.usd,
            lost=Batch.lost + 1,
        )
        .execution_options(synchronize_session=False)
    )
    return True


def spent(session: Session, limits: Limits) -> Spending:
    """Give what the month has cost so far (UTC), with what is held back for calls in flight."""
    found = session.execute(
        select(models.Spending.usd, models.Spending.calls).where(models.Spending.month == _this_month())
    ).one_or_none()
    return (
        Spending(found.usd, found.calls, limits.budget_usd)
        if found
        else Spending(Decimal(0), 0, limits.budget_usd)
    )


def in_flight(session: Session) -> bool:
    """Tell whether money is held back for any call at present."""
    return (
        session.scalar(select(Usage.id).where(Usage.state == "reserved", Usage.usd > 0).limit(1)) is not None
    )


def mark_lost(session: Session) -> int:
    """Mark calls whose process died: nobody knows whether they were billed, so their estimate keeps counting."""
    old = Usage.state == "reserved", Usage.at < datetime.now(UTC) - LOST_AFTER
    found = session.scalars(
        update(Usage).where(*old, Usage.batch_id.is_(None)).values(state="lost").returning(Usage.id)
    ).all()
    return len(found)


def _this_month() -> date:
    return datetime.now(UTC).date().replace(day=1)


def _next_month() -> datetime:
    first = (_this_month() + timedelta(days=32)).replace(day=1)
    return datetime(first.year, first.month, 1, tzinfo=UTC)
