"""Servers that know fewer parameters than OpenAI: drop just the one, and remember it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from artworks.core.errors import AIUnavailable
from gpt_service import Draft, ServiceSettings
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI

Ask = Callable[..., Draft]


@pytest.mark.parametrize(
    "parameter", ["reasoning_effort", "response_format", "max_completion_tokens", "stream_options"]
)
def test_rejected_parameter_alone_is_left_out_and_remembered(
    openai_server: FakeOpenAI, ask: Ask, parameter: str
) -> None:
    openai_server.default = does.rejects(parameter)
    assert ask("post_title", on_partial=lambda fields: None).fields
    assert ask("post_title", on_partial=lambda fields: None).fields
    first, *later = [set(seen.body) for seen in openai_server.requests]
    assert len(later) == 2
    assert all(first - now == {parameter} for now in later)


def test_older_name_is_used_for_the_room(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.default = does.rejects("max_completion_tokens")
    ask("post_title")
    assert openai_server.requests[-1].body["max_tokens"] >= 4_000


def test_several_rejected_parameters_go_one_by_one(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.rejects("response_format"), does.rejects("reasoning_effort"))
    assert ask("post_title").fields
    assert len(openai_server.requests) == 3


def test_parameter_is_remembered_for_that_model_alone(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    openai_server.script(does.rejects("response_format"))
    ask("post_title")
    ask("post_title", using=replace(settings, model="gpt-6-luna"))
    assert "response_format" in openai_server.requests[-1].body


def test_keys_are_named_in_words_for_servers_without_schema(openai_server: FakeOpenAI, ask: Ask) -> None:
    ask("post_title", "hashtags")
    assert '"post_title"' in openai_server.requests[0].text
    assert '"hashtags"' in openai_server.requests[0].text
    assert '"alt_text"' not in openai_server.requests[0].text


def test_complaint_in_the_shape_of_other_servers_is_understood(openai_server: FakeOpenAI, ask: Ask) -> None:
    body = b'{"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}'
    openai_server.script(does.raw(body, status=422))
    assert ask("post_title", on_partial=lambda fields: None).fields
    assert "stream_options" not in openai_server.requests[-1].body


def test_complaint_about_something_else_is_an_error(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.default = does.error(400, param="model", message="This model sees no images.")
    with pytest.raises(AIUnavailable):
        ask("post_title")
    assert len(openai_server.requests) == 1
