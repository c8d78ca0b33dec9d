"""One draft that goes well: what is sent, what comes back, what it costs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest

import gpt_service
from gpt_service import Draft, ServiceSettings
from tests.ai.conftest import JPEG, KEY, request_for
from tests.ai.openapi import known_properties, problems
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI

Ask = Callable[..., Draft]


def test_one_call_writes_all_fields(openai_server: FakeOpenAI, ask: Ask) -> None:
    draft = ask()
    assert set(draft.fields) == set(gpt_service.FIELDS)
    assert draft.source == "openai"
    assert draft.model == "gpt-5.6-luna"
    assert len(openai_server.requests) == 1


def test_only_asked_fields_are_asked_for_and_returned(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.ok({"post_title": "Dusk", "alt_text": "A heron.", "description": "Not asked."}))
    assert ask("post_title", "alt_text").fields == {"post_title": "Dusk", "alt_text": "A heron."}
    assert openai_server.requests[0].fields == ("post_title", "alt_text")


@pytest.mark.parametrize("streamed", [False, True])
def test_request_fits_the_published_api(openai_server: FakeOpenAI, ask: Ask, streamed: bool) -> None:
    ask(on_partial=(lambda fields: None) if streamed else None)
    body = openai_server.requests[0].body
    assert problems(body, "CreateChatCompletionRequest") == []
    assert set(body) <= known_properties("CreateChatCompletionRequest")
    assert problems({**body, "messages": []}, "CreateChatCompletionRequest")
    assert problems({**body, "reasoning_effort": "hard"}, "CreateChatCompletionRequest")


def test_request_holds_instructions_picture_and_strict_schema(openai_server: FakeOpenAI, ask: Ask) -> None:
    ask()
    seen = openai_server.requests[0]
    assert seen.pictures == [JPEG]
    assert "You write for an artist." in seen.text
    assert "Write about this picture." in seen.text
    schema = seen.body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["additionalProperties"] is False
    assert schema["schema"]["required"] == list(gpt_service.FIELDS)


def test_request_leaves_room_to_think_and_sets_no_temperature(openai_server: FakeOpenAI, ask: Ask) -> None:
    ask()
    body = openai_server.requests[0].body
    assert body["max_completion_tokens"] >= 4_000
    assert body["reasoning_effort"] == "low"
    assert "temperature" not in body


@pytest.mark.parametrize("model", ["gpt-4o-mini", "llava:13b", "gpt-5-chat-latest", "qwen2.5-vl"])
def test_models_that_do_not_reason_are_sent_no_effort(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, model: str
) -> None:
    ask(using=replace(settings, model=model))
    assert "reasoning_effort" not in openai_server.requests[0].body


def test_request_without_a_picture_has_no_picture_part(
    openai_server: FakeOpenAI, settings: ServiceSettings
) -> None:
    gpt_service.draft(replace(request_for("post_title"), image_jpeg=None), settings)
    assert openai_server.requests[0].pictures == []


def test_usage_is_what_the_service_counted_at_the_models_price(ask: Ask) -> None:
    usage = ask().usage
    assert (usage.input_tokens, usage.output_tokens) == (1_200, 300)
    assert usage.usd == Decimal("0.0006")


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        "many",
        {"prompt_tokens": -5, "completion_tokens": "lots"},
        {"prompt_tokens": 0, "completion_tokens": 0},
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_missing_or_senseless_usage_is_guessed(
    openai_server: FakeOpenAI, ask: Ask, usage: object, streamed: bool
) -> None:
    openai_server.script(does.ok(usage=usage))
    found = ask(on_partial=(lambda fields: None) if streamed else None).usage
    assert found.input_tokens > 1_000
    assert found.output_tokens > 50
    assert found.usd > 0


def test_connection_is_kept_between_drafts(openai_server: FakeOpenAI, ask: Ask) -> None:
    for _ in range(3):
        ask("post_title")
    assert len({seen.port for seen in openai_server.requests}) == 1


def test_every_picture_gets_its_own_words(openai_server: FakeOpenAI, settings: ServiceSettings) -> None:
    openai_server.default = does.ok(lambda seen: {"post_title": seen.pictures[0].decode()})
    titles = [f"picture {number}" for number in range(5)]
    requests = [request_for("post_title", picture=title.encode()) for title in titles]
    assert [gpt_service.draft(one, settings).fields["post_title"] for one in requests] == titles


def test_drafts_at_the_same_time_do_not_mix(openai_server: FakeOpenAI, settings: ServiceSettings) -> None:
    openai_server.default = does.ok(lambda seen: {"post_title": seen.pictures[0].decode()}, pause=0.01)
    titles = [f"picture {number}" for number in range(12)]
    requests = [request_for("post_title", picture=title.encode()) for title in titles]
    with ThreadPoolExecutor(4) as pool:
        drafts = list(pool.map(lambda one: gpt_service.draft(one, settings), requests))
    assert [draft.fields["post_title"] for draft in drafts] == titles
    assert len({seen.port for seen in openai_server.requests}) <= 4


def test_text_that_is_no_unicode_is_sent_without_it(
    openai_server: FakeOpenAI, settings: ServiceSettings
) -> None:
    odd = replace(request_for("post_title"), system="Be \ud800kind.", prompt="heron\udcff.jpg")
    assert gpt_service.draft(odd, settings).fields
    assert "Be kind." in openai_server.requests[0].text


def test_address_pasted_from_an_example_works(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    assert ask(using=replace(settings, base_url=f"{openai_server.base_url}/chat/completions/")).fields


def test_server_of_ones_own_needs_no_key(openai_server: FakeOpenAI, ask: Ask) -> None:
    ask(using=ServiceSettings(None, openai_server.base_url, "llava"))
    assert KEY not in openai_server.requests[0].headers["authorization"]


def test_key_is_not_in_the_words_for_logs(settings: ServiceSettings) -> None:
    assert KEY not in repr(settings)
