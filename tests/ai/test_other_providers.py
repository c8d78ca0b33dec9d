"""Providers that have no row in the matrix of servers: what they say of a failure is read all the same."""

from __future__ import annotations

from typing import Any

import pytest

from artworks.ai.servers.failures import read_failure
from artworks.ai.servers.quirks import Kind

OTHERS: dict[str, tuple[int, Any, Kind]] = {
    "xAI, empty": (
        429,
        {
            "code": "Some resource has been exhausted",
            "error": "Your team a1 has either used all available credits or reached its monthly spending limit. "
            "To continue making API requests, please purchase more credits or raise your spending limit.",
        },
        Kind.MONEY,
    ),
    "Zhipu, empty": (429, {"error": {"code": "1113", "message": "余额不足"}}, Kind.MONEY),
    "Zhipu, content": (400, {"error": {"code": "1301", "message": "敏感内容"}}, Kind.REFUSED),
    "SiliconFlow, empty": (403, {"code": 30001, "message": "Sorry, your account balance is insufficient"}, Kind.MONEY),
    "SiliconFlow, no images": (
        400,
        {"code": 20041, "message": "The model is not a VLM (Vision Language Model). Please use text-only prompts."},
        Kind.EYES,
    ),
    "Together, empty": (402, {"error": {"message": "Credit limit exceeded", "type": "credit_limit"}}, Kind.MONEY),
    "GitHub, no such model": (400, {"error": {"code": "unavailable_model", "message": "Unavailable"}}, Kind.MODEL),
    "Cloudflare, day": (
        400,
        {"errors": [{"message": "AiError: AiError: You have used up your daily free allocation of 10,000 neurons"}]},
        Kind.DAY,
    ),
    "Cloudflare, slow": (524, "error code: 524", Kind.TIMEOUT),
    "Docker, no such model": (404, "model not found\n", Kind.MODEL),
    "cancelled": (499, {"error": {"code": 499, "status": "CANCELLED"}}, Kind.TIMEOUT),
}  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind"), OTHERS.values(), ids=OTHERS)
def test_what_other_providers_say_is_read(status: int, body: Any, kind: Kind) -> None:
    assert read_failure(status, body).kind is kind
