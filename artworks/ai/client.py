"""Drafts from OpenAI, and from servers that speak its Chat Completions API."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from artworks.ai import connections
from artworks.ai.answers import ReadAnswer, is_prose_refusal, note_of, parse_partial, read_answer
from artworks.ai.connections import AIConnection, ConnectionCancelledError
from artworks.ai.placeholder import stream_placeholder
from artworks.ai.pricing import (
    MAX_OUTPUT_TOKENS,
    billed_usage,
)
from artworks.ai.request import (
    AGAIN,
    CUT_SHORT,
    DROPPABLE,
    INCOMPLETE,
    ONLY_THOUGHT,
    REFUSED,
    cannot_limit_output,
    error_of_response,
    is_permanent,
    request_parameters,
    status_in,
    unsupported_parameter,
)
from artworks.ai.response import MAX_ANSWER_CHARACTERS, ResponseAccumulator
from artworks.ai.types import (
    Draft,
    DraftCancelled,
    DraftRequest,
    FieldValue,
    Partial,
    RateLimitInfo,
    ServiceSettings,
    TokenUsage,
)
from artworks.core.errors import (
    AINonsense,
    AINotConfigured,
    AIRefused,
    AIRejected,
    AITimeout,
    AIUnavailable,
    AppError,
)

if TYPE_CHECKING:
    # Else only by `load` and where it is used: a program without a service starts a third faster without it.
    import openai
    from openai import OpenAI

log = logging.getLogger(__name__)
# The HTTP client writes every address at INFO, and an address may hold a password.
logging.getLogger("httpx2").setLevel(logging.WARNING)

# Seconds between two checks of `cancelled` and the deadline.
TICK = 0.1
CONNECT_TIMEOUT = 10.0


def draft(
    request: DraftRequest,
    settings: ServiceSettings,
    on_partial: Partial | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Draft:
    """Write all asked fields in one call, and once more if the answer does not fit.

    `on_partial` gets the fields as far as they are written, whole each time. `cancelled` is asked about ten
    times a second, also while the service is silent; when true the connection is cut. Takes at most
    `settings.attempts` times `settings.timeout`, and at most so many requests that may be billed. Raises AIRefused,
    AIUnavailable, AINotConfigured, AITimeout, RateLimited or DraftCancelled; `usage_of(error)` is what the failed
    draft cost, `rate_limits_of(error)` what the service said of its limits.
    """
    if settings.source == "placeholder":
        return stream_placeholder(request, on_partial, cancelled)
    return _Call(request, settings, on_partial, cancelled).run()


def usage_of(error: BaseException) -> TokenUsage | None:
    """Return what a failed draft cost, known or at most; None when nothing was billed."""
    found = getattr(error, "usage", None)
    return found if isinstance(found, TokenUsage) else None


def rate_limits_of(error: BaseException) -> RateLimitInfo:
    """Return what the service said of its limits with a failed draft."""
    found = getattr(error, "rate_limits", None)
    return found if isinstance(found, RateLimitInfo) else RateLimitInfo()


def load(settings: ServiceSettings) -> None:
    """Load the SDK where there is a service: before processes are forked, which share it then, and before any call."""
    if settings.source == "openai":
        import_module("openai")


def warm_up(settings: ServiceSettings) -> None:
    """Make the first call of a process as quick as the others: much of the SDK is loaded when it is first used."""
    if settings.source == "placeholder":
        return
    try:
        connection, client = _acquire(settings)
    except AINotConfigured as error:
        # The draft that is asked for later raises it again.
        log.debug("Nothing to warm up: %s", error.message)
        return
    connection.start_call(math.inf)
    _ = client.chat.completions
    connections.release(settings, connection, client)


class _Call:
    """One draft: its deadline, what was billed so far, and its asks."""

    def __init__(
        self,
        request: DraftRequest,
        settings: ServiceSettings,
        on_partial: Partial | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self.request, self.settings = request, settings
        self.on_partial, self.cancelled = on_partial, cancelled
        self.began = time.monotonic()
        self.deadline = self.began + (settings.attempts if settings.retries else 1) * settings.timeout
        self.used = TokenUsage()
        self.rate_limits = RateLimitInfo()
        # Requests that may still be billed, and whether any was: it may have cost nothing.
        self.requests_left = settings.attempts
        self.last_check = 0.0
        # The fields that are asked for now, how often was asked, and the fields of the first answer.
        self.fields, self.asked = request.fields, 0
        self.kept: dict[str, FieldValue] = {}

    def run(self) -> Draft:
        """Ask, and ask once more for what cannot be read or is not there."""
        try:
            answer = self._ask(self.request.fields)
            if not answer.fields and self._may_ask_again(self.settings.asks):
                log.info("The AI service's answer did not fit; asking once more")
                answer = self._ask(self.request.fields, AGAIN)
            elif answer.fields and answer.missing and self._may_ask_again(2) and self._has_time():
                answer = self._complete(answer)
            if not answer.fields:
                often = "twice " if self.asked > 1 else ""
                raise AINonsense(f"The AI service answered {often}in a way that cannot be read. Try again.")
        except BaseException as error:
            # Also when the person leaves while `on_partial` writes: what was billed must not be lost.
            vars(error)["usage"] = self.used if self.requests_left < self.settings.attempts else None
            vars(error)["rate_limits"] = self.rate_limits
            reason = error.message if isinstance(error, AppError) else "stopped by the listener"
            log.warning("AI draft failed: %s: %s", type(error).__name__, reason)
            raise
        note = note_of(answer, self.request.fields)
        return Draft(
            answer.fields, self.used, self.settings.model, "openai", note, rate_limits=self.rate_limits
        )

    def _may_ask_again(self, asks: int) -> bool:
        return self.asked < asks and self.requests_left > 0

    def _has_time(self) -> bool:
        """Return whether there is as much time left as was taken: a call that is cut is paid for in vain."""
        now = time.monotonic()
        return now + (now - self.began) < self.deadline

    def _complete(self, answer: ReadAnswer) -> ReadAnswer:
        """Return an answer with the fields that it lacks, asked for alone.

        It stays as it is when that fails, or when the person leaves: what is there is whole and paid.
        """
        names = ", ".join(answer.missing)
        log.info("The AI service's answer lacked %s; asking for that once more", names)
        self.kept = answer.fields
        try:
            more = self._ask(answer.missing, INCOMPLETE.format(fields=names))
        except AppError as error:
            log.warning("Asking for %s failed: %s: %s", names, type(error).__name__, error.message)
            refused = answer.missing if isinstance(error, AIRefused) else ()
            return replace(answer, refused=answer.refused + refused)
        return ReadAnswer(answer.fields | more.fields, answer.refused + more.refused, more.missing)

    def _ask(self, fields: tuple[str, ...], again: str = "") -> ReadAnswer:
        """Ask for fields, leaving out parameters that this server turns out not to know; return what was readable."""
        self.asked += 1
        self.fields = fields
        request = replace(self.request, fields=fields)
        for _ in range(len(DROPPABLE) + 1):
            unknown = connections.unsupported_parameters(self.settings)
            sent = request_parameters(request, self.settings, self.on_partial is not None, again, unknown)
            received = self._stream(sent)
            if isinstance(received, ResponseAccumulator):
                return self._parse(received)
            name = unsupported_parameter(received.status_code, [received.param, received.body], sent)
            if name is None or not self.requests_left:
                raise _to_app_error(received)
            connections.add_unsupported_parameter(self.settings, name)
        raise AIRejected("The AI service does not accept the request.")

    def _parse(self, received: ResponseAccumulator) -> ReadAnswer:
        """Return what can be read of a whole answer; raise AIRefused, AINonsense when it was cut before any field."""
        if received.refusal or received.finish == "content_filter" or is_prose_refusal(received.text):
            raise AIRefused(REFUSED)
        answer = read_answer(
            received.text,
            self.fields,
            self.request.categories,
            thinking=received.thinking,
            ended=received.has_ended,
        )
        if not answer.fields and answer.refused:
            raise AIRefused(REFUSED)
        if not answer.fields and received.finish == "length":
            raise AINonsense(CUT_SHORT if received.text.strip() else ONLY_THOUGHT)
        return answer

    def _stream(self, sent: dict[str, Any]) -> ResponseAccumulator | openai.APIStatusError:
        """Run one call in a thread of its own, so that this one can watch the clock and the person."""
        self._check_deadline()
        connection, client = _acquire(self.settings)
        connection.start_call(self.deadline)
        # Nobody else has it meanwhile.
        client.max_retries = self.requests_left - 1 if self.settings.retries else 0
        received, events = ResponseAccumulator(), SimpleQueue[object]()
        threading.Thread(target=_run_call, args=(connection, client, sent, events), daemon=True).start()
        ended = False
        try:
            error = self._read_events(events, received, cannot_limit_output(set(DROPPABLE) - sent.keys()))
            ended = True
        finally:
            self.rate_limits = connection.rate_limits
            if ended:
                connections.release(self.settings, connection, client)
            else:
                connection.cancel()
                self._add_billed(connection, received, ended=False)
        return self._finish(error, connection, received)

    def _read_events(
        self, events: SimpleQueue[object], received: ResponseAccumulator, cut: bool
    ) -> Exception | None:
        """Read the answer piece by piece until its end; return the error that ended it, if any.

        With `cut` it ends at MAX_OUTPUT_TOKENS, a limit that could not be sent to this service.
        """
        while True:
            self._check_deadline()
            try:
                event = events.get(timeout=TICK)
            except Empty:
                # What came a moment after the last partial answer would else not be shown until more comes.
                self._send_partial(received)
                continue
            if event is None or isinstance(event, Exception):
                return event
            received.add(event)
            if cut and not received.finish and received.bytes_written > MAX_OUTPUT_TOKENS:
                raise AINonsense(CUT_SHORT)
            if received.length > MAX_ANSWER_CHARACTERS:
                raise AINonsense("The AI service's answer is far too long.")
            self._send_partial(received)

    def _finish(
        self, error: Exception | None, connection: AIConnection, received: ResponseAccumulator
    ) -> ResponseAccumulator | openai.APIStatusError:
        """Count the tokens of a call that ended; return what is worth reading, or the refused request."""
        import openai

        self._add_billed(connection, received, ended=error is None)
        if isinstance(error, openai.APIStatusError):
            return error
        if isinstance(error, openai.APITimeoutError):
            raise _to_app_error(error)
        if isinstance(error, openai.APIConnectionError) and not connection.has_answer:
            raise _to_app_error(error)
        if error is not None:
            log.info("AI answer broke off: %s", type(error).__name__)
        failure = _to_app_error(error) if isinstance(error, openai.APIError) else None
        if received.error:
            failure = error_of_response(status_in(received.error), received.error)
        if failure and type(failure) is not AIUnavailable:
            raise failure
        # What broke off is read all the same: it may be whole, and if not, it is asked for once more.
        self._send_partial(received, last=True)
        return received

    def _check_deadline(self) -> None:
        """Raise DraftCancelled when the person left, AITimeout when the time is over."""
        now = time.monotonic()
        if now - self.last_check >= TICK:
            self.last_check = now
            if self.cancelled():
                raise DraftCancelled("The draft was stopped.")
        if now > self.deadline:
            raise AITimeout("The AI service took too long. Try again.")

    def _send_partial(self, received: ResponseAccumulator, last: bool = False) -> None:
        if self.on_partial and (last or received.is_partial_due()):
            words = self.kept | parse_partial(received.text, self.fields)
            if words and words != received.last_partial:
                received.last_partial = words
                self.on_partial(words)

    def _add_billed(self, connection: AIConnection, received: ResponseAccumulator, *, ended: bool) -> None:
        """Add what each request of a call took: as the service counts, else the most that it can be.

        The last one brought the answer, if there was any; the others failed. Refused requests took nothing.
        """
        answers = int(connection.has_answer)
        failures = [*connection.failed_counts, *[(None, None)] * (connection.uncounted_requests - answers)]
        for counts in failures:
            self.used += billed_usage(self.request, self.settings, counts)
        counts = received.token_counts(ended)
        # A gateway's way to say that the service refused it.
        declined = (
            counts == (None, None) and 400 <= status_in(received.error) < 500 and not received.bytes_written
        )
        if answers and not declined:
            self.used += billed_usage(
                self.request, self.settings, counts, received.bytes_written, received.tier
            )
        self.requests_left = max(0, self.requests_left - len(failures) - answers)


def _run_call(
    connection: AIConnection, client: OpenAI, sent: dict[str, Any], events: SimpleQueue[object]
) -> None:
    """Make the call and put each piece of the answer, then None or the error, on the queue."""
    import openai

    end: Exception | None = None
    try:
        answer = client.chat.completions.create(**sent)
        if isinstance(answer, openai.Stream):
            with answer:
                if answer.response.headers.get("content-type", "").startswith("application/json"):
                    # This server does not stream: the whole answer at once.
                    events.put(json.loads(answer.response.read()))
                else:
                    for chunk in answer:
                        events.put(chunk)
        else:
            events.put(answer)
    except Exception as error:  # noqa: BLE001 - handed to the thread that waits, which sorts it
        end = error
    events.put(end)
    if connection.cancelled:
        client.close()


def _to_app_error(error: Exception) -> AppError:
    """Return the application's error for one of the SDK."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return AITimeout("The AI service took too long. Try again.")
    if isinstance(error, openai.APIConnectionError | ConnectionCancelledError):
        return AIUnavailable("The AI service cannot be reached. Try again in a moment.")
    if isinstance(error, openai.APIStatusError):
        return error_of_response(error.status_code, error.body, error.response.headers)
    if isinstance(error, openai.APIError):
        return error_of_response(0, error.body)
    return AIUnavailable("The AI service answered in a way that cannot be read. Try again.")


def _acquire(settings: ServiceSettings) -> tuple[AIConnection, OpenAI]:
    """Return an idle connection, or a new one; no other call uses it meanwhile."""
    if idle := connections.acquire(settings):
        return idle
    import openai

    address, key, *_ = connections.pool_key(settings)
    connection = AIConnection(is_permanent)
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
