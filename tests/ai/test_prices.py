"""What a draft costs: the table, settings over the table, and bounds before the call."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

import gpt_service
from artworks.ai.pricing import price_is_missing, price_of, price_tokens
from gpt_service import ServiceSettings
from tests.ai.conftest import request_for


@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("gpt-5.6-luna", ("0.20", "1.20")),
        ("gpt-5.6-luna-2026-07-09", ("0.20", "1.20")),
        ("openai/gpt-5.6-terra", ("2.00", "12.00")),
        ("gpt-6-luna", ("0.10", "0.50")),
    ],
)
def test_known_models_have_their_price(model: str, price: tuple[str, str]) -> None:
    assert price_of(ServiceSettings("key", None, model)) == tuple(Decimal(part) for part in price)


def test_unknown_model_has_no_price_and_costs_nothing_known() -> None:
    settings = ServiceSettings(None, "http://localhost:11434/v1", "llava:13b")
    assert price_of(settings) is None
    assert price_tokens(settings, 1_000, 1_000).usd == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:11434/v1", "http://127.0.0.1:1234", "http://[::1]:8080/v1", "http://0.0.0.0:8000",
        "http://10.1.2.3/v1", "http://172.31.0.9/v1", "http://192.168.1.20:8000", "http://169.254.3.4",
        "http://[fd12::7]/v1", "http://[fe80::1%25eth0]/v1", "http://[::ffff:10.0.0.1]/v1",
        "http://ollama:11434/v1", "http://gpu.local/v1", "http://vllm.internal./v1", "http://nas.home.arpa",
        "http://host.docker.internal:11434", "HTTP://My_Box:1/v1",
    ],
)  # fmt: skip
def test_words_from_ones_own_network_cost_nothing(address: str) -> None:
    assert not price_is_missing(ServiceSettings(None, address, "llava:13b"))


@pytest.mark.parametrize(
    "address",
    [
        None, "https://api.openai.com/v1", "https://openrouter.ai/api/v1", "http://8.8.8.8/v1",
        "http://172.32.0.1/v1", "http://192.0.2.7/v1", "http://100.64.0.1/v1", "http://[2001:db8::1]/v1",
        "http://[::ffff:8.8.8.8]/v1", "http://134744072/v1", "http://0x08080808/v1", "http://8.526344/v1",
        "http://localhost@evil.example/v1", "http://evil.example/localhost", "http://local.example",
    ],
)  # fmt: skip
def test_elsewhere_an_unknown_price_is_missing(address: str | None) -> None:
    unknown = ServiceSettings("key", address, "llava:13b")
    assert price_is_missing(unknown)
    assert price_is_missing(replace(unknown, price_input=1.0))
    assert not price_is_missing(replace(unknown, price_input=0.0, price_output=0.0))
    assert not price_is_missing(replace(unknown, model="openai/gpt-5.6-luna"))
    assert not price_is_missing(ServiceSettings(None, None, "llava:13b"))


def test_set_prices_win() -> None:
    settings = ServiceSettings("key", None, "gpt-5.6-luna", price_input=1.0, price_output=0.0)
    assert price_tokens(settings, 1_000_000, 1_000_000).usd == Decimal(1)


def test_what_is_reserved_is_above_what_a_draft_costs() -> None:
    settings = ServiceSettings("key", None, "gpt-5.6-luna")
    most, usual = (
        gpt_service.most_of_one(request_for(), settings),
        gpt_service.typical(request_for(), settings),
    )
    assert most.usd > usual.usd > 0
    assert most.output_tokens >= 4_000


def test_placeholder_is_free() -> None:
    nobody = ServiceSettings(None, None, "gpt-5.6-luna")
    assert gpt_service.most_of_one(request_for(), nobody).usd == 0
    assert gpt_service.typical(request_for(), nobody).usd == 0
