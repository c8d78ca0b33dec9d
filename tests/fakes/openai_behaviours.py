"""Ways a model service behaves, well and badly; each is made by a function and given to FakeOpenAI.script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from tests.fakes.openai_wire import USAGE, Reply, Seen, chunk

Behaviour = Callable[[Reply], None]


def ok(
    words: dict[str, Any] | Callable[[Seen], dict[str, Any]] | None = None,
    *,
    usage: Any = USAGE,
    pause: float = 0.0,
    step: int = 12,
) -> Behaviour:
    """Answer with words: given ones, made from the request, or fitting ones of our own.

    Streamed answers come `step` characters at a time with `pause` seconds between; whole ones take as long.
    """

    def behave(reply: Reply) -> None:
        chosen = words(reply.seen) if callable(words) else reply.seen.words() if words is None else words
        says(json.dumps(chosen, ensure_ascii=False), usage=usage, pause=pause, step=step)(reply)

    return behave


def says(text: str, *, usage: Any = USAGE, pause: float = 0.0, step: int = 12) -> Behaviour:
    """Answer with this very text, as a server that ignores the schema does."""
    pieces = [text[start : start + step] for start in range(0, len(text), step)]

    def behave(reply: Reply) -> None:
        if not reply.streamed:
            reply.wait(pause * len(pieces))
            reply.completion({"content": text}, usage=usage)
            return
        reply.begin()
        reply.event(chunk({"role": "assistant", "content": ""}))
        for piece in pieces:
            reply.wait(pause)
            reply.event(chunk({"content": piece}))
        reply.finish(usage=usage)

    return behave


class Halting:
    """Write words as far as `after`, and the rest once `go` is set; a client that hangs up is noticed."""

    def __init__(self, words: dict[str, Any], after: str) -> None:
        self.go = threading.Event()
        self._text = json.dumps(words, ensure_ascii=False)
        self._until = self._text.index(after) + len(after)

    def __call__(self, reply: Reply) -> None:
        """Answer in pieces."""
        reply.begin()
        for start, end in ((0, self._until), (self._until, len(self._text))):
            for at in range(start, end, 8):
                reply.event(chunk({"content": self._text[at : min(at + 8, end)]}))
            while not self.go.is_set():
                reply.wait(0.02)
        reply.finish(usage=USAGE)


def fenced(words: dict[str, Any] | None = None) -> Behaviour:
    """Answer with talk around a fenced block of JSON."""

    def behave(reply: Reply) -> None:
        block = json.dumps(reply.seen.words() if words is None else words, indent=2)
        says(f"Here are the words you asked for:\n\n```json\n{block}\n```\nLet me know if {{this}} helps!")(
            reply
        )

    return behave


def refusal(text: str = "I'm sorry, but I can't help with that.") -> Behaviour:
    """Decline in the way of structured outputs; it is billed all the same."""
    return lambda reply: reply.completion({"content": None, "refusal": text}, usage=USAGE)


def content_filter() -> Behaviour:
    """Stop in the middle because of a content filter."""
    return lambda reply: reply.completion({"content": '{"post_title": "A'}, "content_filter", USAGE)


def cut_short() -> Behaviour:
    """Stop in the middle because the room for the answer is used up."""
    return lambda reply: reply.completion({"content": '{"post_title": "The Qui'}, "length", USAGE)


def raw_message(message: dict[str, Any], usage: Any = USAGE) -> Behaviour:
    """Answer with any message, however odd."""
    return lambda reply: reply.completion(message, usage=usage)


def raw(body: bytes, kind: str = "application/json", status: int = 200) -> Behaviour:
    """Answer with any bytes: broken JSON, an HTML page, no choices."""
    return lambda reply: reply.send(status, body, kind)


def html(status: int = 200) -> Behaviour:
    """Answer with the page of a proxy or a captive portal."""
    return raw(b"<html><body><h1>Sign in to the network</h1></body></html>", "text/html", status)


def error(status: int, headers: dict[str, str] | None = None, **details: Any) -> Behaviour:
    """Answer with an error of the API; `details` are its type, code, param and message."""
    return lambda reply: reply.error(status, {"message": "It did not work.", **details}, headers)


def rate_limited(retry_after: str | None = "1") -> Behaviour:
    """Answer 429; `retry_after` is what the header says: seconds or a date."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return error(429, headers, type="requests", code="rate_limit_exceeded")


def no_quota() -> Behaviour:
    """Answer 429 because the account has no money."""
    return error(429, type="insufficient_quota", code="insufficient_quota")


def wrong_key() -> Behaviour:
    """Answer 401 and, as careless servers do, repeat the key."""

    def behave(reply: Reply) -> None:
        key = reply.seen.headers.get("authorization", "")
        reply.error(401, {"message": f"Incorrect API key provided: {key}", "code": "invalid_api_key"})

    return behave


def rejects(parameter: str) -> Behaviour:
    """Answer 400 as long as the request has this parameter, else behave well."""

    def behave(reply: Reply) -> None:
        if parameter in reply.seen.body:
            message = f"Unsupported parameter: '{parameter}' is not supported with this model."
            reply.error(400, {"message": message, "type": "invalid_request_error", "param": parameter})
        else:
            ok()(reply)

    return behave


def hang(seconds: float = 60.0) -> Behaviour:
    """Say nothing at all."""
    return lambda reply: reply.wait(seconds)


def drip(every: float = 0.05) -> Behaviour:
    """Send a byte now and then, and never come to an end; no silence is long enough for a read timeout."""

    def behave(reply: Reply) -> None:
        reply.begin("text/event-stream" if reply.streamed else "application/json")
        while True:
            reply.write(b": still here\n\n" if reply.streamed else b" ")
            reply.wait(every)

    return behave


def reset() -> Behaviour:
    """Cut the connection before any answer."""
    return lambda reply: reply.reset()


def breaks_off(text: str = '{"post_title": "The Qui', *, hard: bool = False) -> Behaviour:
    """Begin an answer and lose the connection in the middle; `hard` resets it."""

    def behave(reply: Reply) -> None:
        if reply.streamed:
            reply.begin()
            reply.event(chunk({"content": text}))
        else:
            reply.begin("application/json")
            reply.write(b'{"id": "chatcmpl-1", "choi')
        reply.wait(0.05)
        if hard:
            reply.reset()
        else:
            reply.hang_up()

    return behave


def silent_after(text: str = '{"post_title": "The Qui', seconds: float = 60.0) -> Behaviour:
    """Begin a stream and then say nothing more."""

    def behave(reply: Reply) -> None:
        reply.begin()
        reply.event(chunk({"content": text}))
        reply.wait(seconds)

    return behave
