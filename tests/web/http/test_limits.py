"""A service that fails or says no, and our own limits: a clear answer, nothing half-saved, no useless call."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from artworks.dependencies import Dependencies
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_behaviours import Behaviour
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS, events, generate, ledger, now, refine
from tests.support.factories import added
from tests.support.program import PATIENCE
from tests.web.conftest import KEY, MakeApp, MakeArtist

pytestmark = pytest.mark.slow

STREAM = {"Accept": "text/event-stream"}
SOON = {"retry-after-ms": "1"}
# What the service does each time, the status, the code, how often it is asked, whether it may have been billed.
FAILURES = {
    "refusal": (does.refusal(), 502, "ai_refused", 1, True),
    "content filter": (does.content_filter(), 502, "ai_refused", 1, True),
    "cut by length": (does.cut_short(), 502, "ai_unavailable", 1, True),
    "no JSON at all": (does.says("The picture shows a heron."), 502, "ai_unavailable", 2, True),
    "broken JSON": (does.says('{"post_title": "The Qui'), 502, "ai_unavailable", 2, True),
    "broken body": (does.raw(b'{"choices": [{"mess'), 502, "ai_unavailable", 2, True),
    "HTML": (does.html(), 503, "ai_unavailable", 1, True),
    "server error": (does.error(500, SOON), 502, "ai_unavailable", 3, True),
    "wrong key": (does.wrong_key(), 503, "ai_unavailable", 1, False),
    "no quota": (does.no_quota(), 503, "ai_unavailable", 1, False),
    "unknown model": (does.error(404, code="model_not_found"), 503, "ai_unavailable", 1, False),
}
failures = pytest.mark.parametrize(
    ("behaviour", "status", "code", "asked", "billed"), FAILURES.values(), ids=list(FAILURES)
)


def history(client: FlaskClient, image_id: int) -> list[Any]:
    revisions: list[Any] = client.get(f"/api/images/{image_id}/revisions").get_json()["revisions"]
    return revisions


@failures
def test_a_failure_is_told_and_nothing_is_half_saved(
    artist: FlaskClient,
    openai_server: FakeOpenAI,
    engine: Engine,
    behaviour: Behaviour,
    status: int,
    code: str,
    asked: int,
    billed: bool,
) -> None:
    image = added(artist, post_title="Mine")
    before = history(artist, image["id"])
    openai_server.default = behaviour
    answer = generate(artist, image["id"])
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)
    assert len(openai_server.requests) == asked
    assert now(artist, image["id"]) == image
    assert history(artist, image["id"]) == before
    (entry,) = ledger(engine)
    assert (entry.state, entry.error) == ("failed", code)
    assert (entry.input_tokens > 0, entry.usd > 0) == (billed, billed)


@pytest.mark.parametrize("failure", ["refusal", "broken JSON", "wrong key"])
def test_a_streamed_failure_is_an_error_event(
    artist: FlaskClient, openai_server: FakeOpenAI, failure: str
) -> None:
    image = added(artist, post_title="Mine")
    openai_server.default, _, code, _, _ = FAILURES[failure]
    answer = artist.post(f"/api/images/{image['id']}/refine", json={"feedback": "x"}, headers=STREAM)
    last, body = events(answer.text)[-1]
    assert (last, body["error"]["code"]) == ("error", code)
    assert now(artist, image["id"]) == image


def test_a_lost_connection_is_tried_again_and_then_told(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist)
    openai_server.default = does.reset()
    assert generate(artist, image["id"]).status_code == 502
    assert len(openai_server.requests) == 3
    openai_server.default = does.ok(WORDS)
    assert generate(artist, image["id"]).status_code == 200


def test_one_passing_failure_is_not_noticed(artist: FlaskClient, openai_server: FakeOpenAI) -> None:
    openai_server.script(does.error(503, SOON), does.fenced(WORDS))
    assert generate(artist, added(artist)["id"]).get_json()["image"]["post_title"] == WORDS["post_title"]


@pytest.mark.parametrize("behaviour", [does.hang(), does.drip()], ids=["silent", "dripping"])
def test_a_service_that_never_answers_is_a_timeout(
    make_artist: MakeArtist, openai_server: FakeOpenAI, engine: Engine, behaviour: Behaviour
) -> None:
    artist = make_artist(OPENAI_TIMEOUT="0.2")
    image = added(artist)
    openai_server.default = behaviour
    answer = generate(artist, image["id"])
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (504, "ai_timeout")
    assert all(seen.hung_up.wait(PATIENCE) for seen in openai_server.requests)
    assert now(artist, image["id"]) == image
    assert [entry.state for entry in ledger(engine)] == ["failed"]


def test_the_services_429_is_passed_on_and_holds_everybody_back(
    artist: FlaskClient, make_artist: MakeArtist, openai_server: FakeOpenAI, engine: Engine
) -> None:
    image = added(artist)
    openai_server.script(does.rate_limited("50"))
    first = generate(artist, image["id"])
    assert (first.status_code, first.headers["Retry-After"]) == (429, "50")
    assert first.get_json()["error"]["code"] == "rate_limited"
    for other in (artist, make_artist()):
        later = refine(other, image["id"])
        assert later.status_code == 429
        assert 40 <= int(later.headers["Retry-After"]) <= 51
    assert len(openai_server.requests) == 1
    forward(engine, 52)
    assert generate(artist, image["id"]).status_code == 200


def forward(engine: Engine, seconds: float) -> None:
    """Let time pass for the shared buckets."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE rate_bucket SET refilled_at = refilled_at - make_interval(secs => :s),"
                " blocked_until = blocked_until - make_interval(secs => :s)"
            ),
            {"s": seconds},
        )


def test_so_many_calls_pass_and_the_next_is_told_when(
    make_artist: MakeArtist, openai_server: FakeOpenAI, engine: Engine
) -> None:
    one, two = make_artist(AI_REQUESTS_PER_MINUTE="3"), make_artist(AI_REQUESTS_PER_MINUTE="3")
    image = added(one)
    assert [generate(client, image["id"]).status_code for client in (one, two, one)] == [200, 200, 200]
    late = generate(two, image["id"])
    wait = int(late.headers["Retry-After"])
    assert (late.status_code, late.get_json()["error"]["code"]) == (429, "rate_limited")
    assert 10 <= wait <= 21
    assert f"{wait} s" in late.get_json()["error"]["message"]
    assert len(openai_server.requests) == 3
    forward(engine, wait)
    assert generate(two, image["id"]).status_code == 200


def test_tokens_are_limited_too_and_unused_ones_are_given_back(
    make_artist: MakeArtist, openai_server: FakeOpenAI, engine: Engine
) -> None:
    artist = make_artist(AI_TOKENS_PER_MINUTE="20000")
    image = added(artist)
    assert generate(artist, image["id"]).status_code == 200
    with engine.connect() as connection:
        left = connection.scalar(text("SELECT level FROM rate_bucket WHERE name = 'tokens'"))
    assert 18_499 <= left <= 20_000
    openai_server.script(does.ok(WORDS, usage={"prompt_tokens": 15_000, "completion_tokens": 0}))
    assert generate(artist, image["id"]).status_code == 200
    assert generate(artist, image["id"]).status_code == 429


def test_a_call_when_every_place_is_taken_is_asked_to_wait(
    artist: FlaskClient, openai_server: FakeOpenAI, engine: Engine
) -> None:
    image = added(artist)
    dependencies: Dependencies = artist.application.extensions["aim"]
    taken = 0
    while dependencies.slots.acquire(blocking=False):
        taken += 1
    answer = generate(artist, image["id"])
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert ledger(engine) == []
    dependencies.slots.release(taken)
    openai_server.script(does.refusal())
    assert [generate(artist, image["id"]).status_code for _ in range(2)] == [502, 200]
    assert sum(dependencies.slots.acquire(blocking=False) for _ in range(taken)) == taken


def test_placeholder_words_have_the_same_limits(make_app: MakeApp) -> None:
    client = make_app(AI_REQUESTS_PER_MINUTE="1").test_client()
    image = added(client)
    assert [generate(client, image["id"]).status_code for _ in range(2)] == [200, 429]


def test_the_key_is_in_no_answer_no_log_and_no_ledger(
    artist: FlaskClient, openai_server: FakeOpenAI, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    image = added(artist)
    openai_server.script(does.wrong_key(), does.wrong_key())
    whole = generate(artist, image["id"]).text
    streamed = artist.post(f"/api/images/{image['id']}/generate", headers=STREAM).text
    page = artist.post(f"/images/{image['id']}/generate").text
    settings = artist.get("/settings").text
    assert openai_server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    written = " ".join(str(vars(entry)) for entry in ledger(engine))
    for told in (whole, streamed, page, settings, caplog.text, written):
        assert KEY not in told
    # Whoever asks here is the owner, who reads what the service said; who is none, tests/web/drafting sees to.
    assert "Incorrect API key provided: Bearer " in whole
    assert "Incorrect API key" not in settings
