"""Connections to the AI service: each can be cut at any moment, and idle ones are kept for the next call."""

from __future__ import annotations

import contextlib
import json
import math
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from artworks.ai.response import counted, part
from artworks.ai.types import ServiceSettings, Told
from artworks.core.errors import AINotConfigured

if TYPE_CHECKING:
    from httpx2 import Headers, Request, Response

# A service that asks for a longer pause than this is not waited for in a call: the person, and everyone who
# shares the key, is told when to come back instead.
LONGEST_WAIT = 5.0
# Bounds of what is told to the person, in seconds, whatever the service says.
RETRY_LEAST, RETRY_MOST, RETRY_UNKNOWN = 1.0, 3_600.0, 10.0
OPENAI_URL = "https://api.openai.com/v1"
IDLE_MOST = 64
_Key = tuple[str, str, float]
# A line, and the client of the SDK that speaks over it; only gpt_service.py knows what that is.
_idle: dict[_Key, list[tuple[Line, Any]]] = {}
# Parameters that a server has refused, by (address, model), for the life of the process.
_unknown: dict[tuple[str | None, str], set[str]] = {}
_lock = threading.Lock()


class DroppedError(RuntimeError):
    """The line was cut; nothing may be sent over it any more."""


class Line:
    """Watch one HTTP client that serves one call at a time.

    A blocking read cannot be interrupted from outside by closing a client, so the sockets are noted as they
    are opened, and `drop` shuts them down: the read returns at once and the service sees the connection end.
    """

    def __init__(self, hopeless: Callable[[Response], bool]) -> None:
        self._hopeless = hopeless
        self._lock = threading.Lock()
        self._stream: Any = None
        self.dropped = False
        self.begin(math.inf)

    def begin(self, deadline: float) -> None:
        """Start a call that ends at `deadline` (on the monotonic clock) at the latest.

        `answered` turns true when the service begins an answer that is no error; `told` is what its last answer said
        of its limits. `unknown` counts the requests that reached the service and ended in no answer, or in one that
        does not say what it took; `failures` holds what errors told of it.
        """
        self.deadline = deadline
        self.answered = False
        self.told = Told()
        self.unknown = 0
        self.failures: list[tuple[int | None, int | None]] = []
        self._open = False

    @property
    def open(self) -> int:
        """Count the requests of which nobody knows what they took, one that is under way included."""
        return self.unknown + self._open

    def hooks(self) -> dict[str, list[Callable[..., Any]]]:
        """Return the event hooks that the HTTP client is made with."""
        return {"request": [self._before], "response": [self._after]}

    def drop(self) -> None:
        """Cut the connection, and refuse every later request, retries of the SDK included."""
        with self._lock:
            self.dropped = True
            self._shut()

    def _before(self, request: Request) -> None:
        if self.dropped:
            raise DroppedError
        # The one before it, if it reached the service, was never answered.
        self.unknown, self._open, self.answered = self.open, False, False
        request.extensions["trace"] = self._trace

    def _after(self, response: Response) -> None:
        self.told = told_limits(response.headers)
        if response.status_code < 300:
            self.answered = self._open = True
            return
        self._open = False
        if response.status_code < 400:
            # Elsewhere: whoever sends on has written nothing.
            return
        self._note_failure(response)
        wait = retry_after(response.headers)
        left = self.deadline - time.monotonic()
        if self._hopeless(response) or (wait is not None and wait > min(left, LONGEST_WAIT)):
            # The SDK obeys this header before its own rules.
            response.headers["x-should-retry"] = "false"

    def _note_failure(self, response: Response) -> None:
        """Note what an error says that it took; without that, one of the service's own (5xx) may have taken all."""
        told = _usage_in(response)
        if told != (None, None):
            self.failures.append(told)
        elif response.status_code >= 500:
            self.unknown += 1

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._lock:
                self._stream = info["return_value"]
                if self.dropped:
                    self._shut()
        elif event.endswith(".send_request_body.started") and info["request"].method != b"CONNECT":
            # From here on it may arrive. Under the lock: after a drop nothing leaves that is not counted.
            with self._lock:
                if self.dropped:
                    raise DroppedError
                self._open = True
        elif event.endswith(".send_request_body.failed"):
            # No service can read half a request.
            self._open = False

    def _shut(self) -> None:
        sock = self._stream.get_extra_info("socket") if self._stream is not None else None
        if isinstance(sock, socket.socket):
            # The plain shutdown also for TLS: SSLSocket.shutdown would take the TLS state away from the
            # thread that is reading. An error says that the other side was faster.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _usage_in(response: Response) -> tuple[int | None, int | None]:
    """Read what an error tells of the tokens that it took; (None, None) when it does not."""
    if "json" not in response.headers.get("content-type", ""):
        return None, None
    try:
        return counted(part(json.loads(response.read()), "usage"))
    except ValueError:
        return None, None


def retry_after(headers: Headers) -> float | None:
    """Read Retry-After as seconds from now, from a number or a date; None when it says nothing usable."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            seconds = float(value) * unit
        except ValueError:
            continue
        return seconds if seconds >= 0 else None
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    except (KeyError, TypeError, ValueError, OverflowError, IndexError):
        return None


def told_wait(headers: Headers | None) -> float:
    """Return the pause to tell the person, in whole reasonable seconds."""
    wait = None if headers is None else retry_after(headers)
    if wait is None or math.isnan(wait):
        return RETRY_UNKNOWN
    return math.ceil(min(max(wait, RETRY_LEAST), RETRY_MOST))


def told_limits(headers: Headers) -> Told:
    """Read the x-ratelimit-* headers, which OpenAI and many gateways send with every answer.

    The limits are per minute. When nothing is left, the next call waits for what one call takes to grow again; the
    reset header is no help, for some count it to the next call and others to the full minute.
    """
    requests, tokens = (_positive(headers, f"x-ratelimit-limit-{kind}") for kind in ("requests", "tokens"))
    nothing_left = headers.get("x-ratelimit-remaining-requests", "").strip() == "0"
    return Told(requests, tokens, 60 / requests if requests and nothing_left else 0.0)


def _positive(headers: Headers, name: str) -> float | None:
    try:
        value = float(headers.get(name, ""))
    except ValueError:
        return None
    return value if 1 <= value < 1e12 else None


def take(settings: ServiceSettings) -> tuple[Line, Any] | None:
    """Take a kept connection if there is one; no other call uses it meanwhile."""
    with _lock:
        kept = _idle.get(key_of(settings))
        return kept.pop() if kept else None


def give_back(settings: ServiceSettings, line: Line, client: Any) -> None:
    """Keep a connection for the next call; one that was cut, or is one too many, is closed."""
    with _lock:
        kept = _idle.setdefault(key_of(settings), [])
        if not line.dropped and len(kept) < IDLE_MOST:
            kept.append((line, client))
            return
    client.close()


def close_idle() -> None:
    """Close the kept connections; tests and a stopping process call it."""
    with _lock:
        lines = [line for kept in _idle.values() for line in kept]
        _idle.clear()
    for _, client in lines:
        client.close()


def unknown_to(settings: ServiceSettings) -> set[str]:
    """Return the parameters that this server has refused."""
    with _lock:
        return set(_unknown.get((settings.base_url, settings.model), ()))


def note_unknown(settings: ServiceSettings, name: str) -> None:
    """Remember a parameter that this server has refused."""
    with _lock:
        _unknown.setdefault((settings.base_url, settings.model), set()).add(name)


def key_of(settings: ServiceSettings) -> _Key:
    """Return what makes two connections alike: address, key and patience.

    Raises AINotConfigured for a wrong address or key.
    """
    key, address = (settings.api_key or "").strip(), (settings.base_url or OPENAI_URL).strip()
    address = address.rstrip("/").removesuffix("/chat/completions")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise AINotConfigured("OPENAI_API_KEY holds a character that no key has. Check it.")
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise AINotConfigured("OPENAI_BASE_URL is not an address such as http://localhost:11434/v1.")
    return address, key, settings.timeout


@cache
def trust() -> ssl.SSLContext:
    """Read the certificates once a process: it takes a hundred times as long as all else about a connection."""
    import httpx2

    return httpx2.create_ssl_context()


def _after_fork() -> None:
    """Start afresh in a forked process: connections must not be shared, and the lock may be held for ever."""
    global _lock
    _lock = threading.Lock()
    _idle.clear()


os.register_at_fork(after_in_child=_after_fork)
