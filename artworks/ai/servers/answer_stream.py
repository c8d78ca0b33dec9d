"""The pieces of an answer as they come over the wire, whole or streamed; what cannot be read is skipped."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from httpx2 import Response

_STREAM = "text/event-stream"
log = logging.getLogger(__name__)


class NotAnAnswerError(RuntimeError):
    """A page or a text for people came where an answer was asked for; the argument is what it says."""


def pieces_of(response: Response) -> Iterator[dict[str, Any]]:
    """Yield the completion or the chunks of an answer as parsed JSON, errors under "error" whatever their shape.

    Comments, empty events and broken chunks are skipped and counted in the log. Raises NotAnAnswerError for a page,
    and what the HTTP client does when the connection ends early.
    """
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html":
        raise NotAnAnswerError(response.read().decode("utf-8", "replace"))
    skipped = 0
    for text in _events(response) if kind == _STREAM else _whole(response, kind):
        if text.startswith("[DONE]"):
            break
        found = _parse_event(text)
        skipped += not found
        for value in found:
            yield _with_error(value)
    if skipped:
        log.warning("Skipped %d pieces of the AI service's answer that could not be read", skipped)


def _whole(response: Response, kind: str) -> Iterator[str]:
    """Yield an answer that is not streamed; a stream under another name is taken apart all the same."""
    # Some gateways begin with a byte order mark.
    text = response.read().decode("utf-8-sig", "replace")
    if text.lstrip().startswith(("data:", ":", "event:")):
        response.headers["content-type"] = _STREAM
        yield from _events(response)
    elif kind.startswith("text/") and text.strip() and not _objects_in(text):
        raise NotAnAnswerError(text)
    elif text.strip():
        yield text


def _events(response: Response) -> Iterator[str]:
    """Yield the data of each server-sent event that has some."""
    import httpx2

    for event in httpx2.EventSource(response):
        if event.data.strip():
            yield event.data


def _parse_event(data: str) -> list[dict[str, Any]]:
    """Return the objects in the data of an event: of the whole of it, else of each of its lines."""
    for texts in ([data], data.splitlines()):
        found = [value for text in texts for value in _objects_in(text)]
        if found:
            return found
    return []


def _objects_in(text: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _with_error(piece: dict[str, Any]) -> dict[str, Any]:
    """Return a piece with its error, if it is or has one, where the API has it."""
    if piece.get("error"):
        return piece
    choices = piece.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        error = choices[0].get("error")
        return {**piece, "error": error} if error else piece
    looks_like_one = "message" in piece and {"code", "type", "status"} & piece.keys()
    if piece.get("object") == "error" or (not choices and (looks_like_one or "detail" in piece)):
        return {**piece, "error": piece}
    return piece
