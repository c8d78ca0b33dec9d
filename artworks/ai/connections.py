"""Connections to the AI service: each can be cut at any moment, and idle ones are kept for the next call."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from artworks.ai.private_addresses import is_forbidden
from artworks.ai.response import get_member, token_counts_in
from artworks.ai.servers.failures import (
    BEFORE_WRITING,
    WORTH_ANOTHER_TRY,
    ServerFailure,
    parse_body,
    read_failure,
)
from artworks.ai.types import RateLimitInfo, ServiceSettings
from artworks.core.errors import AINotConfigured

if TYPE_CHECKING:
    from httpx2 import Headers, Request, Response

# A service that asks for a longer pause than this is not waited for in a call: RateLimited says when to come back.
LONGEST_WAIT = 5.0
# How often a request is sent on to another address.
MOST_REDIRECTS = 3
OPENAI_URL = "https://api.openai.com/v1"
MAX_IDLE = 64
_PoolKey = tuple[str, str, float]
# A connection, and the client of the SDK that uses it; only client.py knows what that is.
_idle: dict[_PoolKey, list[tuple[AIConnection, Any]]] = {}
_lock = threading.Lock()


class ConnectionCancelledError(RuntimeError):
    """The connection was cancelled; nothing may be sent over it any more."""


class ForbiddenAddressError(ConnectionError):
    """A name leads to an address where no AI service is, and no key may be sent."""


class AIConnection:
    """Watch one HTTP client that serves one call at a time.

    A blocking read cannot be interrupted from outside by closing a client, so the sockets are noted as they
    are opened, and `cancel` shuts them down: the read returns at once and the service sees the connection end.
    `address` is that of the settings.
    """

    def __init__(self, address: str) -> None:
        self._lock = threading.Lock()
        self._stream: Any = None
        # Whoever starts the program may give such an address as a number; no name and no redirect leads there.
        self._may_be_forbidden = is_forbidden(urlsplit(address).hostname or "")
        self.cancelled = False
        self.start_call(math.inf)

    def start_call(self, deadline: float) -> None:
        """Start a call that ends at `deadline` (on the monotonic clock) at the latest.

        `has_answer` turns true when the service begins an answer that is no error; `rate_limits` is what its last
        answer said of its limits. `uncounted_requests_before` counts the requests that reached the service and ended in
        no answer, or in one without token counts; `failed_counts` holds the token counts of errors that had them.
        """
        self.deadline = deadline
        self.has_answer = False
        self.rate_limits = RateLimitInfo()
        self.uncounted_requests_before = 0
        self.failed_counts: list[tuple[int | None, int | None]] = []
        self._is_open = False
        self._redirects = 0

    @property
    def uncounted_requests(self) -> int:
        """Count the requests without known token counts, one that is under way included."""
        return self.uncounted_requests_before + self._is_open

    @property
    def is_redirected(self) -> bool:
        """Return whether the last request that was answered was sent on to another address."""
        return self._redirects > 0

    def event_hooks(self) -> dict[str, list[Callable[..., Any]]]:
        """Return the event hooks that the HTTP client is made with."""
        return {"request": [self._on_request], "response": [self._on_response]}

    def cancel(self) -> None:
        """Cut the connection, and refuse every later request, retries of the SDK included."""
        with self._lock:
            self.cancelled = True
            self._shut_down()

    def _on_request(self, request: Request) -> None:
        if self.cancelled:
            raise ConnectionCancelledError
        # The one before it, if it reached the service, was never answered.
        self.uncounted_requests_before, self._is_open, self.has_answer = self.uncounted_requests, False, False
        request.extensions["trace"] = self._trace

    def _on_response(self, response: Response) -> None:
        self.rate_limits = parse_rate_limit_headers(response.headers)
        self._redirects = self._redirects + 1 if response.has_redirect_location else 0
        if response.status_code < 300:
            self.has_answer = self._is_open = True
            return
        self._is_open = False
        if response.status_code < 400:
            # A redirect: whoever sends on has written nothing.
            if self._redirects > MOST_REDIRECTS or not _is_address(response.headers.get("location", "")):
                # Without it the redirect is the answer: an error, which is not tried again.
                response.headers.pop("location", None)
            return
        body = parse_body(response.read())
        failure = read_failure(response.status_code, body, response.headers)
        self._record_failure(failure, body)
        left = self.deadline - time.monotonic()
        too_long = failure.wait is not None and failure.wait > min(left, LONGEST_WAIT)
        if failure.kind not in WORTH_ANOTHER_TRY or too_long:
            # The SDK obeys this header before its own rules.
            response.headers["x-should-retry"] = "false"
        elif failure.wait:
            # The SDK reads this header first, and nothing in the body.
            response.headers["retry-after-ms"] = str(math.ceil(failure.wait * 1_000))

    def _record_failure(self, failure: ServerFailure, body: object) -> None:
        """Record the token counts of an error; without them, one of the service's own (5xx) may have taken all."""
        counts = token_counts_in(get_member(body, "usage"))
        if counts != (None, None):
            self.failed_counts.append(counts)
        elif failure.status >= 500 and failure.kind not in BEFORE_WRITING:
            self.uncounted_requests_before += 1

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._refuse_forbidden(info["return_value"])
            with self._lock:
                self._stream = info["return_value"]
                if self.cancelled:
                    self._shut_down()
        elif event.endswith(".send_request_body.started") and info["request"].method != b"CONNECT":
            # From here on it may arrive. Under the lock: after `cancel` nothing leaves that is not counted.
            with self._lock:
                if self.cancelled:
                    raise ConnectionCancelledError
                self._is_open = True
        elif event.endswith(".send_request_body.failed"):
            # No service can read half a request.
            self._is_open = False

    def _refuse_forbidden(self, stream: Any) -> None:
        """Raise ForbiddenAddressError where a name or a redirect has led to such an address."""
        sock = stream.get_extra_info("socket")
        peer = str(sock.getpeername()[0]).partition("%")[0] if isinstance(sock, socket.socket) else ""
        if is_forbidden(peer) and not self._may_be_forbidden:
            stream.close()
            raise ForbiddenAddressError(peer)

    def _shut_down(self) -> None:
        sock = self._stream.get_extra_info("socket") if self._stream is not None else None
        if isinstance(sock, socket.socket):
            # The plain shutdown also for TLS: SSLSocket.shutdown would take the TLS state away from the
            # thread that is reading. An error says that the other side was faster.
            with contextlib.suppress(OSError):
                # A service that writes without end, and waits for room to write more, would not notice the end for
                # minutes: Linux tells nobody of room in a socket that reads no more. Closed like this it is a reset.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def parse_rate_limit_headers(headers: Headers) -> RateLimitInfo:
    """Return the limits of the x-ratelimit-* headers, which OpenAI and many gateways send with every answer.

    The limits are per minute. When nothing is left, the next call waits for what one call takes to grow again; the
    reset header is no help, for some count it to the next call and others to the full minute.
    """
    requests, tokens = (
        _positive_number(headers, f"x-ratelimit-limit-{kind}") for kind in ("requests", "tokens")
    )
    nothing_left = headers.get("x-ratelimit-remaining-requests", "").strip() == "0"
    return RateLimitInfo(requests, tokens, 60 / requests if requests and nothing_left else 0.0)


def _positive_number(headers: Headers, name: str) -> float | None:
    try:
        value = float(headers.get(name, ""))
    except ValueError:
        return None
    return value if 1 <= value < 1e12 else None


def _is_address(location: str) -> bool:
    """Return whether a redirect leads where a request can be sent."""
    import httpx2

    try:
        return httpx2.URL(location).scheme in ("", "http", "https")
    except httpx2.InvalidURL:
        return False


def acquire(settings: ServiceSettings) -> tuple[AIConnection, Any] | None:
    """Return an idle connection if there is one; no other call uses it meanwhile."""
    with _lock:
        idle = _idle.get(pool_key(settings))
        return idle.pop() if idle else None


def release(settings: ServiceSettings, connection: AIConnection, client: Any) -> None:
    """Keep a connection for the next call; close one that was cancelled, or is one too many."""
    with _lock:
        idle = _idle.setdefault(pool_key(settings), [])
        if not connection.cancelled and len(idle) < MAX_IDLE:
            idle.append((connection, client))
            return
    client.close()


def close_idle() -> None:
    """Close the idle connections; tests and a stopping process call it."""
    with _lock:
        closing = [connection for idle in _idle.values() for connection in idle]
        _idle.clear()
    for _, client in closing:
        client.close()


def pool_key(settings: ServiceSettings) -> _PoolKey:
    """Return what two calls must have in common to share a connection: address, key and timeout.

    Raises AINotConfigured for a wrong address or key, and for what keeps the service from being asked.
    """
    if settings.problem:
        raise AINotConfigured(settings.problem)
    key, address = (settings.api_key or "").strip(), (settings.base_url or OPENAI_URL).strip()
    address = address.rstrip("/").removesuffix("/chat/completions")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise AINotConfigured(
            "The AI service's key (OPENAI_API_KEY) holds a character that no key has. Check it."
        )
    try:
        host_of(address)
    except ValueError:
        raise AINotConfigured(
            "The address of the AI service (OPENAI_BASE_URL) is not one such as http://localhost:11434/v1."
        ) from None
    return address, key, settings.timeout


def host_of(address: str) -> str:
    """Return the host that requests for an address go to, as they name it; raises ValueError where none can be sent."""
    import httpx2

    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("This is no address of a server.")
    try:
        host = httpx2.URL(address).raw_host.decode("ascii")
    except httpx2.InvalidURL as error:
        raise ValueError(str(error)) from None
    # Looking a name up fails with this error where a part of it is empty or too long.
    host.encode("idna")
    return host


@cache
def ssl_context() -> ssl.SSLContext:
    """Return the TLS context, read once a process: that takes a hundred times as long as the rest."""
    import httpx2

    return httpx2.create_ssl_context()


def _after_fork() -> None:
    """Start afresh in a forked process: connections must not be shared, and the lock may be held for ever."""
    global _lock
    _lock = threading.Lock()
    _idle.clear()


os.register_at_fork(after_in_child=_after_fork)
