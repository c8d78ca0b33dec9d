"""A client of the model service without a wire: quick enough for thousands of calls, and it knows what was billed.

It speaks to the program's own `AIConnection` as the SDK's HTTP client does, and tries again as the SDK does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx2
import openai

from artworks.ai.connections import AIConnection, ConnectionCancelledError

# What becomes of one request.
WAYS = (
    "ok", "untold", "nonsense", "partly told", "broken off", "error", "told error", "busy", "rejected", "declined",
    "timeout", "reset", "half sent", "never left", "hanging", "lacking",
)  # fmt: skip
AGAIN = ("error", "told error", "busy", "timeout", "reset", "half sent", "never left")
WORDS = json.dumps({"post_title": "The Quiet Hour", "alt_text": "Hills at dusk."})


def breaking_off(*pieces: dict[str, Any]) -> Iterator[bytes]:
    """Yield an answer in pieces that breaks off."""
    for piece in pieces:
        yield f"data: {json.dumps(piece)}\n\n".encode()
    raise httpx2.RemoteProtocolError("gone")


class FakeClient:
    """Answers requests as told by `way`, which gives one of WAYS; `tokens` gives what the service counts (in, out).

    `counted` is what it has counted so far, whether or not it told.
    """

    def __init__(
        self, connection: AIConnection, way: Callable[[], str], tokens: Callable[[], tuple[int, int]]
    ) -> None:
        self.max_retries = 0
        self.counted: list[tuple[int, int]] = []
        self.hanging = False
        self._connection, self._way, self._tokens = connection, way, tokens

    def close(self) -> None:
        """Have nothing to close."""

    def post(self, _path: str, **_sent: Any) -> httpx2.Response:
        """Answer a call."""
        for left in range(self.max_retries, -1, -1):
            way = self._way()
            try:
                answer = getattr(self, "_" + way.replace(" ", "_"))()
                return answer if isinstance(answer, httpx2.Response) else httpx2.Response(200, json=answer)
            except openai.APIError:
                if not left or way not in AGAIN:
                    raise
        raise AssertionError

    def _leave(self, *, whole: bool = True, counted: bool = True) -> tuple[int, int]:
        """Send a request, as far as it gets; returns what the service counts for it."""
        request = SimpleNamespace(extensions={}, method=b"POST")
        self._connection._on_request(request)  # type: ignore[arg-type]
        self._connection._trace("http11.send_request_body.started", {"request": request})
        if not whole:
            self._connection._trace("http11.send_request_body.failed", {})
            return 0, 0
        told = self._tokens()
        if counted:
            self.counted.append(told)
        return told

    def _answered(self, status: int, **body: Any) -> httpx2.Response:
        response = httpx2.Response(status, json=body)
        self._connection._on_response(response)
        return response

    def _words(self, text: str, told: tuple[int, int] | None) -> dict[str, Any]:
        choices = [{"message": {"content": text}, "finish_reason": "stop"}]
        return {"choices": choices, "usage": told and usage_of(told)}

    def _ok(self, text: str = WORDS) -> object:
        told = self._leave()
        self._answered(200)
        return self._words(text, told)

    def _nonsense(self) -> object:
        return self._ok("no")

    def _lacking(self) -> object:
        return self._ok('{"post_title": "The Quiet Hour"}')

    def _untold(self) -> object:
        self._leave()
        self._answered(200)
        return self._words(WORDS, None)

    def _partly_told(self) -> object:
        told = self._leave()
        self._answered(200)
        return {**self._words(WORDS, None), "usage": {"prompt_tokens": told[0]}}

    def _broken_off(self) -> object:
        told = self._leave()
        self._answered(200)
        so_far = usage_of((told[0], told[1] // 2))
        piece = {"choices": [{"delta": {"content": '{"post'}}], "usage": so_far}
        kind = {"content-type": "text/event-stream"}
        request = httpx2.Request("POST", "http://service.example")
        return httpx2.Response(200, headers=kind, content=breaking_off(piece), request=request)

    def _declined(self) -> object:
        self._leave(counted=False)
        self._answered(200)
        return {"error": {"code": 429, "message": "busy"}}

    def _error(self) -> object:
        self._leave()
        raise openai.InternalServerError("no", response=self._failed(502), body=None)

    def _told_error(self) -> object:
        told = self._leave()
        raise openai.InternalServerError("no", response=self._failed(500, usage=usage_of(told)), body=None)

    def _busy(self) -> object:
        self._leave(counted=False)
        raise openai.RateLimitError("no", response=self._failed(429), body={"code": "rate_limit_exceeded"})

    def _rejected(self) -> object:
        self._leave(counted=False)
        raise openai.BadRequestError("no", response=self._failed(400), body={})

    def _failed(self, status: int, **more: Any) -> httpx2.Response:
        response = self._answered(status, error={"message": "no"}, **more)
        response.request = httpx2.Request("POST", "http://service.example")
        return response

    def _timeout(self) -> object:
        self._leave()
        raise openai.APITimeoutError(request=None)  # type: ignore[arg-type]

    def _reset(self) -> object:
        self._leave()
        raise openai.APIConnectionError(request=None)  # type: ignore[arg-type]

    def _half_sent(self) -> object:
        self._leave(whole=False)
        raise openai.APIConnectionError(request=None)  # type: ignore[arg-type]

    def _never_left(self) -> object:
        self._connection._on_request(SimpleNamespace(extensions={}))  # type: ignore[arg-type]
        raise openai.APIConnectionError(request=None)  # type: ignore[arg-type]

    def _hanging(self) -> object:
        self._leave()
        self.hanging = True
        while not self._connection.cancelled:
            time.sleep(0.0002)
        raise ConnectionCancelledError


def usage_of(told: tuple[int, int]) -> dict[str, int]:
    """Shape what was counted as the API does."""
    return {"prompt_tokens": told[0], "completion_tokens": told[1]}
