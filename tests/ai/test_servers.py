"""What model servers say, by their recorded shapes: each failure is what it is, nothing asked in vain."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artworks.ai import client as ai_client
from artworks.ai.servers import adjustments, quirks
from artworks.ai.servers.failures import error_of, read_failure
from artworks.ai.servers.quirks import Kind
from artworks.ai.servers.redaction import LONGEST
from artworks.core.errors import (
    AINonsense,
    AINotConfigured,
    AIRefused,
    AIRejected,
    AITimeout,
    AIUnavailable,
    AppError,
    RateLimited,
)
from gpt_service import Draft, ServiceSettings, known_servers, usage_of
from tests.ai.conftest import KEY
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import Reply, chunk
from tests.support.examples import examples
from tests.support.recorded import answers, recordings, shapes

Ask = Callable[..., Draft]
ROOT = Path(__file__).resolve().parent.parent.parent
SHAPES = shapes()
MEMBERS = (
    "error",
    "message",
    "code",
    "type",
    "status",
    "details",
    "detail",
    "loc",
    "param",
    "metadata",
    "raw",
    "retryDelay",
)
HEADERS = ("retry-after", "retry-after-ms", "x-ratelimit-reset-requests", "x-ratelimit-remaining-requests")
ERRORS: dict[Kind, type[AppError]] = {
    Kind.RATE: RateLimited,
    Kind.REFUSED: AIRefused,
    Kind.TIMEOUT: AITimeout,
    Kind.SERVER: AIUnavailable,
    Kind.REJECTED: AIRejected,
    Kind.GRAMMAR: AIRejected,
}


@pytest.fixture
def once(settings: ServiceSettings) -> ServiceSettings:
    """Ask as a batch does: one request that may be billed."""
    return replace(settings, attempts=1, asks=1)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_each_recorded_shape_is_read_as_what_it_is(shape: dict[str, Any]) -> None:
    if "stream" in shape:
        return
    failure = read_failure(shape["status"], shape["body"], shape.get("headers"))
    assert failure.kind == shape["kind"]
    assert failure.wait == pytest.approx(shape["wait"]) if "wait" in shape else failure.wait is None
    assert list(failure.parameters[:1]) == ([shape["parameter"]] if "parameter" in shape else [])
    for name in ("limit", "prompt", "room"):
        assert getattr(failure, name) == shape.get(name), name


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_each_recorded_shape_is_told_after_one_request_or_mended(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings, shape: dict[str, Any]
) -> None:
    if shape.get("mended"):
        openai_server.script(answers(shape))
        assert ask("post_title", using=once).fields
        first, second = openai_server.requests
        assert _what_changed(first.body, second.body) == shape["mended"]
        return
    openai_server.default = answers(shape)
    listener = (lambda fields: None) if "stream" in shape else None
    with pytest.raises(AppError) as caught:
        ask("post_title", using=once, on_partial=listener)
    kind = Kind(shape["kind"])
    assert type(caught.value) is ERRORS.get(kind, AINotConfigured)
    assert len(openai_server.requests) == 1
    assert caught.value.details
    assert KEY not in caught.value.details
    assert caught.value.details not in caught.value.message
    if isinstance(caught.value, AINotConfigured):
        assert usage_of(caught.value) is None
    elif "wait" in shape:
        assert caught.value.retry_after == pytest.approx(max(shape["wait"], 1), abs=1)


@pytest.mark.parametrize("server", ["llama-cpp-python", "litellm"])
def test_each_recorded_answer_is_read(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings, server: str
) -> None:
    (found,) = [one for one in recordings() if one["server"] == server]
    for answer in found["answers"]:
        openai_server.script(answers(answer))
        draft = ask(*answer["fields"], using=once, on_partial=lambda fields: None)
        assert draft.fields == answer["fields"]
        assert draft.usage.at_most is not answer["counted"]


def _what_changed(before: dict[str, Any], after: dict[str, Any]) -> str:
    if len(before["messages"]) != len(after["messages"]):
        assert before["messages"][0]["content"] in after["messages"][0]["content"][0]["text"]
        return "system"
    if before.keys() == after.keys():
        assert before["max_completion_tokens"] > after["max_completion_tokens"] >= 400
        return "room"
    assert len(before.keys() - after.keys()) == 1
    return "parameter"


def test_every_known_server_has_its_recorded_shapes_and_stands_in_the_docs() -> None:
    rows = {row.name: row for row in quirks._SERVERS}
    found = {one["server"]: one for one in recordings()}
    assert found.keys() == rows.keys()
    docs = (ROOT / "docs" / "ai.md").read_text(encoding="utf-8")
    for name, row in rows.items():
        assert (found[name]["source"], found[name]["version"]) == (row.source, row.version)
        how = "tried" if row.source == "tried" else "documented"
        assert re.search(
            rf"^\| {re.escape(row.title)} \| {re.escape(row.version)} \| {how}", docs, re.MULTILINE
        )
    assert known_servers() == [row.title for row in rows.values()]


WORDS_THAT_DECIDE_NOTHING = (
    "Please add billing and credit card payment details, your invalid_api_key or content_policy, "
    "response_format max_completion_tokens; context_length_exceeded, model not found."
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, Kind.RATE), (500, Kind.SERVER), (400, Kind.REJECTED), (403, Kind.FORBIDDEN), (408, Kind.TIMEOUT)],
)
def test_words_in_a_sentence_decide_nothing(status: int, kind: Kind) -> None:
    for body in ({"error": {"message": WORDS_THAT_DECIDE_NOTHING}}, WORDS_THAT_DECIDE_NOTHING):
        failure = read_failure(status, body)
        assert (failure.kind, failure.parameters) == (kind, ())


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "7"}, {}, 7),
        ({"retry-after-ms": "2500", "retry-after": "9"}, {}, 2.5),
        ({"x-ratelimit-reset-requests": "1m30s", "x-ratelimit-reset-tokens": "120ms"}, {}, 90),
        ({"x-ratelimit-reset-tokens": "4s", "x-ratelimit-remaining-tokens": "10"}, {}, None),
        ({}, {"error": {"details": [{"@type": "x.RetryInfo", "retryDelay": "2.4s"}]}}, 2.4),
        ({}, {"error": {"metadata": {"retry_after_seconds": 17}}}, 17),
        ({}, {"error": {"retry_after_ms": 75_000}}, 75),
        ({}, {"error": {"retryAfterMs": "1500"}}, 1.5),
        ({}, {"error": {"retryAfterSeconds": 64}}, 64),
        ({}, {"error": {"type": "usage_limit_reached", "resets_in_seconds": 75}}, 75),
        ({}, {"error": "Model m is currently loading", "estimated_time": 45.5}, 45.5),
        ({}, {"error": {"retry_after": "PT1M30S"}}, 90),
        ({}, {"error": {"retry_after": "1m 30s"}}, 90),
        ({}, {"error": {"retry_after": "P1DT2H"}}, 93_600),
        ({}, {"error": {"retry_after": "PT"}}, None),
        (
            {},
            {"error": {"metadata": {"headers": {"X-RateLimit-Reset": "12", "X-RateLimit-Remaining": "0"}}}},
            12,
        ),
        ({}, {"error": {"message": "Please retry in 2.4s."}}, None),
        ({"retry-after": "soon"}, {"error": {"retry_after": "nan"}}, None),
        ({"retry-after": "-3"}, {}, None),
    ],
)
def test_a_delay_is_read_wherever_a_field_tells_it(
    headers: dict[str, str], body: dict[str, Any], seconds: float | None
) -> None:
    assert read_failure(429, body, headers).wait == seconds


def test_a_delay_in_the_body_is_waited_for_within_a_draft(openai_server: FakeOpenAI, ask: Ask) -> None:
    body = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "0.2s"}]}}
    openai_server.script(answers({"status": 429, "body": body}))
    assert ask("post_title").fields
    assert len(openai_server.requests) == 2


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_failing_inside_an_answer_is_waited_for_once_and_told_as_such(
    openai_server: FakeOpenAI, ask: Ask, monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    monkeypatch.setattr(ai_client, "PAUSE", 0.01)
    event = b'data: {"error": {"code": 502, "message": "gone"}}\n\n'
    fails = does.raw(event, "text/event-stream") if streamed else does.raw(event[6:])
    openai_server.script(fails)
    listener = (lambda fields: None) if streamed else None
    assert ask("post_title", on_partial=listener).fields
    assert "could not be read" not in openai_server.requests[-1].text
    openai_server.script(fails, fails)
    with pytest.raises(AIUnavailable) as caught:
        ask("post_title", on_partial=listener)
    assert not isinstance(caught.value, AINonsense)
    assert len(openai_server.requests) == 4


def test_what_broke_off_with_an_error_is_told_as_the_error(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings
) -> None:
    def behave(reply: Reply) -> None:
        reply.begin()
        reply.event(chunk({"content": '{"post_ti'}))
        reply.event({"error": {"code": 503, "message": "no"}})
        reply.finish()

    openai_server.default = behave
    with pytest.raises(AIUnavailable, match="has a problem"):
        ask("post_title", using=once, on_partial=lambda fields: None)


BAD_PIECES = (
    b": a comment\n\n", b"data:\n\n", b"data: \n\n", b"event: ping\nretry: 3000\n\n", b"data: {broken\n\n",
    b"data: [1, 2\n\n", b"data: \xff\xfe\n\n", b"\n\n\n", b"data: null\n\n", b'data: "text"\n\n',
)  # fmt: skip


def test_empty_and_broken_pieces_do_not_end_an_answer(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings, caplog: pytest.LogCaptureFixture
) -> None:
    def behave(reply: Reply) -> None:
        reply.begin()
        for text in ('{"post_title": "He', "ron at ", 'dusk"}'):
            for bad in BAD_PIECES:
                reply.write(bad)
            reply.event(chunk({"content": text}))
        # Two chunks without the empty line between.
        reply.write(b'data: {"choices": []}\ndata: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n')
        reply.event("[DONE]")
        reply.write(b"")

    openai_server.default = behave
    caplog.set_level(logging.WARNING)
    draft = ask("post_title", using=once, on_partial=lambda fields: None)
    assert draft.fields == {"post_title": "Heron at dusk"}
    assert "Skipped 15 pieces" in caplog.text


def without_v1(settings: ServiceSettings) -> ServiceSettings:
    return replace(settings, base_url=(settings.base_url or "").removesuffix("/v1"))


NOT_HERE = {
    "404": does.raw(b"404 page not found", "text/plain", 404),
    "FastAPI": does.raw(b'{"detail": "Not Found"}', status=404),
    "a page": does.html(),
    "a text": does.raw(b"This is no such thing.", "text/plain"),
    "another text": does.raw(b'{"error": "I do not do this here."}'),
    "LM Studio": does.raw(b'{"error": "Unexpected endpoint or method. (POST /chat/completions)"}'),
}


@pytest.mark.parametrize("answer", NOT_HERE.values(), ids=NOT_HERE)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_an_address_without_v1_is_mended_and_remembered(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings, answer: does.Behaviour, streamed: bool
) -> None:
    openai_server.elsewhere = answer
    listener = (lambda fields: None) if streamed else None
    assert ask("post_title", using=without_v1(once), on_partial=listener).fields
    assert ask("post_title", using=without_v1(once), on_partial=listener).fields
    paths = [seen.path for seen in openai_server.requests]
    assert paths == ["/chat/completions", "/v1/chat/completions", "/v1/chat/completions"]


@pytest.mark.parametrize("answer", NOT_HERE.values(), ids=NOT_HERE)
def test_a_wrong_address_is_said(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings, answer: does.Behaviour
) -> None:
    openai_server.elsewhere = answer
    wrong = replace(once, base_url=f"{without_v1(once).base_url}/wrong")
    with pytest.raises(AINotConfigured, match=r"OPENAI_BASE_URL \(does it end in /v1\?\)") as caught:
        ask("post_title", using=wrong)
    assert usage_of(caught.value) is None
    assert len(openai_server.requests) == 2


def test_what_the_right_address_says_is_told(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings
) -> None:
    openai_server.default = answers(SHAPES["ollama: no such model"])
    with pytest.raises(AINotConfigured, match="no such model"):
        ask("post_title", using=without_v1(once))


def test_what_was_learnt_is_forgotten_after_ten_minutes(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(adjustments, "_clock", lambda: now)
    openai_server.script(answers(SHAPES["llama.cpp: grammar"]))
    ask("post_title", using=once)
    now += adjustments.REMEMBERED_SECONDS - 1
    ask("post_title", using=once)
    now += 2
    ask("post_title", using=once)
    asked = ["response_format" in seen.body for seen in openai_server.requests]
    assert asked == [True, False, False, True]


def test_room_that_was_too_little_is_asked_for_again(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings
) -> None:
    openai_server.script(answers(SHAPES["vllm: context"]), does.cut_short())
    with pytest.raises(AINonsense):
        ask("post_title", using=once)
    ask("post_title", using=once)
    rooms = [seen.body["max_completion_tokens"] for seen in openai_server.requests]
    assert rooms[0] == rooms[2] > rooms[1]


def test_several_things_are_asked_differently_one_by_one(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings
) -> None:
    names = (
        "llama-cpp-python: no schema", "llama-cpp-python: no system message", "openai: context",
        "mistral: parameter",
    )  # fmt: skip
    openai_server.script(*[answers(SHAPES[name]) for name in names])
    assert ask("post_title", using=once).fields
    last = openai_server.requests[-1].body
    assert "response_format" not in last
    assert "max_completion_tokens" not in last
    assert 400 <= last["max_tokens"] < 2_100
    assert [message["role"] for message in last["messages"]] == ["user"]


def test_a_complaint_about_nothing_that_can_be_left_out_is_told(
    openai_server: FakeOpenAI, ask: Ask, once: ServiceSettings
) -> None:
    message = "Invalid value: response_format and max_completion_tokens are fine, your prompt is not."
    openai_server.default = does.error(400, param="messages", message=message)
    with pytest.raises(AIRejected):
        ask("post_title", using=once)
    assert len(openai_server.requests) == 1


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(MEMBERS) | st.text(), inner),
    max_leaves=20,
)


@given(
    st.sampled_from([0, 200, 400, 404, 429, 500, 529]),
    ANY_JSON,
    st.dictionaries(st.sampled_from(HEADERS), st.text()),
)
@examples(25)
def test_whatever_a_server_says_means_something(status: int, body: Any, headers: dict[str, str]) -> None:
    failure = read_failure(status, body, headers)
    error = error_of(failure, [KEY])
    assert error.message.endswith(".")
    assert failure.wait is None or failure.wait >= 0
    assert len(error.details) <= LONGEST + 5
