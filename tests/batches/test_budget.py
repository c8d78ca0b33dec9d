"""The money of a batch: never more than its cap nor the month's budget, not by one call in flight."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from artworks.batches import batch as batches
from artworks.batches import estimates
from artworks.batches.batch import BatchOrder
from artworks.core.errors import Invalid
from artworks.dependencies import Dependencies
from artworks.drafting.request import DraftOptions
from artworks.search.filters import Filters
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import USAGE, Reply
from tests.support.batching import (
    add_pictures,
    begin_of,
    calls,
    change,
    enqueue,
    read,
    start,
    wait_until,
    working,
)
from tests.support.dependencies import MakeDependencies
from tests.support.drafting import WORDS

# About what a call is held back for; the fake service says that it used a twentieth of that.
DEAR = {"prompt_tokens": 4_000, "completion_tokens": 7_000}


def test_the_cap_is_never_exceeded_not_by_one_call_in_flight(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    openai_server.default = does.ok(usage=DEAR)
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 20), cap="0.05")
    with working(database_url, dependencies, concurrency=8):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).state == "paused")
        found = read(engine, batch)
        assert found.paused_code == "cap"
        assert "$0.05" in found.paused_message
        assert Decimal("0.03") < found.spent_usd <= Decimal("0.05")
        assert found.held_usd == 0
        change(engine, batches.resume, batch, Decimal("5"))
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).state == "done")
    assert read(engine, batch).spent_usd == sum(call.usd for call in calls(engine, batch))
    assert len(openai_server.requests) == 20


def test_money_is_held_back_before_a_call_and_the_rest_given_back_after_it(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    held: list[Decimal] = []

    def look(reply: Reply) -> None:
        held.append(read(engine, batch).held_usd)
        does.ok()(reply)

    openai_server.default = look
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 1))
    with working(database_url, dependencies):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).state == "done")
    found = read(engine, batch)
    assert held[0] > found.spent_usd > 0 == found.held_usd


def test_the_months_budget_pauses_a_batch_too(
    database_url: str, engine: Engine, make_dependencies: MakeDependencies, openai_server: FakeOpenAI
) -> None:
    poor = make_dependencies(AI_BUDGET_USD_PER_MONTH="0.03")
    openai_server.default = does.ok(usage=DEAR)
    batch = start(engine, poor, add_pictures(engine, poor, 10))
    with working(database_url, poor):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).state == "paused")
    found = read(engine, batch)
    assert found.paused_code == "month"
    assert "$0.03" in found.paused_message
    assert 0 < found.spent_usd <= Decimal("0.03")
    assert found.failed == 0


def test_flex_costs_half_when_the_service_says_that_it_answered_so(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    def flexible(reply: Reply) -> None:
        tier = reply.seen.body.get("service_tier")
        reply.completion({"content": json.dumps(WORDS)}, usage=USAGE, tier=tier)

    openai_server.default = flexible
    ids = add_pictures(engine, dependencies, 2)
    usual = start(engine, dependencies, ids[:1])
    cheap = start(engine, dependencies, ids[1:], tier="flex")
    with working(database_url, dependencies):
        enqueue(database_url)
        wait_until(lambda: all(read(engine, batch).state == "done" for batch in (usual, cheap)))
    assert read(engine, cheap).spent_usd * 2 == read(engine, usual).spent_usd > 0
    assert [call.tier for call in calls(engine, cheap)] == ["flex"]


def test_flex_is_refused_where_the_service_has_none(
    engine: Engine, make_dependencies: MakeDependencies
) -> None:
    own = make_dependencies(OPENAI_MODEL="gemma3")
    ids = add_pictures(engine, own, 1)
    with pytest.raises(Invalid, match="usual speed"):
        start(engine, own, ids, tier="flex")


def test_an_estimate_is_measured_from_earlier_calls_of_the_same_model(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    def estimated() -> estimates.Estimate:
        order = BatchOrder(Filters(ids=tuple(ids)), DraftOptions(overwrite_policy="suggest"))
        with begin_of(engine)() as session:
            return estimates.estimate(session, dependencies, order)

    ids = add_pictures(engine, dependencies, 5)
    before = estimated()
    assert (before.images, before.measured) == (5, False)
    assert before.usd > 0
    openai_server.default = does.ok(usage={"prompt_tokens": 1_000_000, "completion_tokens": 0})
    batch = start(engine, dependencies, ids)
    with working(database_url, dependencies):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).state == "done")
    after = estimated()
    assert after.measured
    # A million tokens in cost $0.20.
    assert after.usd == Decimal("1.00")


def test_an_estimate_counts_only_pictures_that_lack_words(engine: Engine, dependencies: Dependencies) -> None:
    add_pictures(engine, dependencies, 3, alt_text="There")
    add_pictures(engine, dependencies, 2)
    with begin_of(engine)() as session:
        found = estimates.estimate(
            session,
            dependencies,
            BatchOrder(Filters(), DraftOptions(("alt_text",), overwrite_policy="empty")),
        )
    assert (found.images, found.chosen) == (2, 5)
