"""Words that arrive while they are written, and what can go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from artworks.ai import client as ai_client
from artworks.ai import response as ai_response
from artworks.core.errors import AIUnavailable
from gpt_service import Draft, usage_of
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import Reply, chunk
from tests.support.program import PATIENCE

Ask = Callable[..., Draft]
WORDS = {"post_title": "The Quiet Hour", "hashtags": ["#dusk", "#hills"], "description": "One. Two. " * 20}
FIELDS = tuple(WORDS)


def test_partial_words_grow_into_the_whole_draft(
    openai_server: FakeOpenAI, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    openai_server.script(does.ok(WORDS))
    monkeypatch.setattr(ai_response, "PARTIAL_INTERVAL_SECONDS", 0)
    seen: list[dict[str, Any]] = []
    draft = ask(*FIELDS, on_partial=seen.append)
    lengths = [len(fields.get("description", "")) for fields in seen]
    assert len(seen) > 3
    assert lengths == sorted(lengths)
    assert seen[0].get("post_title", "") != "The Quiet Hour" or "description" not in seen[0]
    assert seen[-1] == draft.fields


def test_the_last_words_before_a_silence_are_shown(
    openai_server: FakeOpenAI, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Shown are the first words, and what was written by the time that nothing more came.
    monkeypatch.setattr(ai_response, "PARTIAL_INTERVAL_SECONDS", ai_client.TICK)
    writing = does.Halting(WORDS, after="The Quiet")
    openai_server.script(writing)
    seen: list[str] = []

    def listen(fields: dict[str, Any]) -> None:
        seen.append(fields["post_title"])
        if seen[-1] == "The Quiet":
            writing.go.set()

    assert ask(*FIELDS, on_partial=listen).fields["post_title"] == "The Quiet Hour"
    assert "The Quiet" in seen


def test_partial_words_are_shown_from_inside_a_fence(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.fenced(WORDS))
    seen: list[dict[str, Any]] = []
    assert ask(*FIELDS, on_partial=seen.append).fields["post_title"] == "The Quiet Hour"
    assert seen


def test_streamed_draft_asks_for_usage(openai_server: FakeOpenAI, ask: Ask) -> None:
    draft = ask("post_title", on_partial=lambda fields: None)
    assert openai_server.requests[0].body["stream_options"] == {"include_usage": True}
    assert draft.usage.input_tokens == 1_200


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_server_that_does_not_stream_is_understood(openai_server: FakeOpenAI, ask: Ask, mark: bytes) -> None:
    body = mark + (
        b'{"choices": [{"message": {"content": "{\\"post_title\\": \\"Dusk\\"}"}, "finish_reason": "stop"}]}'
    )
    openai_server.script(does.raw(body))
    seen: list[dict[str, Any]] = []
    assert ask("post_title", on_partial=seen.append).fields == {"post_title": "Dusk"}
    assert seen == [{"post_title": "Dusk"}]


def _called(arguments: object, **number: int) -> dict[str, Any]:
    return {
        "content": None,
        "tool_calls": [{**number, "type": "function", "function": {"arguments": arguments}}],
    }


@pytest.mark.parametrize("listening", [False, True], ids=["whole", "streamed"])
def test_what_a_tool_is_called_with_is_the_answer_where_there_is_no_text(
    openai_server: FakeOpenAI, ask: Ask, listening: bool
) -> None:
    dusk = '{"post_title": "Dusk"}'
    listener = (lambda fields: None) if listening else None
    for message in (
        _called(dusk),
        _called(dusk, index=0),
        {"content": "", "function_call": {"name": "write", "arguments": dusk}},
        {**_called('{"post_title": "Dawn"}'), "content": dusk},
    ):
        openai_server.script(does.raw_message(message))
        assert ask("post_title", on_partial=listener).fields == {"post_title": "Dusk"}


def test_what_tools_are_called_with_comes_in_pieces() -> None:
    received = ai_response.ResponseAccumulator()
    for number, text in ((0, '{"post_'), (1, '{"alt_text"'), (0, 'title": "Dusk"}'), (1, ': "Low light"}')):
        received.add({"choices": [{"delta": _called(text, index=number)}]})
    received.add({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]})
    assert received.text == '{"post_title": "Dusk"}\n{"alt_text": "Low light"}'
    assert received.has_ended
    assert received.length == received.bytes_written == len(received.text) - 1
    # Some servers send it as an object.
    whole = ai_response.ResponseAccumulator()
    whole.add({"choices": [{"message": _called({"post_title": "Dusk"}), "finish_reason": "tool_calls"}]})
    assert whole.text == '{"post_title": "Dusk"}'


@pytest.mark.parametrize(
    ("said", "meant", "has_ended"),
    [
        ("stop", "stop", True),
        ("eos", "eos", True),
        ("MAX_TOKENS", "length", False),
        ("model_length", "length", False),
        ("SAFETY", "content_filter", True),
        ("content_filter: RECITATION", "content_filter", True),
        ("sensitive", "content_filter", True),
        ("insufficient_system_resource", "error", False),
        ("network_error", "error", False),
    ],
)
def test_why_an_answer_ended_is_known_under_every_name(said: str, meant: str, has_ended: bool) -> None:
    received = ai_response.ResponseAccumulator()
    received.add({"choices": [{"delta": {"content": "a"}, "finish_reason": said}]})
    assert (received.finish, received.has_ended) == (meant, has_ended)


@pytest.mark.parametrize("hard", [False, True])
def test_broken_off_answer_is_asked_for_once_more(openai_server: FakeOpenAI, ask: Ask, hard: bool) -> None:
    openai_server.script(does.breaks_off(hard=hard), does.ok(WORDS))
    draft = ask(*FIELDS, on_partial=lambda fields: None)
    assert draft.fields["post_title"] == "The Quiet Hour"
    assert len(openai_server.requests) == 2


def test_answer_that_breaks_off_twice_is_an_error_that_was_billed(
    openai_server: FakeOpenAI, ask: Ask
) -> None:
    openai_server.script(does.breaks_off(), does.breaks_off())
    with pytest.raises(AIUnavailable) as caught:
        ask("post_title", on_partial=lambda fields: None)
    usage = usage_of(caught.value)
    assert usage is not None
    assert usage.input_tokens > 0


def test_whole_answer_counts_although_the_stream_has_no_end(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.breaks_off('{"post_title": "Dusk"}'))
    assert ask("post_title", on_partial=lambda fields: None).fields == {"post_title": "Dusk"}
    assert len(openai_server.requests) == 1


def test_emoji_split_between_two_pieces_is_whole(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.says('{"post_title": "Dusk \\ud83c\\udf05 \U0001f305"}', step=1))
    draft = ask("post_title", on_partial=lambda fields: None)
    assert draft.fields == {"post_title": "Dusk \U0001f305 \U0001f305"}


def test_error_inside_the_stream_is_told_in_plain_words(openai_server: FakeOpenAI, ask: Ask) -> None:
    event = b'data: {"error": {"message": "secret upstream words", "type": "server_error"}}\n\n'
    openai_server.script(*[does.raw(event, "text/event-stream")] * 2)
    with pytest.raises(AIUnavailable) as caught:
        ask("post_title", on_partial=lambda fields: None)
    assert "secret upstream words" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        ({"code": 429, "message": "busy"}, 1),
        ({"code": "insufficient_quota"}, 1),
        ({"code": 504}, 1),
        ({"code": 500}, 2),
    ],
)
def test_words_before_an_error_inside_the_stream_are_kept(
    openai_server: FakeOpenAI, ask: Ask, error: dict[str, Any], calls: int
) -> None:
    def breaks_off(reply: Reply) -> None:
        reply.begin()
        reply.event(chunk({"content": '{"post_title": "The Quiet Hour", "description": "One. T'}))
        reply.event({"error": error})
        reply.hang_up()

    openai_server.script(breaks_off, does.ok({"description": "One. Two."}))
    draft = ask("post_title", "description", on_partial=lambda fields: None)
    assert draft.fields["post_title"] == "The Quiet Hour"
    assert len(openai_server.requests) == calls


def test_error_of_the_one_who_listens_is_passed_on_and_carries_the_cost(
    openai_server: FakeOpenAI, ask: Ask
) -> None:
    openai_server.script(does.ok(WORDS, pause=0.02))

    def listen(fields: object) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError) as caught:
        ask(*FIELDS, on_partial=listen)
    assert usage_of(caught.value) is not None
    assert openai_server.requests[0].hung_up.wait(PATIENCE)


def test_endless_answer_is_cut_off(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.says('{"post_title": "' + "endless " * 50_000, step=4_000))
    with pytest.raises(AIUnavailable, match="too long"):
        ask("post_title", on_partial=lambda fields: None)
