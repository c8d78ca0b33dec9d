"""Which models a server offers, and which of them see pictures."""

from __future__ import annotations

import json
import re
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from artworks.ai import connections
from artworks.ai.response import get_member
from artworks.ai.servers.failures import error_of
from artworks.ai.transport import acquire, error_of_exception, password_in, refusal_in
from artworks.ai.types import ServiceSettings
from artworks.core.errors import AITimeout, AIUnavailable, AppError

# Seconds for the list, and its longest text: OpenRouter's has some 700 kB.
TIMEOUT = 10.0
MOST_BYTES = 8_000_000
TOO_SLOW = "The server took too long to list its models. Type the name of the model."
MOST_MODELS = 2_000
# How servers that say nothing else call their models that see, and models that write no texts.
SEEING = re.compile(
    r"gpt-4o|gpt-4\.1|gpt-[5-9]|\bo[34]\b|claude|gemini|vision|llava|pixtral|moondream|minicpm-v|internvl|smolvlm|molmo"
    r"|gemma-?3|llama-?4|mistral-(small|medium|large)|(?<![a-z])(vl|vlm)(?![a-z])",
    re.IGNORECASE,
)
NOT_WRITING = re.compile(
    r"embed|whisper|tts|dall-e|moderation|rerank|transcri|realtime|audio|gpt-image|sora|speech", re.IGNORECASE
)


@dataclass(frozen=True)
class OfferedModel:
    """A model of a server; `sees` is whether it sees pictures, by what the server says, else by its name."""

    name: str
    sees: bool


def offered_models(settings: ServiceSettings) -> list[OfferedModel]:
    """Return the models that the server of some settings offers: those that see pictures first, each part by name.

    Takes some seconds at most. Raises AINotConfigured, AIUnavailable, AITimeout and RateLimited like a draft.
    """
    import httpx2

    asked = replace(settings, timeout=TIMEOUT)
    connection, client = acquire(asked)
    connection.start_call(time.monotonic() + TIMEOUT)
    client.max_retries = 0
    # The client's own timeout is for silence: whoever sends a byte of a header now and then never meets it.
    end = threading.Timer(TIMEOUT, connection.cancel)
    end.daemon = True
    end.start()
    try:
        with closing(client.get("/models", cast_to=httpx2.Response, stream=True)) as response:
            body = _read(response)
        if connection.cancelled:
            raise AITimeout(TOO_SLOW)
    except AppError:
        client.close()
        raise
    except Exception as error:
        client.close()
        if connection.cancelled:
            raise AITimeout(TOO_SLOW) from error
        failure = refusal_in(error, redirected=connection.is_redirected)
        if failure is None:
            raise error_of_exception(error) from error
        raise error_of(failure, (settings.api_key, password_in(settings.base_url))) from error
    finally:
        end.cancel()
    connections.release(asked, connection, client)
    return _sorted(_models_of(body))


def _read(response: Any) -> bytes:
    found = bytearray()
    for piece in response.iter_bytes():
        found += piece
        if len(found) > MOST_BYTES:
            raise AIUnavailable("The list of models is too long. Type the name of the model.")
    return bytes(found)


def _models_of(body: bytes) -> list[OfferedModel]:
    """Return the models in an answer: of `data`, as OpenAI has it, or of `models`, or of a bare list."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise AIUnavailable("What answers there has no list of models. Type the name of the model.") from None
    entries = said if isinstance(said, list) else get_member(said, "data") or get_member(said, "models")
    found: dict[str, OfferedModel] = {}
    for entry in entries if isinstance(entries, list) else []:
        names = (
            [entry]
            if isinstance(entry, str)
            else [get_member(entry, name) for name in ("id", "name", "model")]
        )
        name = next((name for name in names if isinstance(name, str) and name.strip()), "")
        # Gemini's begin with it, and are asked for without.
        name = name.strip().removeprefix("models/")
        if name and len(name) <= 200 and name.isprintable():
            found.setdefault(name, OfferedModel(name, _sees(entry, name)))
    return list(found.values())[:MOST_MODELS]


def _sees(entry: object, name: str) -> bool:
    """Return whether a model sees pictures: by what OpenRouter, Mistral, LM Studio and llama.cpp say, or its name."""
    kinds = get_member(get_member(entry, "architecture"), "input_modalities")
    if isinstance(kinds, list):
        return "image" in kinds
    capabilities = get_member(entry, "capabilities")
    if isinstance(capabilities, dict) and isinstance(capabilities.get("vision"), bool):
        return bool(capabilities["vision"])
    if isinstance(capabilities, list) and {"vision", "multimodal"} & {str(one) for one in capabilities}:
        return True
    if get_member(entry, "type") in ("vlm", "llm", "embeddings"):
        return bool(get_member(entry, "type") == "vlm")
    return SEEING.search(name) is not None and NOT_WRITING.search(name) is None


def _sorted(models: list[OfferedModel]) -> list[OfferedModel]:
    return sorted(models, key=lambda model: (not model.sees, model.name.lower()))
