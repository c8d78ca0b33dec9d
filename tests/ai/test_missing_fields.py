"""Fields that an answer lacks: asked for once more, alone, within what was set aside, or left empty with a note."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from artworks.ai.pricing import most_of_one
from artworks.core.errors import AINonsense, AIRefused
from gpt_service import FIELDS, Draft, ServiceSettings, usage_of
from tests.ai.conftest import request_for
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_behaviours import Behaviour
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import USAGE

Ask = Callable[..., Draft]
WORDS: dict[str, Any] = {
    "post_title": "What the Reeds Keep",
    "description": "Low light lies on the water.",
    "hashtags": ["#reeds"],
    "key_points": "Etching",
    "alt_text": "A heron stands among reeds.",
    "category": "Prints",
}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in WORDS.items() if name not in names}


def cut(text: str, finish: str = "length") -> Behaviour:
    return lambda reply: reply.completion({"content": text}, finish, USAGE)


@pytest.mark.parametrize("on_partial", [False, True])
def test_what_is_missing_is_asked_for_once_more_alone(
    openai_server: FakeOpenAI, ask: Ask, on_partial: bool
) -> None:
    openai_server.script(
        does.says(json.dumps({**without("alt_text"), "description": None})), does.ok(WORDS, step=4)
    )
    seen: list[dict[str, Any]] = []
    draft = ask(on_partial=seen.append) if on_partial else ask()
    assert (draft.fields, draft.note) == (WORDS, "")
    first, second = openai_server.requests
    assert first.fields == FIELDS
    assert second.fields == ("description", "alt_text")
    assert '"post_title"' not in second.text
    assert "lacked description, alt_text" in second.text
    assert draft.usage.output_tokens == 2 * USAGE["completion_tokens"]
    assert not on_partial or seen[-1] == WORDS
    # What was there stays on the page while the rest is written.
    assert all(shown["post_title"] == WORDS["post_title"] for shown in seen if "alt_text" in shown)


def test_what_is_missing_twice_is_left_empty_with_a_note(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(*[does.says(json.dumps(without("alt_text", "post_title")))] * 2)
    draft = ask()
    assert draft.fields == without("alt_text", "post_title")
    assert draft.note == "The AI wrote no title or alt text."
    assert len(openai_server.requests) == 2


@pytest.mark.parametrize(
    "fails",
    [does.error(500), does.wrong_key(), does.refusal(), does.html(), does.content_filter(), does.rate_limited("45")],
)  # fmt: skip
def test_a_second_ask_that_fails_loses_nothing_of_the_first(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, fails: Behaviour
) -> None:
    openai_server.script(does.says(json.dumps(without("alt_text"))))
    openai_server.default = fails
    draft = ask(using=replace(settings, retries=False))
    assert draft.fields == without("alt_text")
    assert "alt text" in draft.note
    assert draft.usage.usd <= most_of_one(request_for(), settings).usd * settings.attempts


def test_who_leaves_during_the_second_ask_keeps_what_is_there(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.says(json.dumps(without("alt_text"))), does.hang())
    draft = ask(cancelled=lambda: len(openai_server.requests) == 2)
    assert draft.fields == without("alt_text")


@pytest.mark.parametrize("attempts", [1, 2])
def test_nothing_more_is_asked_than_was_set_aside_for(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, attempts: int
) -> None:
    openai_server.default = does.says(json.dumps(without("alt_text")))
    assert ask(using=replace(settings, attempts=attempts)).fields == without("alt_text")
    assert len(openai_server.requests) == attempts


def test_a_failed_request_is_not_sent_again_where_others_see_to_that(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    batch = replace(settings, attempts=2, asks=1, retries=False)
    openai_server.script(does.error(500))
    with pytest.raises(Exception, match="problem"):
        ask(using=batch)
    openai_server.script(does.says("no"))
    with pytest.raises(AINonsense):
        ask(using=batch)
    assert len(openai_server.requests) == 2
    openai_server.script(does.says(json.dumps(without("alt_text"))))
    assert set(ask(using=batch).fields) == set(FIELDS)
    assert [seen.fields for seen in openai_server.requests[2:]] == [FIELDS, ("alt_text",)]


def test_the_second_ask_is_no_answer_when_nothing_can_be_read(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.says("no"), does.says(json.dumps(without("alt_text"))))
    draft = ask()
    assert draft.fields == without("alt_text")
    assert len(openai_server.requests) == 2


def test_a_refused_field_is_not_asked_for_again_and_the_others_are_kept(
    openai_server: FakeOpenAI, ask: Ask
) -> None:
    declined = "Lo siento, no puedo describir esta imagen."
    openai_server.script(does.ok({**WORDS, "alt_text": declined, "hashtags": [declined]}))
    draft = ask()
    assert draft.fields == without("alt_text", "hashtags")
    assert draft.note == "The AI declined to write the hashtags and alt text."
    assert len(openai_server.requests) == 1


def test_an_answer_of_refusals_alone_is_refused(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.ok(dict.fromkeys(FIELDS, "Je ne peux pas décrire cette image.")))
    with pytest.raises(AIRefused) as caught:
        ask()
    assert usage_of(caught.value) is not None


def test_an_artist_s_first_person_is_kept(openai_server: FakeOpenAI, ask: Ask) -> None:
    words = {**WORDS, "description": "I paint reeds because I cannot describe their stillness in words."}
    openai_server.script(does.ok(words))
    assert ask().fields == words


def test_a_whole_answer_counts_although_its_room_was_used_up(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(cut(json.dumps(WORDS)))
    assert ask().fields == WORDS
    assert len(openai_server.requests) == 1


def test_the_field_in_which_the_answer_was_cut_is_asked_for_again(
    openai_server: FakeOpenAI, ask: Ask
) -> None:
    text = json.dumps(WORDS)
    openai_server.script(cut(text[: text.index("stands among")]), does.ok(WORDS))
    assert ask().fields == WORDS
    assert openai_server.requests[1].fields == ("alt_text", "category")


THOUGHT = json.dumps(dict.fromkeys(FIELDS, "A draft"))
MESSAGES: list[dict[str, Any]] = [
    {"content": "", "reasoning_content": json.dumps(WORDS)},
    {"content": None, "reasoning": f"I look at it.\n{json.dumps(WORDS)}"},
    {"content": json.dumps(WORDS), "reasoning_content": THOUGHT},
    {"content": f"{THOUGHT}</think>{json.dumps(WORDS)}"},
    {
        "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]},
            {"type": "text", "text": json.dumps(WORDS)},
        ]
    },
    {"content": WORDS},
    {"content": f"<tool_call>{json.dumps({'name': 'words', 'arguments': WORDS})}</tool_call>"},
    {"content": f"<|begin_of_box|>{json.dumps(WORDS)}<|end_of_box|>"},
    {"content": [{"type": "reasoning", "text": THOUGHT}, {"type": "text", "text": json.dumps(WORDS)}]},
]


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("streamed", [False, True])
def test_answers_are_found_wherever_servers_put_thinking(
    openai_server: FakeOpenAI, ask: Ask, message: dict[str, Any], streamed: bool
) -> None:
    openai_server.script(does.raw_message(message))
    draft = ask(on_partial=(lambda fields: None) if streamed else None)
    assert draft.fields == WORDS
    assert len(openai_server.requests) == 1


def test_thinking_that_used_up_the_room_is_told_as_that(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(
        lambda reply: reply.completion({"content": "", "reasoning_content": THOUGHT}, "length", USAGE)
    )
    with pytest.raises(AINonsense, match="thinking down"):
        ask()
