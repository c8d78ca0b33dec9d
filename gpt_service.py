"""The only way to the AI service (OpenAI, or a server that speaks its Chat Completions API); its code: artworks/ai/."""

from __future__ import annotations

from artworks.ai.client import draft, load, rate_limits_of, usage_of, warm_up
from artworks.ai.connections import close_idle, host_of
from artworks.ai.model_list import OfferedModel, offered_models
from artworks.ai.placeholder import placeholder
from artworks.ai.pricing import has_flex, most_of_one, price, price_is_missing, price_of, typical
from artworks.ai.private_addresses import is_forbidden
from artworks.ai.servers.quirks import known_servers
from artworks.ai.types import (
    FIELDS,
    Draft,
    DraftCancelled,
    DraftRequest,
    FieldValue,
    RateLimitInfo,
    ServiceSettings,
    TokenUsage,
)

__all__ = [
    "FIELDS",
    "Draft",
    "DraftCancelled",
    "DraftRequest",
    "FieldValue",
    "OfferedModel",
    "RateLimitInfo",
    "ServiceSettings",
    "TokenUsage",
    "close_idle",
    "draft",
    "has_flex",
    "host_of",
    "is_forbidden",
    "known_servers",
    "load",
    "most_of_one",
    "offered_models",
    "placeholder",
    "price",
    "price_is_missing",
    "price_of",
    "rate_limits_of",
    "typical",
    "usage_of",
    "warm_up",
]
