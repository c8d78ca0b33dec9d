"""Calls to the service over the SDK: a client for each connection, the pieces of an answer, what an exception means."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from artworks.ai import connections
from artworks.ai.connections import AIConnection, ConnectionCancelledError, ForbiddenAddressError
from artworks.ai.servers.answer_stream import pieces_of
from artworks.ai.servers.failures import ServerFailure, parse_body, read_failure
from artworks.ai.servers.quirks import Kind
from artworks.ai.types import ServiceSettings
from artworks.core.errors import AINotConfigured, AITimeout, AIUnavailable, AppError

if TYPE_CHECKING:
    # Else only where it is used: a program without a service starts a third faster without it.
    from openai import OpenAI

CONNECT_TIMEOUT = 10.0
FORBIDDEN = (
    "The address of the AI service leads to one by which machines learn their own secrets (link-local, or a cloud's "
    "metadata). Nothing was sent there."
)


def run_call(
    connection: AIConnection, client: OpenAI, sent: dict[str, Any], events: SimpleQueue[object]
) -> None:
    """Make the call and put each piece of the answer, then None or the error, on the queue.

    Over the SDK's general `post`: `chat.completions.create` takes as long again to go through the parameters by their
    types, which changes nothing in these.
    """
    import httpx2

    end: Exception | None = None
    try:
        response: httpx2.Response = client.post(
            "/chat/completions", cast_to=httpx2.Response, body=sent, stream=sent.get("stream", False)
        )
        with closing(response):
            for piece in pieces_of(response):
                events.put(piece)
    except Exception as error:  # noqa: BLE001 - handed to the thread that waits, which sorts it
        end = error
    events.put(end)
    if connection.cancelled:
        client.close()


def is_timeout(error: Exception) -> bool:
    """Return whether the service was silent for too long, before its answer or in the middle of it."""
    import httpx2
    import openai

    return isinstance(error, openai.APITimeoutError | httpx2.TimeoutException)


def error_of_exception(error: Exception) -> AppError:
    """Return the application's error for a call that brought nothing."""
    import openai

    if is_timeout(error):
        return AITimeout("The AI service took too long. Try again.")
    if isinstance(error, ForbiddenAddressError) or isinstance(error.__cause__, ForbiddenAddressError):
        return AINotConfigured(FORBIDDEN)
    if isinstance(error, openai.APIConnectionError | ConnectionCancelledError):
        return AIUnavailable("The AI service cannot be reached. Try again in a moment.")
    return AIUnavailable("The AI service answered in a way that cannot be read. Try again.")


def refusal_in(error: Exception | None, *, redirected: bool) -> ServerFailure | None:
    """Return what an answer with a bad status says; None for other exceptions.

    A redirect that leads nowhere is a wrong address, and so is one to a host that does not get the key.
    """
    import httpx2
    import openai

    if redirected and error is not None and isinstance(error.__cause__, httpx2.ConnectError):
        return ServerFailure(Kind.ADDRESS, words="redirected to an address where nobody answers")
    if not isinstance(error, openai.APIStatusError):
        return None
    response = error.response
    failure = read_failure(error.status_code, parse_body(response.content), response.headers)
    hosts = list(dict.fromkeys([one.url.host for one in response.history] + [response.url.host]))
    if error.status_code < 400 or (failure.kind is Kind.KEY and len(hosts) > 1):
        words = failure.words or f"redirected ({', '.join(hosts)})"
        return replace(failure, kind=Kind.ADDRESS, status=error.status_code, words=words)
    return failure


def password_in(address: str | None) -> str | None:
    """Return the password in an address, which a server may repeat."""
    try:
        return urlsplit(address or "").password
    except ValueError:
        return None


def acquire(settings: ServiceSettings) -> tuple[AIConnection, OpenAI]:
    """Return an idle connection, or a new one; no other call uses it meanwhile."""
    if idle := connections.acquire(settings):
        return idle
    import openai

    address, key, *_ = connections.pool_key(settings)
    connection = AIConnection(address)
    timeout = openai.Timeout(settings.timeout, connect=min(settings.timeout, CONNECT_TIMEOUT))
    http = openai.DefaultHttpxClient(
        timeout=timeout, event_hooks=connection.event_hooks(), verify=connections.ssl_context()
    )
    return connection, openai.OpenAI(
        api_key=key or "none",
        base_url=address,
        timeout=timeout,
        http_client=http,
    )
