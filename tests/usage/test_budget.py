"""The limits that all processes share, under a rush."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import create_engine, text, update
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from artworks.core.errors import AppError, OverBudget, RateLimited
from artworks.core.limits import AILimits
from artworks.usage import budget, rate_limit
from artworks.usage.budget import MonthReached, Purpose
from gpt_service import TokenUsage
from models import RateBucket, Usage
from tests.support.program import PATIENCE

pytestmark = pytest.mark.usefixtures("still_clock")
LIMITS = AILimits(requests_per_minute=5, tokens_per_minute=1000, budget_usd=1.0)


def take(session: Session, tokens: int = 10, limits: AILimits = LIMITS) -> float:
    """Take a permit; gives 0, or the seconds to wait."""
    try:
        rate_limit.acquire(session, limits, tokens)
    except RateLimited as error:
        session.rollback()
        return error.retry_after or -1.0
    session.commit()
    return 0


def forward(session: Session, seconds: float) -> None:
    """Let time pass."""
    gone = timedelta(seconds=seconds)
    session.execute(
        update(RateBucket).values(
            refilled_at=RateBucket.refilled_at - gone, blocked_until=RateBucket.blocked_until - gone
        )
    )
    session.commit()


def rush(url: str, count: int, call: Callable[[Session], object]) -> list[AppError]:
    """Run `call` in so many threads at once, each with an engine of its own, and give what was refused."""
    start = Barrier(count)

    def one(_: int) -> AppError | None:
        engine = create_engine(url, poolclass=NullPool)
        with Session(engine) as session:
            session.connection()
            start.wait(PATIENCE)
            try:
                call(session)
                session.commit()
            except AppError as error:
                return error
        return None

    with ThreadPoolExecutor(count) as pool:
        return [error for error in pool.map(one, range(count)) if error]


def reserve(session: Session, usd: str = "0.4") -> int:
    """Hold money back."""
    purpose = Purpose(kind="generate", source="openai", model="m", image_id=None)
    return budget.reserve(session, LIMITS, purpose, Decimal(usd), longest=0.0)


def settle(session: Session, usage_id: int, usd: str, state: str = "ok") -> None:
    """Say what a call really cost."""
    budget.settle(session, usage_id, state=state, used=TokenUsage(1, 1, Decimal(usd)), seconds=1.0)
    session.commit()


def test_a_rush_never_gets_more_than_the_bucket_holds(database_url: str) -> None:
    refused = rush(database_url, 12, lambda session: rate_limit.acquire(session, LIMITS, 10))
    assert [type(error) for error in refused] == [RateLimited] * 7


def test_a_rush_never_gets_more_tokens_than_the_bucket_holds(database_url: str) -> None:
    limits = AILimits(requests_per_minute=100, tokens_per_minute=1000, budget_usd=0)
    refused = rush(database_url, 8, lambda session: rate_limit.acquire(session, limits, 300))
    assert [type(error) for error in refused] == [RateLimited] * 5


def test_a_rush_never_takes_the_last_cent_twice(database_url: str, session: Session) -> None:
    refused = rush(database_url, 8, reserve)
    assert [type(error) for error in refused] == [MonthReached] * 6
    assert budget.month_spending(session, LIMITS).usd == Decimal("0.8")


def test_the_next_call_passes_after_the_time_that_was_told(session: Session) -> None:
    assert [take(session) for _ in range(5)] == [0] * 5
    wait = take(session)
    assert 11 <= wait <= 13
    forward(session, wait - 3)
    assert 1 <= take(session) <= 4
    forward(session, 3)
    assert take(session) == 0


def test_a_refused_call_takes_nothing(session: Session) -> None:
    assert take(session, 900) == 0
    assert [take(session, 900) > 0 for _ in range(3)] == [True] * 3
    assert [take(session, 10) for _ in range(4)] == [0] * 4


def test_a_call_larger_than_a_minute_waits_for_a_full_bucket_and_leaves_a_debt(session: Session) -> None:
    assert take(session, 10) == 0
    assert take(session, 2500) > 0
    forward(session, 2)
    assert take(session, 2500) == 0
    assert 85 <= take(session, 10) <= 93


def test_tokens_that_were_not_used_are_given_back(session: Session) -> None:
    take(session, 900)
    assert take(session, 500) > 0
    rate_limit.adjust(session, LIMITS, estimated=900, used=100)
    session.commit()
    assert take(session, 500) == 0


def test_tokens_that_were_used_beyond_the_guess_are_taken_from_a_full_bucket_too(session: Session) -> None:
    take(session, 400)
    forward(session, 60)
    rate_limit.adjust(session, LIMITS, estimated=400, used=1300)
    session.commit()
    assert take(session, 500) > 0


def test_the_bucket_never_holds_more_than_a_minute(session: Session) -> None:
    take(session)
    forward(session, 3600)
    rate_limit.adjust(session, LIMITS, estimated=5000, used=0)
    assert [take(session, 100) for _ in range(5)] == [0] * 5
    assert take(session, 100) > 0


def test_when_the_service_says_wait_all_wait_and_the_longest_wait_counts(session: Session) -> None:
    take(session)
    rate_limit.back_off(session, 50)
    rate_limit.back_off(session, 20)
    session.commit()
    assert 45 <= take(session) <= 51
    forward(session, 51)
    assert take(session) == 0


def test_a_settled_call_counts_with_what_it_cost(session: Session) -> None:
    usage_id = reserve(session, "0.9")
    session.commit()
    with pytest.raises(OverBudget):
        reserve(session, "0.2")
    session.rollback()
    settle(session, usage_id, "0.1", "failed")
    assert reserve(session, "0.9")
    assert budget.month_spending(session, LIMITS).share == 1.0


def test_over_budget_says_when_the_month_ends(session: Session) -> None:
    with pytest.raises(OverBudget, match="AI_BUDGET_USD_PER_MONTH") as caught:
        reserve(session, "1.01")
    now = datetime.now(UTC)
    assert caught.value.retry_after is not None
    ends = now + timedelta(seconds=caught.value.retry_after + 60)
    assert (ends.day, ends.hour, ends.month) == (1, 0, now.month % 12 + 1)


def test_a_call_whose_process_died_keeps_counting(session: Session) -> None:
    old, young, done = reserve(session, "0.3"), reserve(session, "0.3"), reserve(session, "0.3")
    settle(session, done, "0.1")
    session.execute(text("UPDATE usage SET at = at - interval '61 minutes' WHERE id <> :id"), {"id": young})
    assert budget.mark_stale_calls_lost(session) == 1
    session.commit()
    states = {entry.id: entry.state for entry in session.query(Usage)}
    assert states == {old: "lost", young: "reserved", done: "ok"}
    # Also on the first of a month: a call stays in the month that it was reserved in.
    assert budget.month_spending(session, LIMITS).usd == Decimal("0.7")


def test_calls_without_a_price_pass_when_nothing_is_left(session: Session) -> None:
    settle(session, reserve(session, "0.5"), "3")
    assert reserve(session, "0")
