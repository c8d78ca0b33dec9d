"""Money that calls under way hold is waited for; a batch pauses when what is left does not cover one more."""

from __future__ import annotations

import time
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from artworks.batches import batch as batches
from artworks.batches import batch_item, estimates, runner
from artworks.batches.batch import BatchOrder
from artworks.core.actor import Actor, act_as
from artworks.dependencies import Dependencies
from artworks.drafting import budget_waits
from artworks.drafting.request import DraftOptions
from artworks.membership import membership
from artworks.search.filters import Filters
from artworks.usage.budget import CapReached
from models import Batch, Person, Usage
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import Reply
from tests.support.batching import (
    add_pictures,
    begin_of,
    calls,
    change,
    enqueue,
    read,
    somebody_waits,
    start,
    wait_until,
    working,
)
from tests.support.dependencies import MakeDependencies
from tests.support.people import add_person
from tests.support.program import PATIENCE

pytestmark = pytest.mark.slow

LIMIT = Decimal("0.02")
# What the fake service says that a picture took.
PRICE = Decimal("0.0006")


def batch_of(engine: Engine, dependencies: Dependencies, person: Person, count: int) -> int:
    """Write down a batch as a person starts one."""
    ids = tuple(add_pictures(engine, dependencies, count))
    with begin_of(engine)() as session:
        act_as(session, Actor(person.role, person.id, person.called, person.email, "session"))
        return batches.start(
            session, dependencies, BatchOrder(Filters(ids=ids), DraftOptions(overwrite_policy="empty"))
        ).id


def work_until_paused(url: str, engine: Engine, dependencies: Dependencies, batch: int) -> Batch:
    with working(url, dependencies, concurrency=4):
        enqueue(url)
        wait_until(lambda: read(engine, batch).state != "running")
    return read(engine, batch)


def covers_no_more(found: Batch, dependencies: Dependencies) -> None:
    """Make sure that a batch went as far as the limit allows and no further."""
    left = LIMIT - found.spent_usd
    assert found.state == "paused"
    assert found.held_usd == 0
    assert 0 < left < estimates.least_cap(dependencies) + PRICE
    assert found.failed == found.lost == 0


def test_a_small_cap_is_used_before_the_batch_pauses(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 30), cap=str(LIMIT))
    found = work_until_paused(database_url, engine, dependencies, batch)
    covers_no_more(found, dependencies)
    assert found.paused_code == "cap"
    assert len(openai_server.requests) == found.done


def test_a_small_share_is_used_before_the_batch_pauses(
    database_url: str, engine: Engine, session: Session, dependencies: Dependencies
) -> None:
    person = add_person(session, "owner", budget_usd=LIMIT)
    batch = batch_of(engine, dependencies, person, 30)
    found = work_until_paused(database_url, engine, dependencies, batch)
    covers_no_more(found, dependencies)
    assert found.paused_code == "share"
    assert person.called in found.paused_message


def test_a_small_months_budget_is_used_before_the_batch_pauses(
    database_url: str, engine: Engine, make_dependencies: MakeDependencies
) -> None:
    poor = make_dependencies(AI_BUDGET_USD_PER_MONTH=str(LIMIT))
    batch = start(engine, poor, add_pictures(engine, poor, 30))
    found = work_until_paused(database_url, engine, poor, batch)
    covers_no_more(found, poor)
    assert found.paused_code == "month"


def test_a_batch_that_waits_for_its_money_leaves_the_others_their_turns(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    slow = does.hang()
    held = start(engine, dependencies, add_pictures(engine, dependencies, 40), cap=str(LIMIT), note="Slow")

    def answer(reply: Reply) -> None:
        (slow if "Slow" in reply.seen.text else does.ok())(reply)

    openai_server.default = answer
    with working(database_url, dependencies, concurrency=4):
        enqueue(database_url)
        wait_until(lambda: read(engine, held).held_usd > 0)
        quick = start(engine, dependencies, add_pictures(engine, dependencies, 40))
        enqueue(database_url)
        wait_until(lambda: read(engine, quick).state == "done")
        found = read(engine, held)
        assert (found.state, found.done) == ("running", 0)
        assert found.wait_until is not None
        openai_server.closing.set()


def test_a_waiting_batch_does_not_keep_the_database_busy(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    openai_server.default = does.hang()
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 40), cap=str(LIMIT))
    looks = 0
    with working(database_url, dependencies, concurrency=4):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).wait_until is not None)
        until, seen = time.monotonic() + 1.0, read(engine, batch).wait_until
        while time.monotonic() < until:
            now = read(engine, batch).wait_until
            looks, seen = looks + (now != seen), now
            time.sleep(0.01)
        openai_server.closing.set()
    # Every worker slot may have been about to ask; after that it is one try a second.
    assert looks <= 2 * 4 + 2


def test_what_is_held_belongs_to_calls_that_are_under_way(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    openai_server.default = does.hang()
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 20))
    with working(database_url, dependencies, concurrency=2):
        enqueue(database_url)
        wait_until(lambda: len(openai_server.requests) == 2)
        # The other worker slots wait for a call by now, or soon: they must not hold money before they may send.
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            with Session(engine) as session:
                reserved = session.scalar(select(func.count()).where(Usage.state == "reserved"))
            assert reserved == 2
            time.sleep(0.02)
        openai_server.closing.set()
    assert len(calls(engine, batch)) >= 2


@pytest.mark.parametrize("role", ["viewer", None])
def test_who_loses_the_right_to_spend_is_written_for_no_more(
    database_url: str,
    engine: Engine,
    session: Session,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    role: str | None,
) -> None:
    add_person(session, "owner")
    person = add_person(session, "editor", budget_usd=Decimal(5))
    batch = batch_of(engine, dependencies, person, 60)
    with working(database_url, dependencies, concurrency=4):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).done >= 4)
        session.refresh(person)
        if role is None:
            membership.end(session, person)
        else:
            membership.change(session, person, role=role)
        session.commit()
        sent = len(openai_server.requests)
        wait_until(lambda: read(engine, batch).held_usd == 0)
        # Those that were on their way to the service at that moment, and no more.
        assert len(openai_server.requests) <= sent + 4
        found = read(engine, batch)
    assert (found.state, found.paused_code) == ("paused", "rights")
    assert found.done < 60
    assert found.spent_usd == sum(call.usd for call in calls(engine, batch))
    with Session(engine) as after:
        still = after.scalar(select(Batch.state).where(Batch.id == batch))
    assert still == "paused"


def test_what_was_refused_before_a_batch_got_more_money_does_not_pause_it_after_that(
    engine: Engine, dependencies: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, begin = (
        start(engine, dependencies, add_pictures(engine, dependencies, 2), cap="0.05"),
        begin_of(engine),
    )
    with begin() as session:
        item = batch_item.claim(session, batch, "a worker")
        assert item
        # Another worker was refused, too, and was faster.
        batch_item.pause_batch(session, batch, "cap", "The cap is reached.", LIMIT)
        session.execute(update(Batch).values(spent_usd=LIMIT * 2))
    resuming = Thread(target=change, args=(engine, batches.resume, batch, Decimal(5)))
    judge = budget_waits.is_held

    def judge_while_somebody_resumes(*args: Any, **named: Any) -> bool:
        held = judge(*args, **named)
        resuming.start()
        wait_until(lambda: somebody_waits(engine) or not resuming.is_alive())
        return held

    monkeypatch.setattr(budget_waits, "is_held", judge_while_somebody_resumes)
    refused = CapReached("The cap is reached.")
    refused.usd = LIMIT
    with begin() as session:
        runner._wait_or_pause(session, dependencies, item, refused)
    resuming.join(PATIENCE)
    assert read(engine, batch).state == "running"
