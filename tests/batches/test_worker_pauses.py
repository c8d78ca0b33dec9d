"""A batch that is paused, cancelled or taken over."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from artworks.batches import batch as batches
from artworks.batches import batch_item, item_policy, runner
from artworks.batches import worker as batch_worker
from artworks.batches.item_policy import CallDefaults
from artworks.batches.rate_slots import RateSlots
from artworks.dependencies import Dependencies
from artworks.settings import changes, installation
from tests.batches.test_worker import is_done, let_turns_come, states, under_way
from tests.fakes.openai_server import FakeOpenAI
from tests.support.batching import (
    add_pictures,
    begin_of,
    calls,
    change,
    enqueue,
    items,
    read,
    start,
    wait_until,
    working,
)
from tests.support.dependencies import MakeDependencies
from tests.support.drafting import Held

pytestmark = pytest.mark.slow


def test_a_pause_stops_within_two_seconds_and_going_on_ends_the_batch(
    database_url: str, engine: Engine, make_dependencies: MakeDependencies, openai_server: FakeOpenAI
) -> None:
    # How long a worker takes to notice it; the second rate slot is a minute away.
    assert batch_worker.FRESH_SECONDS + item_policy.CHECK_EVERY_SECONDS < 2
    slow = make_dependencies(AI_REQUESTS_PER_MINUTE="1")
    batch = start(engine, slow, add_pictures(engine, slow, 6))
    with working(database_url, slow):
        enqueue(database_url)
        wait_until(lambda: {"done", "working"} <= set(states(engine, batch)))
        change(engine, batches.pause, batch)
        wait_until(lambda: "working" not in states(engine, batch))
    assert len(openai_server.requests) == 1
    change(engine, batches.resume, batch)
    let_turns_come(engine)
    with working(database_url, make_dependencies()):
        enqueue(database_url)
        wait_until(lambda: is_done(engine, batch))
    assert len(openai_server.requests) == 6
    assert {call.state for call in calls(engine, batch)} == {"ok"}


def test_a_cancelled_batch_keeps_the_words_that_are_paid_for(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The worker asks again which batches run before it sends anything, and not a moment later.
    monkeypatch.setattr(batch_worker, "FRESH_SECONDS", 0)
    held = Held()
    openai_server.default = held
    ids = add_pictures(engine, dependencies, 8)
    batch = start(engine, dependencies, ids)
    with working(database_url, dependencies, concurrency=2):
        enqueue(database_url)
        wait_until(lambda: len(openai_server.requests) == 2)
        change(engine, batches.cancel, batch)
        held.go.set()
        wait_until(lambda: all(item.state != "working" for item in items(engine, batch)))
    assert [item.state for item in items(engine, batch)].count("cancelled") == 6
    assert read(engine, batch).state == "cancelled"
    assert len(openai_server.requests) == 2
    assert read(engine, batch).held_usd == 0


def test_a_changed_setting_counts_from_the_next_picture_on(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(installation, "FRESH_SECONDS", 0.0)
    with working(database_url, dependencies, 1):
        held, *_ = under_way(database_url, engine, dependencies, openai_server)
        # Another one is ready to be sent, and waits for the first.
        batch = start(engine, dependencies, add_pictures(engine, dependencies, 1))
        enqueue(database_url)
        wait_until(lambda: items(engine, batch)[0].state == "working")
        with begin_of(engine)() as session:
            changes.change(session, dependencies.installation, "openai_model", "gpt-6-luna", 0)
        held.go.set()
        wait_until(lambda: is_done(engine, batch))
    assert [seen.body["model"] for seen in openai_server.requests] == ["gpt-5.6-luna", "gpt-6-luna"]


def test_a_picture_that_still_waits_begins_anew_when_a_setting_changes(
    engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 1))
    defaults = CallDefaults(1, [], RateSlots(dependencies.limits), lambda _: True, lambda _: False)
    with begin_of(engine)() as session:
        item = batch_item.claim(session, batch, "first")
    assert item is not None
    runner.process_item(begin_of(engine), dependencies, item, defaults, lambda: False)
    assert [(item.state, item.attempts) for item in items(engine, batch)] == [("waiting", 0)]
    assert openai_server.requests == []
