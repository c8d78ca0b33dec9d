"""What goes wrong in a batch: temporary errors are tried again, lasting ones are told, and one never stops the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from artworks.adapters.storage.storage import rendition_key
from artworks.batches import batch as batches
from artworks.batches import item_policy
from artworks.batches.batch_item import ClaimedItem
from artworks.batches.item_policy import CallDefaults
from artworks.batches.rate_slots import RateSlots
from artworks.core.errors import AINonsense, AIRefused, AITimeout, AIUnavailable, AppError, RateLimited
from artworks.core.limits import AILimits
from artworks.dependencies import Dependencies
from artworks.drafting import draft as drafting
from artworks.drafting.request import DraftOptions
from artworks.imaging.rendition_kinds import RENDITION_VERSION
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_behaviours import Behaviour
from tests.fakes.openai_server import FakeOpenAI
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
from tests.support.recorded import answers, shapes

pytestmark = pytest.mark.slow
SHAPES = shapes()

REFUSED = "The AI service declined to write about this picture."


@pytest.fixture
def worked(database_url: str, dependencies: Dependencies, soon: None) -> Iterator[None]:
    """Work the queue during the test, one picture after the other."""
    with working(database_url, dependencies, concurrency=1):
        yield


def run(database_url: str, engine: Engine, batch: int, until: str = "done") -> None:
    """Work a batch off."""
    enqueue(database_url)
    wait_until(lambda: read(engine, batch).state == until)


TEMPORARY = {
    "429": does.rate_limited("0"),
    "500": does.error(500),
    "503": does.error(503),
    "reset": does.reset(),
    "broken off": does.breaks_off(),
    "nonsense": does.says("no words at all"),
}


@pytest.mark.parametrize("behaviour", TEMPORARY.values(), ids=TEMPORARY)
def test_temporary_errors_are_tried_again(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    worked: None,
    behaviour: Behaviour,
) -> None:
    openai_server.script(behaviour)
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 2))
    run(database_url, engine, batch)
    assert (read(engine, batch).done, read(engine, batch).failed) == (2, 0)
    assert len(openai_server.requests) == 3
    assert sorted(call.state for call in calls(engine, batch)) == ["failed", "ok", "ok"]


LASTING = {"refusal": does.refusal(), "filter": does.content_filter(), "bad request": does.error(400)}


@pytest.mark.parametrize("behaviour", LASTING.values(), ids=LASTING)
def test_lasting_errors_are_not_tried_again_and_stop_nobody_else(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    worked: None,
    behaviour: Behaviour,
) -> None:
    openai_server.script(behaviour)
    ids = add_pictures(engine, dependencies, 3)
    batch = start(engine, dependencies, ids)
    run(database_url, engine, batch)
    assert (read(engine, batch).done, read(engine, batch).failed) == (2, 1)
    assert len(openai_server.requests) == 3
    with begin_of(engine)() as session:
        (failure,) = batches.failures(session, batches.find(session, batch))
    assert failure.name.startswith("Study")
    assert failure.image_id in ids
    assert failure.message.endswith(".")


def test_a_picture_that_keeps_failing_is_tried_six_times_in_all(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    openai_server.default = does.error(503)
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 1))
    run(database_url, engine, batch)
    assert len(openai_server.requests) == 6
    (item,) = items(engine, batch)
    assert (item.state, item.code) == ("failed", "ai_unavailable")
    assert read(engine, batch).held_usd == 0


def test_an_answer_without_sense_is_paid_twice_at_most(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    openai_server.default = does.says("I would rather talk about the weather.")
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 1))
    run(database_url, engine, batch)
    assert len(openai_server.requests) == 2
    assert read(engine, batch).spent_usd == sum(call.usd for call in calls(engine, batch)) > 0


def test_a_missing_file_fails_alone_and_costs_nothing(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    ids = add_pictures(engine, dependencies, 2)
    name = images(engine, ids)[0].stored_filename
    dependencies.storage.delete(rendition_key(name, "preview", "image/jpeg", RENDITION_VERSION))
    batch = start(engine, dependencies, ids)
    run(database_url, engine, batch)
    assert (read(engine, batch).done, read(engine, batch).failed) == (1, 1)
    assert "missing" in next(item.message for item in items(engine, batch) if item.state == "failed")
    assert len(openai_server.requests) == 1


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [(does.wrong_key(), "does not accept the key"), (does.no_quota(), "no credit left")],
)
def test_a_wrong_key_or_no_quota_pauses_the_batch_and_fails_no_picture(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    worked: None,
    behaviour: Behaviour,
    said: str,
) -> None:
    openai_server.default = behaviour
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 5))
    run(database_url, engine, batch, until="paused")
    found = read(engine, batch)
    assert (found.paused_code, found.failed, found.left) == ("setup", 0, 5)
    assert said in found.paused_message
    assert "sk-test" not in found.paused_message
    # One at a time was asked for; the others were about to be when the first answer came.
    assert len(openai_server.requests) <= 3
    openai_server.default = does.ok()
    change(engine, batches.resume, batch)
    run(database_url, engine, batch)
    assert read(engine, batch).done == 5


LASTING_FOR_ALL = {
    "gemini: wrong key, in a list": "OPENAI_API_KEY",
    "deepseek: no balance": "no credit left",
    "gemini: limit of a day": "in a day",
    "lmstudio: no such address": "does it end in /v1?",
    "ollama: no such model": "OPENAI_MODEL",
    "llama.cpp: no images": "sees no images",
    "llama.cpp: the same, in a 200": "context is too small",
}


@pytest.mark.parametrize("shape", LASTING_FOR_ALL)
def test_what_would_fail_for_every_picture_pauses_the_batch_after_one_call(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    soon: None,
    shape: str,
) -> None:
    openai_server.default = answers(SHAPES[shape])
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 3))
    # One task of one worker: what others would have begun meanwhile is not asked here.
    with working(database_url, dependencies, concurrency=1):
        enqueue(database_url, 1)
        wait_until(lambda: read(engine, batch).state == "paused")
    found = read(engine, batch)
    assert (found.paused_code, found.failed, found.left) == ("setup", 0, 3)
    assert found.spent_usd == 0
    assert LASTING_FOR_ALL[shape] in found.paused_message
    assert len(openai_server.requests) == 1
    with begin_of(engine)() as session:
        said = batches.pause_details(session, batches.find(session, batch))
    assert said
    assert said not in found.paused_message


@pytest.mark.parametrize(
    "behaviour",
    [does.html(), does.raw(b"{}"), does.raw(b'{"base_resp":{"status_code":1008,"status_msg":"no balance"}}')],
    ids=["a page", "empty JSON", "a failure inside a good answer"],
)
def test_a_good_status_without_an_answer_pauses_the_batch_after_one_call(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    soon: None,
    behaviour: Behaviour,
) -> None:
    openai_server.default = behaviour
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 3))
    with working(database_url, dependencies, concurrency=1):
        enqueue(database_url, 1)
        wait_until(lambda: read(engine, batch).state == "paused")
    found = read(engine, batch)
    assert (found.paused_code, found.failed, found.left) == ("setup", 0, 3)
    assert len(openai_server.requests) == 1


def test_the_same_rejection_for_three_pictures_pauses_the_batch_and_other_ones_do_not(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, soon: None
) -> None:
    other, same = (does.error(400, message=f"This {thing} is not right.") for thing in ("picture", "widget"))
    openai_server.script(same, same, other, same, same, does.ok())  # then the same for all others
    openai_server.default = same
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 12))
    with working(database_url, dependencies, concurrency=1):
        enqueue(database_url, 1)
        wait_until(lambda: read(engine, batch).state == "paused")
    found = read(engine, batch)
    # Five fail before the one that is written, and three after it; those that were about to be asked may follow.
    assert (found.paused_code, found.done) == ("setup", 1)
    assert 8 <= found.failed < 11
    assert found.paused_message == item_policy.REJECTED_ALIKE
    with begin_of(engine)() as session:
        said = batches.pause_details(session, batches.find(session, batch))
    assert said == "400: This widget is not right."


def test_a_limit_of_a_minute_is_waited_for_and_the_batch_goes_on(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    limit = SHAPES["gemini: limit of a minute"]
    openai_server.script(
        answers({**limit, "body": json.loads(json.dumps(limit["body"]).replace('"2s"', '"0.3s"'))})
    )
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 3))
    run(database_url, engine, batch)
    assert (read(engine, batch).done, read(engine, batch).failed) == (3, 0)


def test_try_these_again_runs_the_failed_ones_only(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    openai_server.script(does.refusal(), does.refusal())
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 4))
    run(database_url, engine, batch)
    assert read(engine, batch).failed == 2
    assert change(engine, batches.retry, batch) == 2
    run(database_url, engine, batch)
    found = read(engine, batch)
    assert (found.done, found.failed, found.total) == (4, 0, 4)
    assert len(openai_server.requests) == 6


def test_a_bug_fails_one_picture_and_not_the_batch(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    worked: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real, broken = drafting.draft_and_rewrite, [ValueError("secret detail")]

    def describe(*given: Any, **more: Any) -> object:
        if broken:
            raise broken.pop()
        return real(*given, **more)

    monkeypatch.setattr(drafting, "draft_and_rewrite", describe)
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 3))
    run(database_url, engine, batch)
    assert (read(engine, batch).done, read(engine, batch).failed) == (2, 1)
    assert all("secret" not in item.message for item in items(engine, batch))
    assert "secret detail" in caplog.text


ITEM = ClaimedItem(1, 1, 1, "c", 0, None, "standard", DraftOptions())


def pause_before(error: AppError, item: ClaimedItem = ITEM) -> float | None:
    usual = CallDefaults(1, [], RateSlots(AILimits(1, 1, 0)), lambda _: True, lambda _: True)
    return item_policy.BatchItemPolicy(item, usual, lambda: False).retry_in(error)


def test_pauses_grow_and_differ_and_outlast_ten_minutes() -> None:
    busy = AIUnavailable("Busy.")
    pauses = [pause_before(busy, replace(ITEM, attempts=tries)) for tries in range(5)]
    for pause, usual in zip(pauses, (2, 8, 32, 128, 512), strict=True):
        assert pause is not None
        assert 0.5 * usual <= pause <= 1.5 * usual
    assert pause_before(busy, replace(ITEM, attempts=5)) is None
    assert len({pause_before(busy) for _ in range(20)}) > 10


def test_nothing_is_tried_again_after_an_hour() -> None:
    begun = datetime.now(UTC) - timedelta(minutes=59, seconds=58)
    item = replace(ITEM, attempts=3, first_tried_at=begun)
    assert pause_before(AITimeout("Slow."), item) is None
    assert pause_before(AITimeout("Slow."), replace(item, first_tried_at=datetime.now(UTC))) is not None


def test_a_pause_is_as_long_as_the_service_says() -> None:
    pause = pause_before(RateLimited("Busy.", retry_after=77))
    assert pause is not None
    assert pause >= 77


def test_only_temporary_errors_are_tried_again() -> None:
    assert pause_before(AIRefused("No.")) is None
    assert pause_before(AINonsense("What?"), replace(ITEM, attempts=1)) is None


def test_a_retry_waits_its_time(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(item_policy, "FIRST_PAUSE", 1.2)
    openai_server.script(does.error(500))
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 1))
    with working(database_url, dependencies):
        run(database_url, engine, batch)
        with engine.connect() as connection:
            waited = connection.scalar(text("SELECT extract(epoch FROM max(at) - min(at)) FROM usage"))
    assert waited is not None
    assert waited >= 0.6
