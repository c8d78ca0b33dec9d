"""What a draft costs: the table, settings over the table, and bounds before the call."""

from __future__ import annotations

from decimal import Decimal

import pytest

import gpt_service
from gpt_prices import price_of, usage
from gpt_service import ServiceSettings
from tests.gpt.conftest import request_for


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
    assert usage(settings, 1_000, 1_000).usd == 0


def test_set_prices_win() -> None:
    settings = ServiceSettings("key", None, "gpt-5.6-luna", price_input=1.0, price_output=0.0)
    assert usage(settings, 1_000_000, 1_000_000).usd == Decimal(1)


def test_estimate_is_above_what_a_draft_costs() -> None:
    settings = ServiceSettings("key", None, "gpt-5.6-luna")
    most, usual = gpt_service.estimate(request_for(), settings), gpt_service.typical(request_for(), settings)
    assert most.usd > usual.usd > 0
    assert most.output_tokens >= 4_000


def test_placeholder_is_free() -> None:
    nobody = ServiceSettings(None, None, "gpt-5.6-luna")
    assert gpt_service.estimate(request_for(), nobody).usd == 0
    assert gpt_service.typical(request_for(), nobody).usd == 0
