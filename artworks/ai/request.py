"""The request to the service, and what its failures mean: plain values in, plain values out."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Set
from typing import TYPE_CHECKING, Any

from artworks.ai.answers import joined, layout, schema
from artworks.ai.connections import told_wait
from artworks.ai.pricing import MAX_OUTPUT_TOKENS
from artworks.ai.types import DraftRequest, ServiceSettings
from artworks.core.errors import (
    AINotConfigured,
    AIRefused,
    AIRejected,
    AITimeout,
    AIUnavailable,
    AppError,
    RateLimited,
)

if TYPE_CHECKING:
    from httpx2 import Headers, Response

REFUSED = "The AI service declined to write about this picture."
CUT_SHORT = "The AI service's answer was cut short. Try again, or with fewer fields."
AGAIN = "Your last answer could not be read. Answer with the JSON object alone."
_REASONING = re.compile(r"(?:^|/)(?:gpt-(?:[5-9]|\d\d)|o\d)(?!.*chat)", re.IGNORECASE)
_NO_MONEY = ("insufficient_quota", "billing", "credit", "payment", "access_terminated")
# Parameters that a server may not know, and the words by which its complaint is told.
DROPPABLE = {
    "reasoning_effort": ("reasoning_effort", "reasoning effort", "reasoning.effort"),
    "response_format": ("response_format", "json_schema", "structured output"),
    "max_completion_tokens": ("max_completion_tokens",),
    "max_tokens": ("max_tokens",),
    "stream_options": ("stream_options", "include_usage"),
    "service_tier": ("service_tier", "service tier"),
}


def parameters(
    request: DraftRequest, settings: ServiceSettings, stream: bool, again: bool, unknown: Set[str]
) -> dict[str, Any]:
    """Build the request: one call, one picture, one strict schema; without the `unknown` parameters.

    What cannot be given a room for its answer is streamed, so that it can be cut off.
    """
    content: list[dict[str, Any]] = [{"type": "text", "text": joined(request.prompt) or "Write the fields."}]
    if request.image_jpeg:
        data = base64.b64encode(request.image_jpeg).decode()
        content.append({"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}})
    if again:
        content.append({"type": "text", "text": AGAIN})
    wanted: dict[str, Any] = {
        "model": settings.model,
        "messages": [
            {"role": "system", "content": f"{joined(request.system)}\n\n{layout(request.fields)}".strip()},
            {"role": "user", "content": content},
        ],
        "max_completion_tokens": MAX_OUTPUT_TOKENS,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "artwork_words", "strict": True, "schema": schema(request.fields)},
        },
    }
    if _REASONING.search(settings.model):
        wanted["reasoning_effort"] = "low"
    if settings.tier != "standard":
        wanted["service_tier"] = settings.tier
    if stream or unlimited(unknown):
        wanted |= {"stream": True, "stream_options": {"include_usage": True}}
    if "max_completion_tokens" in unknown:
        wanted["max_tokens"] = MAX_OUTPUT_TOKENS
    return {name: value for name, value in wanted.items() if name not in unknown}


def unlimited(unknown: Set[str]) -> bool:
    """Return whether a server knows none of the names for the room that an answer has."""
    return unknown >= {"max_completion_tokens", "max_tokens"}


def complaint(status: int, body: object, sent: dict[str, Any]) -> str | None:
    """Name the sent parameter that a 400 or 422 complains about, if it is one that we can do without."""
    if status not in (400, 422):
        return None
    words = json.dumps(body, default=str).lower()
    candidates = (name for name in DROPPABLE if name in sent)
    return next((name for name in candidates if any(word in words for word in DROPPABLE[name])), None)


def hopeless(response: Response) -> bool:
    """Return whether a failed request would fail again: wrong key, no money, wrong request."""
    if response.status_code != 429:
        return response.status_code < 500 and response.status_code not in (408, 409)
    response.read()
    return _no_money(response.text)


def _no_money(text: str) -> bool:
    return any(word in text.lower() for word in _NO_MONEY)


def code_of(error: object) -> int:
    """Return the status that an error inside an answer names, or 0."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 0


def failure(status: int, body: object, headers: Headers | None = None) -> AppError:
    """Say a failure in plain words; nothing of the upstream answer is repeated.

    `status` is 0 for an error that came inside an answer. `body` is the parsed error, or any text.
    """
    kind = str(body).lower()
    if status == 402 or (status in (0, 429) and _no_money(kind)):
        return AINotConfigured("The AI account has no credit left. Whoever runs this program must top it up.")
    if status == 401 or (status != 429 and "invalid_api_key" in kind):
        return AINotConfigured("The AI service does not accept the key. Check OPENAI_API_KEY.")
    if status == 403:
        return AINotConfigured("The AI service does not let this key use the model. Check the account.")
    if status == 404:
        return AINotConfigured("The AI service knows no such model or address. Check OPENAI_MODEL.")
    if status == 429 or (status == 0 and "rate_limit" in kind):
        wait = told_wait(headers)
        return RateLimited(f"The AI service is busy. Try again in {wait:.0f} seconds.", retry_after=wait)
    if any(word in kind for word in ("content_policy", "content_filter", "moderation_blocked")):
        return AIRefused(REFUSED)
    if status in (408, 504):
        return AITimeout("The AI service took too long. Try again.")
    if 400 <= status < 500:
        return AIRejected("The AI service does not accept the request. Perhaps the model sees no images.")
    return AIUnavailable("The AI service has a problem. Try again in a moment.")
