"""The turns of batches: even, shared by every process, within what the service says; people come first."""

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

from artworks.batches.rate_slots import Turns
from artworks.core.errors import RateLimited
from artworks.usage import rate_limit as pace
from artworks.usage.budget import Limits
from artworks.usage.rate_limit import STEADY
from gpt_service import RateLimitInfo
from tests.support.program import PATIENCE

pytestmark = pytest.mark.usefixtures("still_clock")
PER_MINUTE = 600
LIMITS = Limits(requests_per_minute=PER_MINUTE, tokens_per_minute=1_000_000, budget_usd=0)
APART = 60 / (PER_MINUTE * STEADY)


def turn(session: Session, limits: Limits = LIMITS, tokens: int = 10, count: int = 1) -> float:
    """Take a turn and give the moment it begins, in seconds from now."""
    wait, _ = pace.turns(session, limits, tokens, count)
    session.commit()
    return wait


def test_a_call_ends_while_somebody_waits_for_a_connection_to_take_a_turn() -> None:
    """Whoever ends a call holds a connection: waiting for one who waits for a connection would last for ever."""
    turns, asked, free = Turns(LIMITS), threading.Event(), threading.Event()

    @contextmanager
    def begin() -> Iterator[Session]:
        asked.set()
        if not free.wait(PATIENCE):
            yield Session()
        raise TimeoutError("No connection was free.")

    with ThreadPoolExecutor(2) as pool:
        taking = pool.submit(turns.take, begin, 10)
        assert asked.wait(PATIENCE)
        try:
            pool.submit(turns.end, 10, 10, RateLimitInfo()).result(PATIENCE)
        finally:
            free.set()
        assert isinstance(taking.exception(PATIENCE), TimeoutError)


def test_turns_use_97_percent_of_a_limit_and_never_more(session: Session) -> None:
    begun = [turn(session) for _ in range(18)]
    apart = [after - before for before, after in pairwise(begun)]
    assert sum(apart) / len(apart) == pytest.approx(APART, rel=0.05)
    assert 0.97 <= 60 / APART / PER_MINUTE < 1


def test_three_processes_share_one_row_of_turns(database_url: str) -> None:
    def process(_: int) -> list[float]:
        engine = create_engine(database_url, poolclass=NullPool)
        with Session(engine) as session:
            return [turn(session) for _ in range(6)]

    with ThreadPoolExecutor(3) as pool:
        begun = sorted(moment for moments in pool.map(process, range(3)) for moment in moments)
    assert begun[-1] - begun[0] == pytest.approx(17 * APART, rel=0.1)


def test_turns_wait_for_tokens_too(session: Session) -> None:
    tight = Limits(requests_per_minute=PER_MINUTE, tokens_per_minute=6_000, budget_usd=0)
    first, second = turn(session, tight, 100), turn(session, tight, 100)
    assert second - first == pytest.approx(1 / STEADY, rel=0.05)


def test_what_was_not_used_brings_the_next_turn_forward(session: Session) -> None:
    tight = Limits(requests_per_minute=PER_MINUTE, tokens_per_minute=6_000, budget_usd=0)
    first = turn(session, tight, 1_000)
    pace.end_turns(session, tight, 1, 1_000, 100)
    session.commit()
    assert turn(session, tight, 1_000) - first == pytest.approx(1 / STEADY, rel=0.2)


def test_the_services_own_lower_limit_counts_from_its_first_answer_on(session: Session) -> None:
    turn(session)
    pace.end_turns(session, LIMITS, 1, 10, 10, RateLimitInfo(requests=60.0))
    session.commit()
    first, second = turn(session), turn(session)
    assert second - first == pytest.approx(1 / STEADY, rel=0.05)
    # A higher one does not lift the setting.
    pace.end_turns(session, LIMITS, 1, 10, 10, RateLimitInfo(requests=1e6))
    session.commit()
    assert pace.per_minute(session, LIMITS, 1) == pytest.approx(PER_MINUTE * STEADY)


def test_the_services_limit_is_forgotten_when_a_process_begins(session: Session) -> None:
    turn(session)
    pace.end_turns(session, LIMITS, 1, 10, 10, RateLimitInfo(requests=60.0))
    session.commit()
    assert pace.per_minute(session, LIMITS, 10) == pytest.approx(60 * STEADY)
    pace.forget(session)
    assert pace.per_minute(session, LIMITS, 10) == pytest.approx(PER_MINUTE * STEADY)


def test_when_nothing_is_left_the_next_turn_waits(session: Session) -> None:
    first = turn(session)
    pace.end_turns(session, LIMITS, 1, 10, 10, RateLimitInfo(requests=60.0, wait=1.5))
    session.commit()
    assert turn(session) - first >= 1.3


def test_all_turns_wait_when_the_service_says_so(session: Session) -> None:
    first = turn(session)
    pace.hold_back(session, 30)
    session.commit()
    assert turn(session) - first == pytest.approx(30, abs=1)


def test_a_turn_that_is_far_ahead_is_not_given_yet(session: Session) -> None:
    slow = Limits(requests_per_minute=6, tokens_per_minute=1_000_000, budget_usd=0)
    first, *later = [turn(session, slow) for _ in range(4)]
    assert later == [pytest.approx(first + 10 / STEADY, abs=0.3)] * 3


def test_a_person_need_not_wait_for_the_turns_of_a_batch_which_makes_room(session: Session) -> None:
    slow = Limits(requests_per_minute=6, tokens_per_minute=1_000_000, budget_usd=0)
    first = turn(session, slow)
    pace.take(session, slow, 10)
    session.commit()
    assert turn(session, slow) - first == pytest.approx(20 / STEADY, rel=0.05)


def test_what_a_batch_used_is_missing_to_a_person(session: Session) -> None:
    pace.take(session, LIMITS, 10)
    pace.end_turns(session, LIMITS, PER_MINUTE - 1, 0, 0)
    session.commit()
    with pytest.raises(RateLimited):
        for _ in range(5):
            pace.take(session, LIMITS, 10)


def test_a_process_takes_quick_turns_together_and_slow_ones_alone(engine: Engine) -> None:
    begin = sessionmaker(engine).begin
    asked = 0

    def counted() -> object:
        nonlocal asked
        asked += 1
        return begin()

    quick = Turns(Limits(60_000, 1_000_000_000, 0))
    begun = [quick.take(counted, 10) for _ in range(100)]  # type: ignore[arg-type]
    assert asked <= 6
    moments = [moment for moment in begun if moment]
    assert len(moments) == len(begun)
    assert all(later > sooner for sooner, later in pairwise(moments))
    asked = 0
    slow = Turns(Limits(60, 1_000_000_000, 0))
    assert [slow.take(counted, 10) is None for _ in range(4)] == [False, False, True, True]  # type: ignore[arg-type]
    assert asked in (3, 4)


def test_what_calls_used_is_written_down_together(engine: Engine, session: Session) -> None:
    begin = sessionmaker(engine).begin
    turns = Turns(LIMITS)
    turns.take(begin, 1_000)
    for _ in range(3):
        turns.end(1_000, 400, RateLimitInfo(requests=300.0))
    turns._written -= 1
    turns.write(begin)
    turns.write(begin)
    left = session.execute(text("SELECT name, level, told FROM rate_bucket ORDER BY name")).all()
    assert [row.told for row in left] == [300.0, None]
    assert left[0].level == pytest.approx(PER_MINUTE - 3, abs=2)
    assert left[1].level == pytest.approx(1_000_000 - 1_200, abs=1_000)
