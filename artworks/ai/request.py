"""The request to the service, and what its errors mean: plain values in, plain values out."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Set
from typing import TYPE_CHECKING, Any

from artworks.ai.answers import answer_schema, describe_layout
from artworks.ai.connections import seconds_to_report
from artworks.ai.pricing import MAX_OUTPUT_TOKENS
from artworks.ai.reading.plain_text import join_surrogates
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
ONLY_THOUGHT = (
    "The model thought until its room was used up and wrote nothing. "
    "Turn its thinking down or off, or use another model."
)
AGAIN = "Your last answer could not be read. Answer with the JSON object alone."
INCOMPLETE = (
    "Your last answer lacked {fields}. Answer now with a JSON object that has {fields} and nothing else."
)
_REASONING = re.compile(r"(?:^|/)(?:gpt-(?:[5-9]|\d\d)|o\d)(?!.*chat)", re.IGNORECASE)
_NO_MONEY = ("insufficient_quota", "billing", "credit", "payment", "access_terminated")
# Parameters that a server may not know, and the words by which its error names them.
DROPPABLE = {
    "reasoning_effort": ("reasoning_effort", "reasoning effort", "reasoning.effort"),
    "response_format": ("response_format", "json_schema", "structured output"),
    "max_completion_tokens": ("max_completion_tokens",),
    "max_tokens": ("max_tokens",),
    "stream_options": ("stream_options", "include_usage"),
    "service_tier": ("service_tier", "service tier"),
}


def request_parameters(
    request: DraftRequest, settings: ServiceSettings, stream: bool, again: str, unknown: Set[str]
) -> dict[str, Any]:
    """Return the parameters of one call: one picture, one strict schema; without the `unknown` parameters.

    An answer whose length cannot be limited is streamed, so that it can be cut off. `again` is what to say of an
    earlier answer, or "".
    """
    content: list[dict[str, Any]] = [
        {"type": "text", "text": join_surrogates(request.prompt) or "Write the fields."}
    ]
    if request.image_jpeg:
        data = base64.b64encode(request.image_jpeg).decode()
        content.append({"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}})
    if again:
        content.append({"type": "text", "text": again})
    wanted: dict[str, Any] = {
        "model": settings.model,
        "messages": [
            {
                "role": "system",
                "content": f"{join_surrogates(request.system)}\n\n{describe_layout(request.fields)}".strip(),
            },
            {"role": "user", "content": content},
        ],
        "max_completion_tokens": MAX_OUTPUT_TOKENS,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "artwork_words", "strict": True, "schema": answer_schema(request.fields)},
        },
    }
    if _REASONING.search(settings.model):
        wanted["reasoning_effort"] = "low"
    if settings.tier != "standard":
        wanted["service_tier"] = settings.tier
    if stream or cannot_limit_output(unknown):
        wanted |= {"stream": True, "stream_options": {"include_usage": True}}
    if "max_completion_tokens" in unknown:
        wanted["max_tokens"] = MAX_OUTPUT_TOKENS
    return {name: value for name, value in wanted.items() if name not in unknown}


def cannot_limit_output(unknown: Set[str]) -> bool:
    """Return whether a server knows no parameter that limits the length of an answer."""
    return unknown >= {"max_completion_tokens", "max_tokens"}


def unsupported_parameter(status: int, body: object, sent: dict[str, Any]) -> str | None:
    """Return the sent parameter that a 400 or 422 complains about, if the call can do without it."""
    if status not in (400, 422):
        return None
    words = json.dumps(body, default=str).lower()
    candidates = (name for name in DROPPABLE if name in sent)
    return next((name for name in candidates if any(word in words for word in DROPPABLE[name])), None)


def is_permanent(response: Response) -> bool:
    """Return whether a failed request would fail again: wrong key, no money, wrong request."""
    if response.status_code != 429:
        return response.status_code < 500 and response.status_code not in (408, 409)
    response.read()
    return _says_no_credit(response.text)


def _says_no_credit(text: str) -> bool:
    return any(word in text.lower() for word in _NO_MONEY)


def status_in(error: object) -> int:
    """Return the status that an error inside an answer names, or 0."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 0


def error_of_response(status: int, body: object, headers: Headers | None = None) -> AppError:
    """Return the application's error for a failed request; nothing of the upstream answer is repeated.

    `status` is 0 for an error that came inside an answer. `body` is the parsed error, or any text.
    """
    kind = str(body).lower()
    if status == 402 or (status in (0, 429) and _says_no_credit(kind)):
        return AINotConfigured("The AI account has no credit left. Whoever runs this program must top it up.")
    if status == 401 or (status != 429 and "invalid_api_key" in kind):
        return AINotConfigured("The AI service does not accept the key. Check OPENAI_API_KEY.")
    if status == 403:
        return AINotConfigured("The AI service does not let this key use the model. Check the account.")
    if status == 404:
        return AINotConfigured("The AI service knows no such model or address. Check OPENAI_MODEL.")
    if status == 429 or (status == 0 and "rate_limit" in kind):
        wait = seconds_to_report(headers)
        return RateLimited(f"The AI service is busy. Try again in {wait:.0f} seconds.", retry_after=wait)
    if any(word in kind for word in ("content_policy", "content_filter", "moderation_blocked")):
        return AIRefused(REFUSED)
    if status in (408, 504):
        return AITimeout("The AI service took too long. Try again.")
    if 400 <= status < 500:
        return AIRejected("The AI service does not accept the request. Perhaps the model sees no images.")
    return AIUnavailable("The AI service has a problem. Try again in a moment.")
