"""The pieces of an answer as they come over the wire, whole or streamed; what cannot be read is skipped."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from httpx2 import Response

_STREAM = "text/event-stream"
# What servers say beside a message when nothing went wrong.
_GOOD = (
    "",
    "0",
    "200",
    "ok",
    "okay",
    "success",
    "succeeded",
    "running",
    "healthy",
    "up",
    "true",
    "none",
    "false",
)
# Members that are there, and not 0, when the call failed.
_CODES_OF_ERRORS = (
    "error_code",
    "error_msg",
    "errcode",
    "errmsg",
    "errorCode",
    "errorMessage",
    "error_message",
)
log = logging.getLogger(__name__)


class NotAnAnswerError(RuntimeError):
    """Something else came where an answer was asked for, such as a page; the argument is what it says."""


def pieces_of(response: Response) -> Iterator[dict[str, Any]]:
    """Yield the completion or the chunks of an answer as parsed JSON, errors under "error" whatever their shape.

    Comments, empty events and broken chunks are skipped and counted in the log. Raises NotAnAnswerError for a page or
    anything else that no model server answers, and what the HTTP client does when the connection ends early.
    """
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html":
        raise NotAnAnswerError(response.read().decode("utf-8", "replace"))
    skipped, is_answer = 0, False
    for text in _events(response) if kind == _STREAM else _whole(response, kind):
        if text.startswith("[DONE]"):
            break
        found = _parse_event(text)
        skipped += not found
        for value in found:
            piece = _with_error(value)
            is_answer |= "choices" in piece or bool(piece.get("error")) or _is_completion(piece)
            yield piece
    if not is_answer and response.headers.get("content-type") != _STREAM and kind != _STREAM:
        _check_broken_off(response.read().decode("utf-8-sig", "replace"))
    if skipped:
        log.warning("Skipped %d pieces of the AI service's answer that could not be read", skipped)


def _whole(response: Response, kind: str) -> Iterator[str]:
    """Yield an answer that is not streamed; a stream under another name is taken apart all the same."""
    # Some gateways begin with a byte order mark.
    text = response.read().decode("utf-8-sig", "replace")
    if text.lstrip().startswith(("data:", ":", "event:")):
        response.headers["content-type"] = _STREAM
        yield from _events(response)
    elif text.strip():
        yield text


def _is_completion(piece: dict[str, Any]) -> bool:
    """Return whether a piece is an answer by its name: Gemini leaves the choices out of one that it blocked."""
    return str(piece.get("object")).startswith("chat.completion")


def _check_broken_off(text: str) -> None:
    """Raise NotAnAnswerError for a whole text without an answer; one that is empty or broken off may come to more."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        if not text.strip() or text.lstrip().startswith(("{", "[")):
            return
    raise NotAnAnswerError(text)


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
    return {**piece, "error": piece} if piece.get("object") == "error" or _is_error(piece, choices) else piece


def _is_error(piece: dict[str, Any], choices: object) -> bool:
    """Return whether a piece without choices tells a failure, as one of the many ways to do so has it."""
    if choices:
        return False
    base = piece.get("base_resp")
    return (
        "detail" in piece
        or "promptFeedback" in piece
        or piece.get("success") is False
        or (isinstance(base, dict) and not _is_good(base.get("status_code")))
        or any(not _is_good(piece.get(name)) for name in _CODES_OF_ERRORS)
        or (
            bool({"message", "msg"} & piece.keys())
            and any(not _is_good(piece[name]) for name in ("code", "type", "status") if name in piece)
        )
    )


def _is_good(value: object) -> bool:
    return value is None or str(value).strip().casefold() in _GOOD
