"""The rate slots of batches: even, shared by every process, within what the service says; people come first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from artworks.batches.rate_slots import RateSlots
from artworks.core.errors import RateLimited
from artworks.core.limits import AILimits
from artworks.usage import rate_limit
from artworks.usage.rate_limit import BATCH_SHARE
from gpt_service import RateLimitInfo
from tests.support.program import PATIENCE

pytestmark = pytest.mark.usefixtures("still_clock")
PER_MINUTE = 600
LIMITS = AILimits(requests_per_minute=PER_MINUTE, tokens_per_minute=1_000_000, budget_usd=0)
APART = 60 / (PER_MINUTE * BATCH_SHARE)


def reserve(session: Session, limits: AILimits = LIMITS, tokens: int = 10, count: int = 1) -> float:
    """Reserve a slot and return the moment it begins, in seconds from now."""
    wait, _ = rate_limit.reserve_slots(session, limits, tokens, count)
    session.commit()
    return wait


def test_a_call_ends_while_somebody_waits_for_a_connection_to_take_a_turn() -> None:
    """Whoever ends a call holds a connection: waiting for one who waits for a connection would last for ever."""
    slots, asked, free = RateSlots(LIMITS), threading.Event(), threading.Event()

    @contextmanager
    def begin() -> Iterator[Session]:
        asked.set()
        if not free.wait(PATIENCE):
            yield Session()
        raise TimeoutError("No connection was free.")

    with ThreadPoolExecutor(2) as pool:
        taking = pool.submit(slots.acquire, begin, 10)
        assert asked.wait(PATIENCE)
        try:
            pool.submit(slots.record_usage, 10, 10, RateLimitInfo()).result(PATIENCE)
        finally:
            free.set()
        assert isinstance(taking.exception(PATIENCE), TimeoutError)


def test_turns_use_97_percent_of_a_limit_and_never_more(session: Session) -> None:
    begun = [reserve(session) for _ in range(18)]
    apart = [after - before for before, after in pairwise(begun)]
    assert sum(apart) / len(apart) == pytest.approx(APART, rel=0.05)
    assert 0.97 <= 60 / APART / PER_MINUTE < 1


def test_three_processes_share_one_row_of_turns(database_url: str) -> None:
    def process(_: int) -> list[float]:
        engine = create_engine(database_url, poolclass=NullPool)
        with Session(engine) as session:
            return [reserve(session) for _ in range(6)]

    with ThreadPoolExecutor(3) as pool:
        begun = sorted(moment for moments in pool.map(process, range(3)) for moment in moments)
    assert begun[-1] - begun[0] == pytest.approx(17 * APART, rel=0.1)


def test_turns_wait_for_tokens_too(session: Session) -> None:
    tight = AILimits(requests_per_minute=PER_MINUTE, tokens_per_minute=6_000, budget_usd=0)
    first, second = reserve(session, tight, 100), reserve(session, tight, 100)
    assert second - first == pytest.approx(1 / BATCH_SHARE, rel=0.05)


def test_what_was_not_used_brings_the_next_turn_forward(session: Session) -> None:
    tight = AILimits(requests_per_minute=PER_MINUTE, tokens_per_minute=6_000, budget_usd=0)
    first = reserve(session, tight, 1_000)
    rate_limit.settle_slots(session, tight, 1, 1_000, 100)
    session.commit()
    assert reserve(session, tight, 1_000) - first == pytest.approx(1 / BATCH_SHARE, rel=0.2)


def test_the_services_own_lower_limit_counts_from_its_first_answer_on(session: Session) -> None:
    reserve(session)
    rate_limit.settle_slots(session, LIMITS, 1, 10, 10, RateLimitInfo(requests=60.0))
    session.commit()
    first, second = reserve(session), reserve(session)
    assert second - first == pytest.approx(1 / BATCH_SHARE, rel=0.05)
    # A higher one does not lift the setting.
    rate_limit.settle_slots(session, LIMITS, 1, 10, 10, RateLimitInfo(requests=1e6))
    session.commit()
    assert rate_limit.calls_per_minute(session, LIMITS, 1) == pytest.approx(PER_MINUTE * BATCH_SHARE)


def test_the_services_limit_is_forgotten_when_a_process_begins(session: Session) -> None:
    reserve(session)
    rate_limit.settle_slots(session, LIMITS, 1, 10, 10, RateLimitInfo(requests=60.0))
    session.commit()
    assert rate_limit.calls_per_minute(session, LIMITS, 10) == pytest.approx(60 * BATCH_SHARE)
    rate_limit.forget_reported_limits(session)
    assert rate_limit.calls_per_minute(session, LIMITS, 10) == pytest.approx(PER_MINUTE * BATCH_SHARE)


def test_when_nothing_is_left_the_next_turn_waits(session: Session) -> None:
    first = reserve(session)
    rate_limit.settle_slots(session, LIMITS, 1, 10, 10, RateLimitInfo(requests=60.0, wait=1.5))
    session.commit()
    assert reserve(session) - first >= 1.3


def test_all_turns_wait_when_the_service_says_so(session: Session) -> None:
    first = reserve(session)
    rate_limit.back_off(session, 30)
    session.commit()
    assert reserve(session) - first == pytest.approx(30, abs=1)


def test_a_turn_that_is_far_ahead_is_not_given_yet(session: Session) -> None:
    slow = AILimits(requests_per_minute=6, tokens_per_minute=1_000_000, budget_usd=0)
    first, *later = [reserve(session, slow) for _ in range(4)]
    assert later == [pytest.approx(first + 10 / BATCH_SHARE, abs=0.3)] * 3


def test_a_person_need_not_wait_for_the_turns_of_a_batch_which_makes_room(session: Session) -> None:
    slow = AILimits(requests_per_minute=6, tokens_per_minute=1_000_000, budget_usd=0)
    first = reserve(session, slow)
    rate_limit.acquire(session, slow, 10)
    session.commit()
    assert reserve(session, slow) - first == pytest.approx(20 / BATCH_SHARE, rel=0.05)


def test_what_a_batch_used_is_missing_to_a_person(session: Session) -> None:
    rate_limit.acquire(session, LIMITS, 10)
    rate_limit.settle_slots(session, LIMITS, PER_MINUTE - 1, 0, 0)
    session.commit()
    with pytest.raises(RateLimited):
        for _ in range(5):
            rate_limit.acquire(session, LIMITS, 10)


def test_a_process_takes_quick_turns_together_and_slow_ones_alone(engine: Engine) -> None:
    begin = sessionmaker(engine).begin
    asked = 0

    def counted() -> object:
        nonlocal asked
        asked += 1
        return begin()

    quick = RateSlots(AILimits(60_000, 1_000_000_000, 0))
    begun = [quick.acquire(counted, 10) for _ in range(100)]  # type: ignore[arg-type]
    assert asked <= 6
    moments = [moment for moment in begun if moment]
    assert len(moments) == len(begun)
    assert all(later > sooner for sooner, later in pairwise(moments))
    asked = 0
    slow = RateSlots(AILimits(60, 1_000_000_000, 0))
    assert [slow.acquire(counted, 10) is None for _ in range(4)] == [False, False, True, True]  # type: ignore[arg-type]
    assert asked in (3, 4)


def test_what_calls_used_is_written_down_together(engine: Engine, session: Session) -> None:
    begin = sessionmaker(engine).begin
    slots = RateSlots(LIMITS)
    slots.acquire(begin, 1_000)
    for _ in range(3):
        slots.record_usage(1_000, 400, RateLimitInfo(requests=300.0))
    slots._written_at -= 1
    slots.write_usage(begin)
    slots.write_usage(begin)
    left = session.execute(text("SELECT name, level, told FROM rate_bucket ORDER BY name")).all()
    assert [row.told for row in left] == [300.0, None]
    assert left[0].level == pytest.approx(PER_MINUTE - 3, abs=2)
    assert left[1].level == pytest.approx(1_000_000 - 1_200, abs=1_000)
