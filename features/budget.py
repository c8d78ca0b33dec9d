"""The money that every process shares: held back before a call, settled after it, never more than the limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
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


def reserve(session: Session, limits: Limits, purpose: Purpose, usd: Decimal, longest: float) -> int:
    """Hold money back for one call and give the id of its entry in the ledger.

    Raises SamePicture while another call for the same picture is under way, so that no picture is paid for twice at
    once; `longest` is how many seconds a call outside of batches can take, after which an open entry is taken for one
    whose process died. Raises OverBudget when the month's budget would not cover the call, CapReached when the
    batch's own cap would not, NotRunning when the batch was stopped. Calls that cost nothing always pass.

    Rows are locked in one order here and in `settle`: the entry, the batch, the month.
    """
    usage_id = _open(session, purpose, usd, longest)
    if purpose.batch_id is not None:
        _hold_for_batch(session, purpose.batch_id, usd)
    _hold_for_month(session, limits, usd)
    return usage_id


def _open(session: Session, purpose: Purpose, usd: Decimal, longest: float) -> int:
    """Write the entry; the index `usage_one_at_once` lets only one stay open for each picture."""
    entry = (
        insert(Usage)
        .values(**vars(purpose), state="reserved", usd=usd)
        .on_conflict_do_nothing(index_elements=[Usage.image_id], index_where=text("state = 'reserved'"))
        .returning(Usage.id)
    )
    usage_id = session.scalar(entry)
    if usage_id is None and _give_up_on(session, purpose.image_id, longest):
        usage_id = session.scalar(entry)
    if usage_id is None:
        raise SamePicture(
            f"Words for this picture are on their way already. Look again in {SAME_PICTURE_SECONDS} s.",
            retry_after=SAME_PICTURE_SECONDS,
        )
    return usage_id


def _give_up_on(session: Session, image_id: int | None, longest: float) -> bool:
    """Mark a call as lost that is open for too long; those of batches are watched over by their leases."""
    dead = Usage.state == "reserved", Usage.image_id == image_id, Usage.batch_id.is_(None)
    since = datetime.now(UTC) - timedelta(seconds=longest)
    lost = update(Usage).where(*dead, Usage.at <= since).values(state="lost").returning(Usage.id)
    return session.scalar(lost) is not None


def _hold_for_batch(session: Session, batch_id: int, usd: Decimal) -> None:
    total = Batch.spent_usd + Batch.held_usd + usd
    fits = Batch.cap_usd.is_(None) | (total <= Batch.cap_usd) | (usd == 0)
    held = (
        update(Batch)
        .where(Batch.id == batch_id, Batch.state == "running", fits)
        .values(held_usd=Batch.held_usd + usd)
        .returning(Batch.id)
        .execution_options(synchronize_session=False)
    )
    if session.scalar(held) is not None:
        return
    batch = session.execute(select(Batch.state, Batch.cap_usd).where(Batch.id == batch_id)).one_or_none()
    if batch is None or batch.state != "running":
        raise NotRunning("This batch was stopped.")
    raise CapReached(f"The cap of ${batch.cap_usd:,.2f} does not cover another picture.")


def _hold_for_month(session: Session, limits: Limits, usd: Decimal) -> None:
    most = Decimal(str(limits.budget_usd))
    free = usd == 0 or not most
    add = insert(models.Spending).values(month=_this_month(), usd=usd, calls=1)
    total = models.Spending.usd + add.excluded.usd
    held = None
    if free or usd <= most:
        held = session.scalar(
            add.on_conflict_do_update(
                index_elements=[models.Spending.month],
                set_={"usd": total, "calls": models.Spending.calls + 1},
                where=None if free else total <= most,
            ).returning(models.Spending.usd)
        )
    if held is None:
        raise OverBudget(
            f"This month's AI budget of ${limits.budget_usd:g} is used up. "
            "It starts anew on the 1st, or raise AI_BUDGET_USD_PER_MONTH.",
            retry_after=(_next_month() - datetime.now(UTC)).total_seconds() // 1,
        )


def settle(
    session: Session, usage_id: int, *, state: str, used: Used, seconds: float | None, error: str = ""
) -> None:
    """Replace a reservation by what the call really used; `error` is a code of the contract.

    A call that was given up as lost in the meantime is settled all the same: its process is alive after all.
    """
    before = (
        select(Usage.id, Usage.at, Usage.usd, Usage.state, Usage.batch_id)
        .where(Usage.id == usage_id, Usage.state.in_(("reserved", "lost")))
        .with_for_update()
    )
    entry = session.execute(before).one_or_none()
    if entry is None:
        return
    values = {
        "state": state, "error": error, "usd": used.usd, "seconds": seconds,
        "input_tokens": used.input_tokens, "output_tokens": used.output_tokens,
    }  # fmt: skip
    quietly = {"synchronize_session": False}
    session.execute(update(Usage).where(Usage.id == usage_id).values(values).execution_options(**quietly))
    if entry.batch_id is not None:
        lost = entry.state == "lost"
        money = (
            {"spent_usd": Batch.spent_usd + used.usd - entry.usd, "lost": Batch.lost - 1}
            if lost
            else {"spent_usd": Batch.spent_usd + used.usd, "held_usd": Batch.held_usd - entry.usd}
        )
        mine = Batch.id == entry.batch_id
        session.execute(update(Batch).where(mine).values(money).execution_options(**quietly))
    month = entry.at.astimezone(UTC).date().replace(day=1)
    session.execute(
        update(models.Spending)
        .where(models.Spending.month == month)
        .values(usd=models.Spending.usd + used.usd - entry.usd)
        .execution_options(**quietly)
    )


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
