"""The only door to the AI service (OpenAI, or a server that speaks its Chat Completions API); see artworks/ai/."""

from __future__ import annotations

from artworks.ai.client import draft, load, told_by, usage_of, warm_up
from artworks.ai.connections import close_idle
from artworks.ai.placeholder import placeholder
from artworks.ai.pricing import estimate, has_flex, most_of_one, price, price_is_missing, price_of, typical
from artworks.ai.types import FIELDS, Draft, DraftCancelled, DraftRequest, ServiceSettings, Told, Usage, Words

__all__ = [
    "FIELDS",
    "Draft",
    "DraftCancelled",
    "DraftRequest",
    "ServiceSettings",
    "Told",
    "Usage",
    "Words",
    "close_idle",
    "draft",
    "estimate",
    "has_flex",
    "load",
    "most_of_one",
    "placeholder",
    "price",
    "price_is_missing",
    "price_of",
    "told_by",
    "typical",
    "usage_of",
    "warm_up",
]
