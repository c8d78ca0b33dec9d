"""A service that fails, declines or answers nonsense: plain words, no useless retries, nothing secret."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate

import pytest

from artworks.core.errors import AINotConfigured, AIRefused, AIUnavailable, AppError, RateLimited
from gpt_service import Draft, ServiceSettings, usage_of
from tests.ai.conftest import KEY
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_behaviours import Behaviour
from tests.fakes.openai_server import FakeOpenAI

Ask = Callable[..., Draft]
both_ways = pytest.mark.parametrize("on_partial", [None, lambda fields: None], ids=["whole", "streamed"])
Listener = Callable[[object], None] | None


@both_ways
def test_wrong_key_is_told_at_once(openai_server: FakeOpenAI, ask: Ask, on_partial: Listener) -> None:
    openai_server.default = does.wrong_key()
    with pytest.raises(AINotConfigured, match="OPENAI_API_KEY") as caught:
        ask(on_partial=on_partial)
    assert caught.value.status == 503
    assert usage_of(caught.value) is None
    assert len(openai_server.requests) == 1


@both_ways
def test_account_without_money_is_told_at_once(
    openai_server: FakeOpenAI, ask: Ask, on_partial: Listener
) -> None:
    openai_server.default = does.no_quota()
    with pytest.raises(AINotConfigured, match="credit"):
        ask(on_partial=on_partial)
    assert len(openai_server.requests) == 1


def test_short_pause_is_waited_for(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.rate_limited("0.2"))
    assert ask("post_title").fields
    assert len(openai_server.requests) == 2


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("45", 45, 45),
        ("1e99", 3_600, 3_600),
        ("a date in 50 minutes", 60, 3_000),
        ("Wed, 99 Foo 2026", 1, 60),
    ],
)
def test_long_pause_is_told_and_not_waited_for(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, header: str, least: float, most: float
) -> None:
    # Written here and not above, so that a test has the same name in every process that collects it.
    told = formatdate(time.time() + 3_000, usegmt=True) if header == "a date in 50 minutes" else header
    openai_server.default = does.rate_limited(told)
    with pytest.raises(RateLimited) as caught:
        ask(using=settings)
    assert caught.value.retry_after is not None
    assert least <= caught.value.retry_after <= most
    assert len(openai_server.requests) == (1 if least > 1 else 3)


def test_negative_pause_is_told_as_an_ordinary_one(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.default = does.rate_limited("-30")
    with pytest.raises(RateLimited) as caught:
        ask()
    assert caught.value.retry_after is not None
    assert 1 <= caught.value.retry_after <= 60


@pytest.mark.parametrize("bad", [does.error(500), does.error(503), does.html(502), does.reset()])
def test_passing_failure_is_tried_again(openai_server: FakeOpenAI, ask: Ask, bad: Behaviour) -> None:
    openai_server.script(bad)
    assert ask("post_title").fields
    assert len(openai_server.requests) == 2


def test_lasting_failure_is_tried_three_times(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.default = does.html(502)
    with pytest.raises(AIUnavailable) as caught:
        ask()
    assert type(caught.value) is AIUnavailable
    assert len(openai_server.requests) == 3


@both_ways
@pytest.mark.parametrize(
    "bad",
    [
        does.raw(b'{"choices": [{"message"'),
        does.raw(b'{"choices": []}'),
        does.raw(b'{"object": "chat.completion", "model": "m", "usage": {"prompt_tokens": 9}}'),
        does.raw(b'{"choices": null, "usage": null}'),
        does.raw(b'{"id": "chatcmpl-1", "obj'),
        does.raw(b""),
        does.raw(b"", "text/event-stream"),
        does.raw(b"data: {}\n\n", "text/event-stream"),
        does.raw_message({"content": None}),
        does.raw_message({"content": 7}),
        does.says("The picture shows a heron."),
        does.says('{"post_title": null}'),
        does.says('{"post_title": {"en": "Heron"}}'),
        does.says('{"post_title": "  "}'),
        does.says('{"caption": "Heron"}'),
        does.says("{" * 5_000),
    ],
)
def test_unfit_answer_is_asked_for_once_more_and_then_reported(
    openai_server: FakeOpenAI, ask: Ask, bad: Behaviour, on_partial: Listener
) -> None:
    openai_server.script(bad)
    assert ask("post_title", on_partial=on_partial).fields
    assert len(openai_server.requests) == 2
    openai_server.script(bad, bad)
    with pytest.raises(AIUnavailable, match="cannot be read"):
        ask("post_title", on_partial=on_partial)
    assert len(openai_server.requests) == 4


def test_second_ask_says_what_was_wrong(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.says("The picture shows a heron."))
    ask("post_title")
    first, second = (seen.text for seen in openai_server.requests)
    assert "could not be read" not in first
    assert "could not be read" in second


def test_both_asks_are_billed(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.says("no"), does.ok())
    assert ask().usage.input_tokens == 2_400
    openai_server.script(does.says("no"), does.says("no"))
    with pytest.raises(AIUnavailable) as caught:
        ask()
    usage = usage_of(caught.value)
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (2_400, 600)


def test_first_ask_is_billed_when_the_second_fails(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.says("no"), does.wrong_key())
    with pytest.raises(AINotConfigured) as caught:
        ask()
    usage = usage_of(caught.value)
    assert usage is not None
    assert usage.output_tokens == 300


@both_ways
@pytest.mark.parametrize(
    "declines",
    [
        does.refusal(),
        does.content_filter(),
        lambda reply: reply.completion({"content": ""}, "PROHIBITED_CONTENT"),
        does.raw(b'{"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9}}'),
        does.says("I'm sorry, but I can't assist with that request."),
        does.says('{"post_title": "Sorry, I cannot help with identifying people in pictures."}'),
    ],
)
def test_refusal_is_an_error_and_never_text(
    openai_server: FakeOpenAI, ask: Ask, declines: Behaviour, on_partial: Listener
) -> None:
    openai_server.script(declines)
    with pytest.raises(AIRefused) as caught:
        ask("post_title", on_partial=on_partial)
    assert usage_of(caught.value) is not None
    assert len(openai_server.requests) == 1


@both_ways
def test_answer_cut_short_is_an_error_and_never_text(
    openai_server: FakeOpenAI, ask: Ask, on_partial: Listener
) -> None:
    openai_server.script(does.cut_short())
    with pytest.raises(AIUnavailable, match="cut short") as caught:
        ask("post_title", on_partial=on_partial)
    assert usage_of(caught.value) is not None
    assert len(openai_server.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, AIUnavailable), (402, AINotConfigured), (403, AINotConfigured), (404, AINotConfigured)],
)
def test_refused_request_is_told_without_a_retry(
    openai_server: FakeOpenAI, ask: Ask, status: int, kind: type[AppError]
) -> None:
    openai_server.default = does.error(status)
    with pytest.raises(kind):
        ask()
    assert len(openai_server.requests) == 1


@both_ways
def test_error_inside_a_good_answer_is_told(
    openai_server: FakeOpenAI, ask: Ask, on_partial: Listener
) -> None:
    openai_server.script(does.raw(b'{"error": {"code": 429, "message": "busy"}}'))
    with pytest.raises(RateLimited):
        ask(on_partial=on_partial)
    openai_server.script(*[does.raw(b'{"error": {"code": 502, "message": "provider"}}')] * 2)
    with pytest.raises(AIUnavailable):
        ask(on_partial=on_partial)


def test_policy_complaint_about_the_picture_is_a_refusal(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.default = does.error(400, code="content_policy_violation")
    with pytest.raises(AIRefused):
        ask()


@pytest.mark.parametrize(
    "bad", [does.wrong_key(), does.error(500, message=KEY), does.error(400, message=KEY), does.says(KEY)]
)
def test_neither_errors_nor_logs_hold_the_key(
    openai_server: FakeOpenAI, ask: Ask, bad: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    openai_server.default = bad
    with pytest.raises(AppError) as caught:
        ask()
    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told
    assert KEY not in caplog.text
    assert caught.value.__context__ is None


@pytest.mark.parametrize("key", ["sk-\nsecret", "sk-ключ", "sk secret"])
def test_key_that_cannot_be_sent_is_told(ask: Ask, settings: ServiceSettings, key: str) -> None:
    with pytest.raises(AINotConfigured, match="OPENAI_API_KEY"):
        ask(using=replace(settings, api_key=key))


@pytest.mark.parametrize(
    "address",
    [
        "localhost:11434/v1",
        "http://[half",
        "ftp://host/v1",
        "http:///v1",
        "http://1６9.2.3.4/",
        "http://a..b/v1",
    ],
)
def test_address_that_is_none_is_told(ask: Ask, settings: ServiceSettings, address: str) -> None:
    with pytest.raises(AINotConfigured, match="OPENAI_BASE_URL"):
        ask(using=replace(settings, base_url=address))


def test_nobody_there_is_told_and_costs_nothing(ask: Ask, settings: ServiceSettings) -> None:
    with pytest.raises(AIUnavailable, match="cannot be reached") as caught:
        ask(using=replace(settings, base_url="http://127.0.0.1:9/v1"))
    assert usage_of(caught.value) is None
