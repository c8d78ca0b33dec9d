"""Whether the price of words is known; without it no budget can be kept, so none are written."""

from __future__ import annotations

from artworks.core.errors import AINotConfigured
from artworks.core.limits import AILimits
from gpt_service import ServiceSettings, price_is_missing, price_of


def missing(service: ServiceSettings, budget_usd: float) -> str:
    """Return the sentence about a price that is missing; empty when it is known, or when there is no budget to keep."""
    if not budget_usd or not price_is_missing(service):
        return ""
    return (
        f"The price of {service.model} is not known, so the AI budget cannot be kept and no words are written. "
        "Say in the settings what it costs (AI_PRICE_INPUT_USD and AI_PRICE_OUTPUT_USD), or set the budget to 0 for no "
        "limit (AI_BUDGET_USD_PER_MONTH=0)."
    )


def is_free(service: ServiceSettings) -> bool:
    """Return whether words cost nothing because they come from this computer or a private network."""
    return service.source == "openai" and price_of(service) is None and not price_is_missing(service)


def require(service: ServiceSettings, limits: AILimits) -> None:
    """Raise AINotConfigured when a budget is to be kept and the price is not known."""
    if sentence := missing(service, limits.budget_usd):
        raise AINotConfigured(sentence)
