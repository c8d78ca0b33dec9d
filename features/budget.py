"""The limits that every process shares: calls and tokens per minute, and the month's money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from errors import OverBudget, RateLimited
from models import RateBucket, Usage

# One lock for the check and the reservation together, so that two calls never both take the last cent.
MONEY_LOCK = 0x41_49_4D_02
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


def take(session: Session, limits: Limits, tokens: int) -> None:
    """Take one call and `tokens` tokens out of the shared buckets.

    A bucket refills evenly and holds one minute's worth. A call larger than a whole minute waits for a full bucket
    and leaves it in debt. Raises RateLimited with the seconds until the call would pass; nothing is taken then.
    """
    now = _clock(session)
    needs = {"requests": (limits.requests_per_minute, 1), "tokens": (limits.tokens_per_minute, tokens)}
    buckets = _locked(session, {name: size for name, (size, _need) in needs.items()}, now)
    wait = 0.0
    for name, (size, need) in needs.items():
        bucket = buckets[name]
        _refill(bucket, size, now)
        wait = max(wait, (min(need, size) - bucket.level) * 60 / size, _blocked(bucket, now))
    if wait > 0:
        raise limited(wait)
    for name, (_size, need) in needs.items():
        buckets[name].level -= need
    session.flush()


def limited(wait: float) -> RateLimited:
    """Make the error that says when the next call may go."""
    seconds = max(1, round(wait + 0.5))
    return RateLimited(
        f"That is as fast as the AI service may be asked. Try again in {seconds} s.", retry_after=seconds
    )


def _clock(session: Session) -> datetime:
    moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def _locked(session: Session, sizes: dict[str, int], now: datetime) -> dict[str, RateBucket]:
    """Read the buckets with a lock, in one order everywhere so that no two calls wait for each other."""
    session.execute(
        text(
            "INSERT INTO rate_bucket (name, level, refilled_at) VALUES ('requests', :requests, :now),"
            " ('tokens', :tokens, :now) ON CONFLICT DO NOTHING"
        ),
        {"now": now, **sizes},
    )
    query = select(RateBucket).where(RateBucket.name.in_(sizes)).order_by(RateBucket.name).with_for_update()
    return {
        bucket.name: bucket for bucket in session.scalars(query.execution_options(populate_existing=True))
    }


def _refill(bucket: RateBucket, size: int, now: datetime) -> None:
    passed = max(0.0, (now - bucket.refilled_at).total_seconds())
    bucket.level = min(float(size), bucket.level + passed * size / 60)
    bucket.refilled_at = max(now, bucket.refilled_at)


def _blocked(bucket: RateBucket, now: datetime) -> float:
    return (bucket.blocked_until - now).total_seconds() if bucket.blocked_until else 0.0


def correct(session: Session, limits: Limits, estimated: int, used: int) -> None:
    """Give back tokens that were taken but not used, or take the rest, once the true number is known."""
    bucket = session.get(RateBucket, "tokens", with_for_update=True)
    if bucket is not None:
        # Refilled up to now first: a full bucket would hide what is taken here.
        _refill(bucket, limits.tokens_per_minute, _clock(session))
        bucket.level = min(float(limits.tokens_per_minute), bucket.level + estimated - used)


def hold_back(session: Session, seconds: float) -> None:
    """Make everybody wait because the service said so."""
    until = _clock(session) + timedelta(seconds=seconds)
    bucket = session.get(RateBucket, "requests", with_for_update=True)
    if bucket is not None and (bucket.blocked_until is None or bucket.blocked_until < until):
        bucket.blocked_until = until


def reserve(
    session: Session,
    limits: Limits,
    *,
    image_id: int,
    kind: str,
    source: str,
    model: str,
    usd: Decimal,
    longest: float,
) -> int:
    """Hold money back for one call and give the id of its entry.

    Raises OverBudget when the month's budget would not cover it; calls that cost nothing always pass. Raises
    RateLimited while another call for the same picture is under way, so that a double click is not paid twice;
    `longest` is how many seconds a call can take, after which an open entry is taken for one whose process died.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MONEY_LOCK})
    open_since = datetime.now(UTC) - timedelta(seconds=longest)
    same = select(Usage.id).where(
        Usage.image_id == image_id, Usage.state == "reserved", Usage.at > open_since
    )
    if session.scalar(same.limit(1)) is not None:
        raise RateLimited(
            f"Words for this picture are on their way already. Look again in {SAME_PICTURE_SECONDS} s.",
            retry_after=SAME_PICTURE_SECONDS,
        )
    if usd > 0 and limits.budget_usd and spent(session, limits).usd + usd > Decimal(str(limits.budget_usd)):
        raise OverBudget(
            f"This month's AI budget of ${limits.budget_usd:g} is used up. "
            "It starts anew on the 1st, or raise AI_BUDGET_USD_PER_MONTH.",
            retry_after=(_next_month() - datetime.now(UTC)).total_seconds() // 1,
        )
    entry = Usage(image_id=image_id, kind=kind, source=source, model=model, state="reserved", usd=usd)
    session.add(entry)
    session.flush()
    return entry.id


def settle(
    session: Session,
    usage_id: int,
    *,
    state: str,
    input_tokens: int,
    output_tokens: int,
    usd: Decimal,
    seconds: float,
    error: str = "",
) -> None:
    """Replace a reservation by what the call really used; `error` is a code of the contract."""
    entry = session.get(Usage, usage_id)
    if entry is not None:
        entry.state, entry.error = state, error
        entry.input_tokens, entry.output_tokens = input_tokens, output_tokens
        entry.usd, entry.seconds = usd, seconds


def spent(session: Session, limits: Limits) -> Spending:
    """Add up the month so far (UTC), with what is held back for calls in flight."""
    query = select(func.coalesce(func.sum(Usage.usd), 0), func.count()).where(Usage.at >= _this_month())
    usd, calls = session.execute(query).one()
    return Spending(Decimal(usd), calls, limits.budget_usd)


def _this_month() -> datetime:
    return datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _next_month() -> datetime:
    return (_this_month() + timedelta(days=32)).replace(day=1)


def mark_lost(session: Session) -> int:
    """Mark calls whose process died: nobody knows whether they were billed, so their estimate keeps counting."""
    query = select(Usage).where(Usage.state == "reserved", Usage.at < datetime.now(UTC) - LOST_AFTER)
    entries = list(session.scalars(query))
    for entry in entries:
        entry.state = "lost"
    return len(entries)
