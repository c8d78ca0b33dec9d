"""What a crash or an outage leaves behind is put right: reservations, counters, worker slots, the hour of retries."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, text

from artworks.batches import batch as batches
from artworks.batches import batch_item, item_policy, runner
from artworks.batches.batch_item import ClaimedItem
from artworks.batches.item_policy import BatchItemPolicy, CallDefaults
from artworks.batches.rate_slots import RateSlots
from artworks.batches.worker import BatchWorkerPool
from artworks.core.errors import Unavailable
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Dependencies
from artworks.drafting import draft as drafting
from artworks.usage import budget
from artworks.voice import voice
from artworks.voice.settings import Choices
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import Reply
from tests.support.batching import (
    add_pictures,
    begin_of,
    calls,
    change,
    enqueue,
    images,
    items,
    read,
    start,
    wait_until,
    working,
)
from tests.support.drafting import WORDS
from tests.support.program import PATIENCE

HELD = text(
    "INSERT INTO usage (image_id, kind, source, model, state, usd, batch_id, at)"
    " VALUES (:image, :kind, 'openai', 'm', 'reserved', 0.01, :batch, now() - interval '2 hours') RETURNING id"
)


def claimed(begin: TransactionFactory, image_id: int, batch: int) -> ClaimedItem:
    """Claim the picture of a batch for a worker, and hold money back for its call."""
    with begin() as session:
        item = batch_item.claim(session, batch, "worker-1")
        assert item is not None
        usage_id = session.scalar(HELD, {"image": image_id, "kind": "generate", "batch": batch})
        batch_item.record_call(session, item, usage_id or 0)
    return item


def errand_for(dependencies: Dependencies, item: ClaimedItem) -> BatchItemPolicy:
    """Return the policy of a worker that has claimed a picture."""
    return BatchItemPolicy(
        item,
        CallDefaults(0, [], RateSlots(dependencies.limits), lambda _: True, lambda _: True),
        lambda: False,
    )


def test_retries_that_come_due_one_after_the_other_use_all_lanes(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(item_policy, "FIRST_PAUSE", 0.8)
    at_once, most, lock, four = [0], [0], threading.Lock(), threading.Barrier(4)

    def together(reply: Reply) -> None:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        four.wait(PATIENCE)
        with lock:
            at_once[0] -= 1
        does.ok()(reply)

    openai_server.script(*[does.error(503)] * 12)
    openai_server.default = together
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 12))
    with working(database_url, dependencies):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).state == "done")
    assert most[0] == 4


def test_a_reservation_whose_commit_was_not_heard_of_is_taken_back(
    engine: Engine, dependencies: Dependencies
) -> None:
    ids = add_pictures(engine, dependencies, 1)
    batch = start(engine, dependencies, ids)
    begin = begin_of(engine)
    item = claimed(begin, ids[0], batch)
    assert read(engine, batch).held_usd > 0
    with begin() as session:
        runner._requeue_unsettled(session, errand_for(dependencies, item))
    assert read(engine, batch).held_usd == 0
    assert [(entry.state, entry.usd) for entry in calls(engine, batch)] == [("cancelled", Decimal(0))]
    assert [found.state for found in items(engine, batch)] == ["waiting"]


def test_a_call_that_was_sent_and_never_settled_counts_with_all_that_was_held_for_it(
    engine: Engine, dependencies: Dependencies
) -> None:
    ids = add_pictures(engine, dependencies, 1)
    batch = start(engine, dependencies, ids)
    begin = begin_of(engine)
    policy = errand_for(dependencies, claimed(begin, ids[0], batch))
    policy.sent = True
    with begin() as session:
        runner._requeue_unsettled(session, policy)
    (entry,) = calls(engine, batch)
    assert (entry.state, entry.usd, entry.at_most_usd) == ("lost", Decimal("0.01"), Decimal("0.01"))
    assert read(engine, batch).spent_usd == Decimal("0.01")
    assert [found.state for found in items(engine, batch)] == ["waiting"]


def test_a_reservation_that_no_picture_knows_is_found_by_the_sweep(
    engine: Engine, dependencies: Dependencies
) -> None:
    ids = add_pictures(engine, dependencies, 1)
    batch = start(engine, dependencies, ids)
    begin = begin_of(engine)
    with begin() as session:
        session.execute(HELD, {"image": ids[0], "kind": "rewrite", "batch": batch})
    with begin() as session:
        assert budget.mark_stale_calls_lost(session) == 1
    found = read(engine, batch)
    assert (float(found.held_usd), float(found.spent_usd), found.lost) == (0.0, 0.01, 1)


def test_a_call_that_a_worker_holds_is_not_taken_for_lost(engine: Engine, dependencies: Dependencies) -> None:
    ids = add_pictures(engine, dependencies, 1)
    batch = start(engine, dependencies, ids)
    begin = begin_of(engine)
    claimed(begin, ids[0], batch)
    with begin() as session:
        assert budget.mark_stale_calls_lost(session) == 0


def test_the_last_picture_of_a_batch_is_mended_too(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    with begin_of(engine)() as session:
        voice.save(session, Choices(avoid=("dusk",), hashtags_least=0))
    openai_server.script(does.ok(WORDS), does.ok({"description": "Evening.", "hashtags": ["#hills"]}))
    ids = add_pictures(engine, dependencies, 1)
    batch = start(engine, dependencies, ids)
    with working(database_url, dependencies):
        enqueue(database_url)
        wait_until(lambda: images(engine, ids)[0].description == "Evening.")
    assert [(entry.kind, entry.state) for entry in calls(engine, batch)] == [
        ("generate", "ok"),
        ("rewrite", "ok"),
    ]
    found = read(engine, batch)
    assert (found.state, found.held_usd) == ("done", Decimal(0))
    assert found.spent_usd == sum(entry.usd for entry in calls(engine, batch))


def test_an_outage_of_the_storage_is_waited_for(
    database_url: str, engine: Engine, dependencies: Dependencies, soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, down = drafting.image_for_model, [True] * 3

    def picture(*given: Any) -> bytes:
        if down:
            down.pop()
            raise Unavailable("The storage does not answer.")
        data: bytes = real(*given)
        return data

    monkeypatch.setattr(drafting, "image_for_model", picture)
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 2))
    with working(database_url, dependencies):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).state == "done")
    assert (read(engine, batch).done, read(engine, batch).failed) == (2, 0)


def test_words_that_arrive_for_a_failed_picture_are_counted_once(
    engine: Engine, dependencies: Dependencies
) -> None:
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 2))
    begin = begin_of(engine)
    with begin() as session:
        item = batch_item.claim(session, batch, "worker-1")
        assert item is not None
        assert batch_item.finish(session, item, "failed", "ai_timeout", "Slow.")
    with begin() as session:
        assert batch_item.finish(session, item, "done")
    found = read(engine, batch)
    assert (found.done, found.failed, found.state) == (1, 0, "running")


def test_the_hour_of_retries_does_not_run_during_a_pause(engine: Engine, dependencies: Dependencies) -> None:
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 1))
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE batch_item SET attempts = 1, first_tried_at = now() - :ago"),
            {"ago": timedelta(hours=9)},
        )
    change(engine, batches.pause, batch)
    change(engine, batches.resume, batch)
    assert [item.first_tried_at for item in items(engine, batch)] == [None]


def test_a_picture_given_back_at_the_moment_of_the_cancelling_is_cancelled(
    engine: Engine, dependencies: Dependencies
) -> None:
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 2))
    change(engine, batches.cancel, batch)
    with engine.begin() as connection:
        late = text(
            "UPDATE batch_item SET state = 'waiting' WHERE batch_id = :id AND id = (SELECT min(id) FROM batch_item)"
        )
        connection.execute(late, {"id": batch})
    enqueued: list[int] = []
    BatchWorkerPool(begin_of(engine), dependencies, enqueued.append).enqueue_left_behind()
    assert [item.state for item in items(engine, batch)] == ["cancelled"] * 2
    assert read(engine, batch).left == 0
    assert not enqueued
