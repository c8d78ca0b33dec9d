"""A batch is worked off: every picture once, nothing of a person's is lost, and it can be stopped at any time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, delete, text, update

from artworks.batches import batch as batches
from artworks.batches import batch_item, runner
from artworks.batches.item_policy import CallDefaults
from artworks.batches.rate_slots import RateSlots
from artworks.dependencies import Dependencies
from artworks.images import image as image_features
from models import Image
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
from tests.support.dependencies import MakeDependencies
from tests.support.drafting import WORDS, Held
from tests.support.material import statements
from tests.support.program import PATIENCE

pytestmark = pytest.mark.slow


@pytest.fixture
def worked(database_url: str, dependencies: Dependencies) -> Iterator[None]:
    """Work the queue during the test."""
    with working(database_url, dependencies):
        yield


def edit(engine: Engine, image_id: int, **words: Any) -> None:
    """Edit a picture as a person does."""
    with begin_of(engine)() as session:
        image = image_features.find(session, image_id)
        image_features.edit(session, image, image.version, words)


def is_done(engine: Engine, batch_id: int) -> bool:
    return read(engine, batch_id).state == "done"


def states(engine: Engine, batch_id: int) -> list[str]:
    """List what has become of the pictures of a batch so far."""
    return [item.state for item in items(engine, batch_id)]


def let_turns_come(engine: Engine) -> None:
    """Let the next call go now instead of in a minute."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE rate_bucket SET paced_at = NULL"))


def under_way(
    url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> tuple[Held, int, int]:
    """Start a batch of one picture whose call is held; gives the call, the picture and the batch."""
    held = Held()
    openai_server.script(held)
    ids = add_pictures(engine, dependencies, 1)
    batch = start(engine, dependencies, ids)
    enqueue(url)
    assert held.asked.wait(PATIENCE)
    return held, ids[0], batch


def test_every_picture_gets_its_words_from_one_call(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    ids = add_pictures(engine, dependencies, 12)
    batch = start(engine, dependencies, ids)
    enqueue(database_url)
    wait_until(lambda: is_done(engine, batch))
    found = read(engine, batch)
    assert (found.total, found.done, found.failed, found.skipped, found.lost) == (12, 12, 0, 0, 0)
    assert len(openai_server.requests) == 12
    assert [(image.status, bool(image.description)) for image in images(engine, ids)] == [
        ("draft", True)
    ] * 12
    assert found.spent_usd == sum(call.usd for call in calls(engine, batch)) > 0
    assert found.held_usd == 0
    assert found.finished_at is not None


def test_titles_in_a_batch_are_distinct(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    openai_server.default = does.ok(WORDS)
    (own,) = add_pictures(engine, dependencies, 1, post_title="the quiet hour", description="Mine")
    ids = add_pictures(engine, dependencies, 9)
    batch = start(engine, dependencies, [own, *ids])
    enqueue(database_url)
    wait_until(lambda: is_done(engine, batch))
    titles = [image.post_title for image in images(engine, [own, *ids])]
    assert titles[0] == "the quiet hour"
    assert sorted(titles[1:]) == sorted(
        f"The Quiet Hour {number}" for number in ("II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
    )


def test_what_is_filled_depends_on_the_choice(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    openai_server.default = does.ok(WORDS)
    texts = {
        "post_title": "AI's",
        "description": "Mine",
        "origins": {"post_title": "ai", "description": "person"},
    }
    outcomes = {}
    for only in ("empty", "ai", "suggest"):
        ids = add_pictures(engine, dependencies, 1, **texts)
        batch = start(
            engine, dependencies, ids, overwrite_policy=only, fields=("post_title", "description", "alt_text")
        )
        enqueue(database_url)
        wait_until(partial(is_done, engine, batch))
        (image,) = images(engine, ids)
        with begin_of(engine)() as session:
            waiting = image_features.find(session, image.id).suggestion
        asked = openai_server.requests[-1].fields
        outcomes[only] = (image.post_title, image.description, image.alt_text, asked, bool(waiting))
    new = WORDS["alt_text"]
    assert outcomes == {
        "empty": ("AI's", "Mine", new, ("alt_text",), False),
        "ai": (WORDS["post_title"], "Mine", new, ("post_title", "alt_text"), False),
        "suggest": (WORDS["post_title"], "Mine", new, ("post_title", "description", "alt_text"), True),
    }


def test_words_that_a_person_writes_meanwhile_stay(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    held, image_id, batch = under_way(database_url, engine, dependencies, openai_server)
    edit(engine, image_id, post_title="Mine")
    held.go.set()
    wait_until(lambda: is_done(engine, batch))
    (image,) = images(engine, [image_id])
    assert (image.post_title, image.description) == ("Mine", WORDS["description"])
    with begin_of(engine)() as session:
        waiting = image_features.find(session, image_id).suggestion
    assert waiting is not None
    assert waiting.fields["post_title"] == WORDS["post_title"]


def test_pictures_with_all_their_words_cost_nothing(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    full = add_pictures(engine, dependencies, 2, alt_text="There")
    ids = add_pictures(engine, dependencies, 1)
    batch = start(engine, dependencies, [*full, *ids], fields=("alt_text",))
    enqueue(database_url)
    wait_until(lambda: is_done(engine, batch))
    assert read(engine, batch).skipped == 2
    assert len(openai_server.requests) == 1


def test_trashed_and_deleted_pictures_are_skipped_and_the_batch_ends(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    ids = add_pictures(engine, dependencies, 3)
    batch = start(engine, dependencies, ids)
    with engine.begin() as connection:
        connection.execute(update(Image).where(Image.id == ids[0]).values(trashed_at=text("now()")))
        connection.execute(delete(Image).where(Image.id == ids[1]))
    with working(database_url, dependencies):
        enqueue(database_url)
        wait_until(lambda: is_done(engine, batch))
    found = read(engine, batch)
    assert (found.done, found.skipped) == (1, 2)
    assert (found.skipped_trashed, found.skipped_deleted) == (1, 1)
    assert len(openai_server.requests) == 1


def test_a_picture_deleted_for_good_during_its_call_is_counted_and_paid(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    held, image_id, batch = under_way(database_url, engine, dependencies, openai_server)
    with engine.begin() as connection:
        connection.execute(delete(Image).where(Image.id == image_id))
    held.go.set()
    wait_until(lambda: is_done(engine, batch))
    found = read(engine, batch)
    assert (found.done, found.skipped, found.held_usd) == (0, 1, Decimal(0))
    assert found.skipped_deleted == 1
    assert found.spent_usd > 0


def test_two_batches_over_the_same_pictures_never_ask_about_one_at_once(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    worked: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner, "BUSY_SECONDS", 0.2)
    at_once: dict[bytes, int] = {}
    most, lock = [0], threading.Lock()

    def watched(reply: Reply) -> None:
        name = next(line for line in reply.seen.text.splitlines() if "file_name" in line).encode()
        with lock:
            at_once[name] = at_once.get(name, 0) + 1
            most[0] = max(most[0], at_once[name])
        reply.wait(0.05)
        with lock:
            at_once[name] -= 1
        does.ok()(reply)

    openai_server.default = watched
    ids = add_pictures(engine, dependencies, 6)
    first, second = start(engine, dependencies, ids), start(engine, dependencies, ids[::-1])
    enqueue(database_url)
    wait_until(lambda: is_done(engine, first) and is_done(engine, second))
    assert most[0] == 1
    # What one batch has filled is not empty any more for the other one.
    assert len(openai_server.requests) == 6
    assert sum(read(engine, batch).done for batch in (first, second)) == 6


def test_a_stopping_worker_finishes_its_calls_and_hands_the_rest_on(
    database_url: str, engine: Engine, make_dependencies: MakeDependencies, openai_server: FakeOpenAI
) -> None:
    openai_server.default = does.ok(pause=0.02)
    slow = make_dependencies(AI_REQUESTS_PER_MINUTE="1")
    batch = start(engine, slow, add_pictures(engine, slow, 8))
    with working(database_url, slow):
        enqueue(database_url)
        wait_until(lambda: openai_server.requests and states(engine, batch).count("working") > 1)
    assert sorted(states(engine, batch)) == ["done"] + ["waiting"] * 7
    assert len(openai_server.requests) == 1
    let_turns_come(engine)
    with working(database_url, make_dependencies()):
        enqueue(database_url)
        wait_until(lambda: is_done(engine, batch))
    assert len(openai_server.requests) == 8


def test_pictures_of_a_worker_that_died_are_taken_over_and_its_calls_counted(
    database_url: str, engine: Engine, dependencies: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = add_pictures(engine, dependencies, 2)
    batch = start(engine, dependencies, ids)
    begin = begin_of(engine)
    with begin() as session:
        item = batch_item.claim(session, batch, "dead-1")
        assert item is not None
        session.execute(
            text("UPDATE batch_item SET lease_until = now() - interval '1 s' WHERE id = :id"), {"id": item.id}
        )
        usage = text(
            "INSERT INTO usage (image_id, kind, source, model, state, usd, batch_id)"
            " VALUES (:image, 'generate', 'openai', 'm', 'reserved', 0.01, :batch) RETURNING id"
        )
        entry = session.scalar(usage, {"image": item.image_id, "batch": batch})
        batch_item.record_call(session, item, entry or 0)
    with begin() as session:
        # The database came up less than a lease ago: nobody can have spoken up since.
        monkeypatch.setattr(batch_item, "LEASE_SECONDS", 1_000_000)
        assert batch_item.expired_item_ids(session) == frozenset()
        monkeypatch.setattr(batch_item, "LEASE_SECONDS", 0)
        silent = batch_item.expired_item_ids(session)
        assert batch_item.requeue_expired(session, silent) == 1
        assert batch_item.requeue_expired(session, silent) == 0
    monkeypatch.undo()
    found = read(engine, batch)
    assert (found.lost, float(found.held_usd), float(found.spent_usd)) == (1, 0.0, 0.01)
    with working(database_url, dependencies):
        enqueue(database_url)
        wait_until(lambda: is_done(engine, batch))
    assert [call.state for call in calls(engine, batch)].count("lost") == 1


def test_words_that_arrive_after_their_picture_was_taken_over_are_kept_once(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, worked: None
) -> None:
    held, image_id, batch = under_way(database_url, engine, dependencies, openai_server)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE batch_item SET state = 'waiting', claim = '', not_before = now() + interval '1 h'")
        )
    held.go.set()
    wait_until(lambda: is_done(engine, batch))
    found = read(engine, batch)
    assert (found.done, found.held_usd) == (1, Decimal(0))
    assert [item.state for item in items(engine, batch)] == ["done"]
    assert images(engine, [image_id])[0].post_title == WORDS["post_title"]


def test_a_small_batch_does_not_wait_for_a_large_one(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI
) -> None:
    openai_server.default = does.ok(pause=0.01)
    large = start(engine, dependencies, add_pictures(engine, dependencies, 60))
    small = start(engine, dependencies, add_pictures(engine, dependencies, 2))
    with working(database_url, dependencies, concurrency=2):
        enqueue(database_url)
        wait_until(lambda: is_done(engine, small))
        assert read(engine, large).state == "running"
        change(engine, batches.cancel, large)


def test_without_a_key_placeholder_words_are_written_free(
    database_url: str, engine: Engine, make_dependencies: MakeDependencies, openai_server: FakeOpenAI
) -> None:
    nobody = make_dependencies(OPENAI_BASE_URL="", OPENAI_API_KEY="", AI_REQUESTS_PER_MINUTE="1")
    ids = add_pictures(engine, nobody, 5)
    batch = start(engine, nobody, ids, cap="0.01")
    with working(database_url, nobody):
        enqueue(database_url)
        wait_until(lambda: is_done(engine, batch))
    assert {image.origins["description"] for image in images(engine, ids)} == {"placeholder"}
    assert read(engine, batch).spent_usd == 0
    assert openai_server.requests == []


def test_a_picture_takes_few_statements(engine: Engine, dependencies: Dependencies) -> None:
    batch = start(engine, dependencies, add_pictures(engine, dependencies, 2))
    defaults = CallDefaults(1, [], RateSlots(dependencies.limits), lambda _: True, lambda _: True)
    for name in ("first", "second"):
        with begin_of(engine)() as session:
            item = batch_item.claim(session, batch, name)
        assert item is not None
        with statements(engine) as sent:
            runner.process_item(begin_of(engine), dependencies, item, defaults, lambda: False)
    assert read(engine, batch).state == "done"
    # Two of them for the rate limit, two because the first has the same title; what that read of the batch is not read
    # again.
    assert len(sent) <= 19, sent
