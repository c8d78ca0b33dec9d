"""What a draft is booked as: what the service says, else the most it can be; what it refused or never got, nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

import gpt_service
from artworks.ai.pricing import MAX_OUTPUT_TOKENS, most_of_one
from artworks.core.errors import AINotConfigured, AITimeout, AIUnavailable, AppError
from gpt_service import Draft, DraftCancelled, ServiceSettings, TokenUsage, usage_of
from tests.ai.conftest import request_for
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_behaviours import Behaviour
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import USAGE, Reply, chunk
from tests.support.program import PATIENCE

Ask = Callable[..., Draft]
TOLD = TokenUsage(1200, 300, Decimal("0.0006"))
both_ways = pytest.mark.parametrize("on_partial", [None, lambda fields: None], ids=["whole", "streamed"])
Listener = Callable[[object], None] | None


def most(settings: ServiceSettings, times: int = 1) -> TokenUsage:
    """Return what so many requests of the short ask are booked as when nobody knows what they took."""
    one = most_of_one(request_for(), settings)
    return sum([replace(one, at_most=True, at_most_usd=one.usd)] * times, TokenUsage())


def booked(error: AppError) -> TokenUsage:
    """Return what a failed draft is booked as, without the guess for the rate limit."""
    return without_guess(usage_of(error) or TokenUsage())


def without_guess(usage: TokenUsage) -> TokenUsage:
    return replace(usage, unlikely_tokens=0)


def with_usage(status: int, usage: dict[str, Any]) -> Behaviour:
    body = json.dumps({"error": {"message": "No.", "code": "x"}, "usage": usage}).encode()
    return does.raw(body, status=status)


def test_every_attempt_that_times_out_counts_as_the_most(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    openai_server.default = does.hang()
    # Long enough to send two requests, unless the machine is very busy.
    hurried = replace(settings, timeout=0.7, attempts=2)
    with pytest.raises(AITimeout) as caught:
        ask(using=hurried)
    assert booked(caught.value) == most(settings, len(openai_server.requests))


@both_ways
def test_who_leaves_before_the_answer_pays_the_most(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, on_partial: Listener
) -> None:
    openai_server.default = does.hang()
    with pytest.raises(DraftCancelled) as caught:
        ask(on_partial=on_partial, cancelled=lambda: bool(openai_server.requests))
    assert booked(caught.value) == most(settings)


@pytest.mark.parametrize("bad", [does.error(500), does.html(502), does.reset(), does.error(503)])
def test_an_attempt_that_failed_on_their_side_counts_beside_the_one_that_brought_words(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, bad: Behaviour
) -> None:
    openai_server.script(bad)
    assert without_guess(ask().usage) == most(settings) + TOLD


@both_ways
@pytest.mark.parametrize(
    "usage", [None, {}, {"prompt_tokens": 0, "completion_tokens": 0}, {"total_tokens": 9}]
)
def test_words_without_usage_count_as_the_most(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, usage: Any, on_partial: Listener
) -> None:
    openai_server.default = does.ok(usage=usage)
    draft = ask(on_partial=on_partial)
    assert without_guess(draft.usage) == most(settings)
    # The rate limit goes by what it probably was.
    assert draft.usage.unlikely_tokens > MAX_OUTPUT_TOKENS / 2


@pytest.mark.parametrize("page", [does.raw(b""), does.raw(b'{"choices": []}')])
def test_an_answer_that_is_none_may_have_cost_the_most(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, page: Behaviour
) -> None:
    openai_server.default = page
    with pytest.raises(AIUnavailable) as caught:
        ask()
    assert booked(caught.value) == most(settings, 2)


@pytest.mark.parametrize("page", [does.html(), does.raw(b"{}")])
def test_what_no_model_server_answers_may_have_cost_one_call(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, page: Behaviour
) -> None:
    openai_server.default = page
    with pytest.raises(AINotConfigured) as caught:
        ask()
    assert booked(caught.value) == most(settings)


def test_the_input_that_was_told_before_it_broke_off_is_believed(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    def breaks_off(reply: Reply) -> None:
        reply.begin()
        so_far = {"prompt_tokens": 679, "completion_tokens": 1, "total_tokens": 680}
        reply.event({**chunk({"content": '{"post_title": "The'}), "usage": so_far})
        reply.wait(0.05)
        reply.hang_up()

    openai_server.default = breaks_off
    with pytest.raises(AIUnavailable) as caught:
        ask(using=replace(settings, attempts=1), on_partial=lambda fields: None)
    used = booked(caught.value)
    assert (used.input_tokens, used.output_tokens) == (679, MAX_OUTPUT_TOKENS)
    assert 0 < used.at_most_usd < used.usd


@pytest.mark.parametrize(
    "refuses",
    [
        does.error(400), does.wrong_key(), does.error(404), does.error(408), does.no_quota(),
        does.rate_limited("45"), does.rate_limited("-30"),
        does.raw(b'{"error": {"code": 429, "message": "busy"}}'),
    ],
)  # fmt: skip
def test_what_was_refused_costs_nothing(openai_server: FakeOpenAI, ask: Ask, refuses: Behaviour) -> None:
    openai_server.default = refuses
    with pytest.raises(AppError) as caught:
        ask()
    assert booked(caught.value) == TokenUsage()


def test_whole_numbers_that_are_written_with_a_point_are_counts(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    openai_server.default = with_usage(400, {"prompt_tokens": 387.0, "completion_tokens": 0.0})
    with pytest.raises(AppError) as caught:
        ask(using=replace(settings, attempts=1))
    assert booked(caught.value) == TokenUsage(387, 0, Decimal("0.000078"))


@pytest.mark.parametrize("status", [400, 429, 500])
def test_what_an_error_says_it_took_is_believed(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, status: int
) -> None:
    openai_server.default = with_usage(status, {"prompt_tokens": 387, "completion_tokens": 0})
    with pytest.raises(AppError) as caught:
        ask(using=replace(settings, attempts=1))
    assert booked(caught.value) == TokenUsage(387, 0, Decimal("0.000078"))


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/v1", "http://no-such-host.invalid/v1", "https://127.0.0.1:PORT/v1"]
)
def test_what_never_left_costs_nothing(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, address: str
) -> None:
    port = openai_server.base_url.rpartition(":")[2].partition("/")[0]
    with pytest.raises(AIUnavailable) as caught:
        ask(using=replace(settings, base_url=address.replace("PORT", port)))
    assert usage_of(caught.value) is None


def test_no_more_requests_than_were_set_aside_for_may_be_billed(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings
) -> None:
    openai_server.default = does.says("no")
    openai_server.script(does.error(500), does.rate_limited("0.01"), does.says("no"), does.error(500))
    with pytest.raises(AIUnavailable) as caught:
        ask()
    # The one that was refused is not counted: three of the four may be billed.
    assert len(openai_server.requests) == 4
    assert booked(caught.value) == most(settings, 2) + TOLD
    assert booked(caught.value).usd <= most(settings, settings.attempts).usd


@pytest.mark.parametrize("attempts", [1, 2])
def test_nothing_is_asked_twice_that_was_set_aside_for_once(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, attempts: int
) -> None:
    openai_server.default = does.says("no")
    with pytest.raises(AIUnavailable):
        ask(using=replace(settings, attempts=attempts))
    assert len(openai_server.requests) == attempts


def endless(sent: list[int]) -> Behaviour:
    """Refuse both names of the room for the answer, then write without end; returns how many bytes were sent."""

    def behave(reply: Reply) -> None:
        for name in ("max_completion_tokens", "max_tokens"):
            if name in reply.seen.body:
                reply.error(400, {"message": f"Unknown parameter: {name}", "param": name})
                return
        reply.begin()
        while True:
            reply.event(chunk({"content": "heron at dusk " * 8}))
            sent.append(14 * 8)
            reply.wait(0)

    return behave


@both_ways
def test_a_server_that_takes_no_room_for_its_answer_is_cut_off(
    openai_server: FakeOpenAI, ask: Ask, settings: ServiceSettings, on_partial: Listener
) -> None:
    sent: list[int] = []
    openai_server.default = endless(sent)
    with pytest.raises(AIUnavailable, match="cut short") as caught:
        ask("description", on_partial=on_partial)
    one = most_of_one(request_for("description"), settings)
    assert booked(caught.value).usd == one.usd
    assert openai_server.requests[-1].hung_up.wait(PATIENCE)
    assert all(seen.body.get("stream") for seen in openai_server.requests[2:])


def test_such_a_server_may_write_what_fits(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.default = does.ok()
    openai_server.script(does.rejects("max_completion_tokens"), does.rejects("max_tokens"))
    assert ask().usage == TOLD


def test_the_whole_request_is_within_what_is_set_aside_for_it(openai_server: FakeOpenAI, ask: Ask) -> None:
    openai_server.script(does.says("no"))
    ask()
    request = request_for()
    bound = gpt_service.most_of_one(request, ServiceSettings("key", None, "gpt-5.6-luna")).input_tokens
    for seen in openai_server.requests:
        words = json.dumps({**seen.body, "messages": seen.text}, ensure_ascii=False)
        assert len(words.encode()) + 2_560 <= bound
    assert USAGE["prompt_tokens"] <= bound
