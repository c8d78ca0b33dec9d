"""The request to the service: plain values in, plain values out."""

from __future__ import annotations

import base64
import re
from collections.abc import Set
from typing import Any

from artworks.ai.answers import answer_schema, describe_layout, join_surrogates
from artworks.ai.pricing import MAX_OUTPUT_TOKENS
from artworks.ai.servers.adjustments import Adjustments
from artworks.ai.types import DraftRequest, ServiceSettings

AGAIN = "Your last answer could not be read. Answer with the JSON object alone."
_REASONING = re.compile(r"(?:^|/)(?:gpt-(?:[5-9]|\d\d)|o\d)(?!.*chat)", re.IGNORECASE)


def request_parameters(
    request: DraftRequest, settings: ServiceSettings, stream: bool, again: bool, adjusted: Adjustments
) -> dict[str, Any]:
    """Return the parameters of one call: one picture, one strict schema; `adjusted` to what the server can do.

    An answer whose length cannot be limited is streamed, so that it can be cut off.
    """
    room = room_for_answer(adjusted)
    wanted: dict[str, Any] = {
        "model": settings.model,
        "messages": _messages(request, again, adjusted.without_system),
        "max_completion_tokens": room,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "artwork_words", "strict": True, "schema": answer_schema(request.fields)},
        },
    }
    if _REASONING.search(settings.model):
        wanted["reasoning_effort"] = "low"
    if settings.tier != "standard":
        wanted["service_tier"] = settings.tier
    if stream or cannot_limit_output(adjusted.unknown):
        wanted |= {"stream": True, "stream_options": {"include_usage": True}}
    if "max_completion_tokens" in adjusted.unknown:
        wanted["max_tokens"] = room
    return {name: value for name, value in wanted.items() if name not in adjusted.unknown}


def _messages(request: DraftRequest, again: bool, without_system: bool) -> list[dict[str, Any]]:
    """Return the instructions and the picture; both in one message for a model that takes no system message."""
    system = f"{join_surrogates(request.system)}\n\n{describe_layout(request.fields)}".strip()
    prompt = join_surrogates(request.prompt) or "Write the fields."
    text = f"{system}\n\n{prompt}" if without_system else prompt
    content: list[dict[str, Any]] = [{"type": "text", "text": text}]
    if request.image_jpeg:
        data = base64.b64encode(request.image_jpeg).decode()
        content.append({"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}})
    if again:
        content.append({"type": "text", "text": AGAIN})
    user = {"role": "user", "content": content}
    return [user] if without_system else [{"role": "system", "content": system}, user]


def room_for_answer(adjusted: Adjustments) -> int:
    """Return the most tokens that an answer may take."""
    return min(adjusted.room or MAX_OUTPUT_TOKENS, MAX_OUTPUT_TOKENS)


def cannot_limit_output(unknown: Set[str]) -> bool:
    """Return whether a server knows no parameter that limits the length of an answer."""
    return unknown >= {"max_completion_tokens", "max_tokens"}
