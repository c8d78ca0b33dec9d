"""Words that arrive as they are written: server-sent events, and what happens when the reader leaves."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from artworks.ai import response as ai_response
from artworks.drafting import calls
from artworks.web.drafting import api as drafting
from models import db
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_behaviours import Behaviour
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS, events, generate, ledger, now
from tests.support.factories import added
from tests.support.program import PATIENCE
from tests.web.conftest import MakeApp, MakeArtist

STREAM = {"Accept": "text/event-stream"}
LONG: dict[str, Any] = {**WORDS, "description": "Dusk settles over the hills. " * 20}
Serve = Callable[[Flask], int]


def eventually(check: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait until something in another thread has happened."""
    until = time.monotonic() + seconds
    while not check() and time.monotonic() < until:
        time.sleep(0.02)
    return check()


def test_partial_words_grow_into_the_answer_of_the_plain_call(
    artist: FlaskClient, openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = added(artist, post_title="Mine")
    openai_server.script(does.ok(LONG))
    monkeypatch.setattr(ai_response, "PARTIAL_INTERVAL_SECONDS", 0)
    answer = artist.post(f"/api/images/{image['id']}/generate", json={}, headers=STREAM)
    found = events(answer.text)
    partial = [data["fields"].get("description", "") for name, data in found if name == "partial"]
    assert answer.mimetype == "text/event-stream"
    assert len(partial) > 2
    assert all(later.startswith(earlier) for earlier, later in pairwise(partial))
    assert partial[-1] == LONG["description"].strip()
    assert [name for name, _ in found].count("done") == 1
    assert found[-1][0] == "done"
    assert found[-1][1]["image"] == now(artist, image["id"])


def test_the_last_event_equals_the_plain_answer(artist: FlaskClient, openai_server: FakeOpenAI) -> None:
    first, second = added(artist, alt_text="Mine"), added(artist, alt_text="Mine")
    openai_server.default = does.ok(WORDS)
    plain = generate(artist, first["id"]).get_json()
    answer = artist.post(f"/api/images/{second['id']}/generate", headers=STREAM)
    done = events(answer.text)[-1][1]
    assert set(done) == set(plain) == {"image", "suggestion", "usage", "source", "warnings", "note", "undo"}
    assert (done["suggestion"]["fields"], done["usage"], done["source"]) == (
        plain["suggestion"]["fields"],
        plain["usage"],
        plain["source"],
    )
    assert set(done["image"]) == set(plain["image"])
    assert done["image"]["urls"]["page"] == f"/images/{second['id']}"


def test_a_refinement_is_streamed_too(artist: FlaskClient, openai_server: FakeOpenAI) -> None:
    image = added(artist, description="Mine.")
    openai_server.script(does.ok(WORDS))
    path = f"/api/images/{image['id']}/refine"
    found = events(artist.post(path, json={"feedback": "warmer"}, headers=STREAM).text)
    assert [name for name, _ in found] == ["partial", "done"]
    assert found[-1][1]["suggestion"]["feedback"] == "warmer"


def test_placeholder_words_are_streamed_too(client: FlaskClient) -> None:
    path = f"/api/images/{added(client)['id']}/generate"
    found = events(client.post(path, headers=STREAM).text)
    assert found[0][0] == "partial"
    assert (found[-1][0], found[-1][1]["source"]) == ("done", "placeholder")


def test_a_limit_is_an_error_event_that_says_when(artist: FlaskClient, openai_server: FakeOpenAI) -> None:
    openai_server.script(does.rate_limited("50"))
    answer = artist.post(f"/api/images/{added(artist)['id']}/generate", headers=STREAM)
    name, data = events(answer.text)[-1]
    assert (name, data["error"]["code"], data["retry_after"]) == ("error", "rate_limited", 50)


def test_what_is_wrong_with_the_call_itself_is_an_ordinary_answer(artist: FlaskClient) -> None:
    image = added(artist)
    missing = artist.post("/api/images/999/generate", headers=STREAM)
    assert (missing.status_code, missing.get_json()["error"]["code"]) == (404, "not_found")
    wrong = artist.post(f"/api/images/{image['id']}/generate", json={"language": "?"}, headers=STREAM)
    assert (wrong.status_code, wrong.get_json()["error"]["field"]) == (422, "language")


def test_a_stream_that_nobody_reads_holds_no_connection_and_one_place(
    make_app: MakeApp, openai_server: FakeOpenAI, engine: Engine
) -> None:
    address = {"OPENAI_BASE_URL": openai_server.base_url, "OPENAI_API_KEY": "sk-test"}
    app = make_app(WEB_THREADS="2", **address)
    client, openai_server.default = app.test_client(), does.ok(WORDS)
    first, second = (f"/api/images/{added(client)['id']}" for _ in range(2))
    unread = client.post(f"{first}/generate", headers=STREAM)
    assert next(iter(unread.iter_encoded())) == b": begun\n\n"
    refused = client.post(f"{second}/generate", headers=STREAM)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    # The words are written all the same, and nothing else is held.
    assert eventually(lambda: [entry.state for entry in ledger(engine)] == ["ok"])
    with app.app_context():
        pool = db.engine.pool
    assert eventually(lambda: "checked out connections: 0" in pool.status().lower())
    unread.close()
    assert events(client.post(f"{second}/generate", headers=STREAM).text)[-1][0] == "done"


def test_a_bug_is_an_error_event_without_its_text(
    artist: FlaskClient, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("secret detail")

    monkeypatch.setattr(calls, "apply_draft", broken)
    answer = artist.post(f"/api/images/{added(artist)['id']}/generate", headers=STREAM)
    name, data = events(answer.text)[-1]
    assert (name, data["error"]["code"]) == ("error", "unavailable")
    assert "secret detail" not in answer.text
    (entry,) = ledger(engine)
    assert (entry.state, entry.error, entry.input_tokens) == ("failed", "KeyError", 1200)


def test_a_stream_ends_well_under_any_host_name(artist: FlaskClient, make_artist: MakeArtist) -> None:
    image = added(artist)
    elsewhere = make_artist(ALLOWED_HOSTS="art.localhost")
    path = f"/api/images/{image['id']}/generate"
    answer = elsewhere.post(path, headers=STREAM, base_url="http://art.localhost")
    assert events(answer.text)[-1][0] == "done"


def is_quiet() -> bool:
    """Return whether no draft is being written."""
    return not any(thread.name.startswith("draft-") for thread in threading.enumerate())


@pytest.fixture
def port(artist: FlaskClient, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Serve the application, which notices soon that a reader left; gives its port. No draft outlives the test."""
    monkeypatch.setattr(drafting, "HEARTBEAT", 0.2)
    yield serve(artist.application)
    assert eventually(is_quiet)


def test_words_are_shown_before_the_service_has_finished(
    artist: FlaskClient, openai_server: FakeOpenAI, port: int
) -> None:
    image = added(artist)
    openai_server.script(does.silent_after('{"post_title": "The Qui'))
    with leave(port, image["id"], openai_server) as connection:
        heard = b""
        while b"The Qui" not in heard and (piece := connection.recv(1000)):
            heard += piece
    assert b"event: partial" in heard
    assert now(artist, image["id"])["post_title"] == ""


@pytest.mark.parametrize(
    "behaviour",
    [does.hang(), does.silent_after(), does.ok(LONG, pause=0.2, step=2)],
    ids=["silent", "silent after some words", "writing"],
)
def test_closing_the_connection_cancels_the_call_to_the_service(
    artist: FlaskClient, openai_server: FakeOpenAI, engine: Engine, port: int, behaviour: Behaviour
) -> None:
    image = added(artist)
    openai_server.script(behaviour)
    with leave(port, image["id"], openai_server):
        pass
    assert openai_server.requests[0].hung_up.wait(PATIENCE)
    assert eventually(lambda: ledger(engine)[0].state == "cancelled")
    assert ledger(engine)[0].input_tokens > 0
    assert now(artist, image["id"]) == image
    assert eventually(is_quiet)
    openai_server.default = does.ok(WORDS)
    assert generate(artist, image["id"]).status_code == 200


def leave(port: int, image_id: int, fake: FakeOpenAI) -> socket.socket:
    """Ask for a stream, read its beginning until the service has been asked, and give the open connection."""
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    connection.sendall(
        f"POST /api/images/{image_id}/generate HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Accept: text/event-stream\r\nContent-Length: 0\r\n\r\n".encode()
    )
    assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert eventually(lambda: bool(fake.requests))
    return connection
