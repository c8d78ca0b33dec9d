"""The course of a batch over the API: worked off, paused, gone on with, cancelled, its failures tried again."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from artworks.adapters import job_queue
from artworks.dependencies import Dependencies
from artworks.usage import rate_limit
from models import RateBucket
from tests.fakes.openai_behaviours import refusal, wrong_key
from tests.fakes.openai_server import FakeOpenAI
from tests.support.batching import items, read, wait_until, working
from tests.support.drafting import now
from tests.support.factories import added
from tests.support.material import row
from tests.web.batches.test_api import act, fail, look, put, queued_tasks, start
from tests.web.conftest import MakeArtist


@pytest.fixture
def artist(make_artist: MakeArtist) -> FlaskClient:
    """Return a caller whose service has no rate limit that a worker would wait for."""
    return make_artist(AI_REQUESTS_PER_MINUTE="1000000", AI_TOKENS_PER_MINUTE="1000000000")


def services_of(client: FlaskClient) -> Dependencies:
    dependencies: Dependencies = client.application.extensions["aim"]
    return dependencies


def test_a_batch_is_worked_off_by_a_worker(
    artist: FlaskClient, engine: Engine, database_url: str, openai_server: FakeOpenAI
) -> None:
    image, kept = added(artist, "a.jpg"), added(artist, "b.jpg", post_title="Mine")
    batch = start(artist, cap_usd=1)
    with working(database_url, services_of(artist)):
        wait_until(lambda: read(engine, batch["id"]).state == "done")
    found = look(artist, batch)
    assert (found["done"], found["left"], found["held_usd"], found["eta_seconds"]) == (2, 0, 0, None)
    assert 0 < found["usd"] < 0.01
    assert now(artist, image["id"])["origins"]["post_title"] == "ai"
    assert now(artist, kept["id"])["post_title"] == "Mine"


# Pausing, going on, cancelling


def test_the_time_left_counts_what_the_service_says_to_wait(client: FlaskClient, engine: Engine) -> None:
    added(client)
    batch = start(client)
    assert 0 < batch["eta_seconds"] < 60
    with Session(engine) as session:
        session.add(RateBucket(name="requests", level=1, refilled_at=datetime.now(UTC)))
        session.flush()
        rate_limit.back_off(session, 1_800)
        session.commit()
    assert look(client, batch)["eta_seconds"] > 1_700


def test_a_person_pauses_and_goes_on(client: FlaskClient, engine: Engine) -> None:
    added(client)
    batch = start(client)
    assert batch["eta_seconds"] is not None
    waiting = act(client, batch, "pause")
    assert (waiting["state"], waiting["eta_seconds"]) == ("paused", None)
    assert waiting["paused"] == {"code": "person", "message": "You paused it.", "details": None}
    queued = queued_tasks(engine)
    again = act(client, batch, "resume")
    assert (again["state"], again["paused"]) == ("running", None)
    assert queued_tasks(engine) == queued + 1


def test_the_cap_is_raised_but_not_below_what_is_spent(client: FlaskClient, engine: Engine) -> None:
    added(client)
    batch = start(client, cap_usd=1)
    put(engine, batch, state="paused", paused_code="cap", paused_message="Enough.", spent_usd=Decimal("0.9"))
    answer = client.post(f"/api/batches/{batch['id']}/resume", json={"cap_usd": 0.5})
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "cap_usd")
    assert look(client, batch)["paused"] == {"code": "cap", "message": "Enough.", "details": None}
    assert act(client, batch, "resume", cap_usd=2)["cap_usd"] == 2


def test_a_cap_that_somebody_else_has_set_meanwhile_is_not_overwritten(client: FlaskClient) -> None:
    added(client)
    batch = start(client, cap_usd=1)
    answer = client.post(f"/api/batches/{batch['id']}/resume", json={"cap_usd": 5})
    assert (answer.status_code, answer.get_json()["error"]["message"]) == (
        409,
        "This batch goes on already, with a cap of $1. Pause it first to change that.",
    )
    assert look(client, batch)["cap_usd"] == 1
    assert act(client, batch, "resume", cap_usd=1)["state"] == "running"


@pytest.mark.parametrize("body", [{"cap_usd": "x"}, {"cap_usd": 0}, {"cap": 1}])
def test_a_cap_that_does_not_fit_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    added(client)
    batch = start(client)
    assert client.post(f"/api/batches/{batch['id']}/resume", json=body).status_code == 422


def test_a_cancelled_batch_leaves_the_rest_as_it_was(client: FlaskClient, engine: Engine) -> None:
    image = added(client)
    batch = start(client)
    ended = act(client, batch, "cancel")
    assert (ended["state"], ended["left"]) == ("cancelled", 0)
    assert [item.state for item in items(engine, batch["id"])] == ["cancelled"]
    assert now(client, image["id"]) == image


@pytest.mark.parametrize(
    ("state", "refused"),
    [("done", ("pause", "resume", "cancel")), ("cancelled", ("pause", "resume", "retry"))],
)
def test_what_is_over_is_a_conflict(
    client: FlaskClient, engine: Engine, state: str, refused: tuple[str, ...]
) -> None:
    added(client)
    batch = start(client)
    put(engine, batch, state=state)
    for what in refused:
        answer = client.post(f"/api/batches/{batch['id']}/{what}", json={})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "conflict"), what
    assert look(client, batch)["state"] == state


def test_a_ring_that_fails_does_not_lose_the_batch(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise job_queue.QueueError("The queue cannot be reached: no route.")

    monkeypatch.setattr(job_queue, "enqueue_many", away)
    added(client)
    batch = start(client)
    assert look(client, batch)["state"] == "running"
    assert "no route" in caplog.text


def test_a_wrong_key_pauses_with_a_sentence_and_going_on_finishes(
    artist: FlaskClient, engine: Engine, database_url: str, openai_server: FakeOpenAI
) -> None:
    added(artist)
    openai_server.script(wrong_key())
    batch = start(artist)
    with working(database_url, services_of(artist)):
        wait_until(lambda: read(engine, batch["id"]).state == "paused")
        paused = look(artist, batch)["paused"]
        assert paused["code"] == "setup"
        assert "OPENAI_API_KEY" in paused["message"]
        act(artist, batch, "resume")
        wait_until(lambda: read(engine, batch["id"]).state == "done")
    assert look(artist, batch)["done"] == 1


# Failures


def test_failures_come_by_name_and_only_they_are_tried_again(
    artist: FlaskClient, engine: Engine, database_url: str, openai_server: FakeOpenAI
) -> None:
    added(artist, "Heron.jpg")
    added(artist, "Tide.jpg")
    openai_server.script(refusal())
    batch = start(artist)
    with working(database_url, services_of(artist), concurrency=1):
        wait_until(lambda: read(engine, batch["id"]).state == "done")
        found = look(artist, batch)
        assert (found["done"], found["failed"]) == (1, 1)
        (failure,) = found["failures"]
        assert failure["name"] in ("Heron.jpg", "Tide.jpg")
        assert "declined" in failure["message"]
        asked = len(openai_server.requests)
        assert act(artist, batch, "retry")["state"] == "running"
        wait_until(lambda: read(engine, batch["id"]).state == "done")
    assert (look(artist, batch)["done"], look(artist, batch)["failures"]) == (2, [])
    assert len(openai_server.requests) == asked + 1


def test_trying_again_without_a_failure_changes_nothing(client: FlaskClient, engine: Engine) -> None:
    added(client)
    batch = start(client)
    put(engine, batch, state="done", done=1)
    assert act(client, batch, "retry")["state"] == "done"


def test_a_failed_picture_that_is_gone_is_named_without_a_link(client: FlaskClient, engine: Engine) -> None:
    image = added(client, "Heron.jpg")
    batch = start(client)
    fail(engine, batch)
    assert look(client, batch)["failures"][0]["image_id"] == image["id"]
    client.delete(f"/api/images/{image['id']}")
    assert look(client, batch)["failures"] == [
        {"image_id": None, "name": "Heron.jpg", "message": "Declined.", "details": None}
    ]


def test_failures_are_cut_at_two_hundred_and_counted(
    client: FlaskClient, engine: Engine, session: Session
) -> None:
    for number in range(203):
        row(session, f"{number}.jpg")
    session.commit()
    batch = start(client)
    fail(engine, batch)
    found = look(client, batch)
    assert (found["failed"], len(found["failures"])) == (203, 200)
    assert "and 3 more" in client.get(f"/batches/{batch['id']}").get_data(as_text=True)
