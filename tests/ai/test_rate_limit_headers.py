"""What the service says of its limits is read from every answer, good or bad; flex is asked for and priced as told."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import gpt_service
from artworks.ai.connections import parse_rate_limit_headers
from artworks.core.errors import AppError
from gpt_service import RateLimitInfo, ServiceSettings
from tests.ai.conftest import request_for
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import USAGE, Reply

LIMITS = {"x-ratelimit-limit-requests": "500", "x-ratelimit-limit-tokens": "30000"}


def settings_for(fake: FakeOpenAI, **choice: object) -> ServiceSettings:
    chosen = {"attempts": 1, "asks": 1, "timeout": 5.0, **choice}
    return ServiceSettings("sk-test", fake.base_url, "gpt-5.6-luna", **chosen)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (LIMITS, RateLimitInfo(500.0, 30000.0)),
        ({**LIMITS, "x-ratelimit-remaining-requests": "0"}, RateLimitInfo(500.0, 30000.0, 0.12)),
        ({**LIMITS, "x-ratelimit-remaining-requests": "7"}, RateLimitInfo(500.0, 30000.0)),
        ({"x-ratelimit-limit-requests": "many", "x-ratelimit-limit-tokens": "-1"}, RateLimitInfo()),
        ({"x-ratelimit-limit-requests": "nan", "x-ratelimit-remaining-requests": "0"}, RateLimitInfo()),
        ({}, RateLimitInfo()),
    ],
)
def test_limits_are_read_with_distrust(headers: dict[str, str], expected: RateLimitInfo) -> None:
    assert parse_rate_limit_headers(headers) == expected  # type: ignore[arg-type]


def test_a_good_answer_tells_the_limits(openai_server: FakeOpenAI) -> None:
    def limited(reply: Reply) -> None:
        words = json.dumps(reply.seen.words())
        answer = json.dumps(
            {"choices": [{"index": 0, "message": {"content": words}, "finish_reason": "stop"}]}
        )
        reply.send(200, answer.encode(), headers=LIMITS)

    openai_server.script(limited)
    assert gpt_service.draft(request_for(), settings_for(openai_server)).rate_limits == RateLimitInfo(
        500.0, 30000.0
    )


def test_a_refused_call_tells_them_too(openai_server: FakeOpenAI) -> None:
    openai_server.script(does.error(429, {**LIMITS, "Retry-After": "3"}, code="rate_limit_exceeded"))
    with pytest.raises(AppError) as caught:
        gpt_service.draft(request_for(), settings_for(openai_server))
    assert gpt_service.rate_limits_of(caught.value) == RateLimitInfo(500.0, 30000.0)


@pytest.mark.parametrize("behaviour", [does.error(500), does.says("no words"), does.rate_limited("0")])
def test_with_one_attempt_and_one_ask_there_is_one_call(
    openai_server: FakeOpenAI, behaviour: does.Behaviour
) -> None:
    openai_server.default = behaviour
    with pytest.raises(AppError):
        gpt_service.draft(request_for(), settings_for(openai_server))
    assert len(openai_server.requests) == 1


def test_flex_is_asked_for_and_a_server_that_does_not_know_it_is_asked_without(
    openai_server: FakeOpenAI,
) -> None:
    openai_server.default = does.rejects("service_tier")
    gpt_service.draft(request_for(), settings_for(openai_server, tier="flex"))
    assert [seen.body.get("service_tier") for seen in openai_server.requests] == ["flex", None]


def test_the_usual_tier_is_not_named(openai_server: FakeOpenAI) -> None:
    gpt_service.draft(request_for(), settings_for(openai_server))
    assert "service_tier" not in openai_server.requests[0].body


def test_an_answer_costs_half_only_when_the_service_says_flex(openai_server: FakeOpenAI) -> None:
    usual = gpt_service.draft(request_for(), settings_for(openai_server, tier="flex")).usage.usd

    def flex(reply: Reply) -> None:
        words = json.dumps(reply.seen.words())
        reply.completion({"content": words}, usage=USAGE, tier="flex")

    openai_server.script(flex)
    half = gpt_service.draft(request_for(), settings_for(openai_server, tier="flex")).usage.usd
    assert half * 2 == usual > Decimal(0)
