"""Drafts from OpenAI, and from servers that speak its Chat Completions API."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any

from artworks.ai import connections
from artworks.ai.answers import ReadAnswer, is_prose_refusal, note_of, parse_partial, read_answer
from artworks.ai.connections import AIConnection
from artworks.ai.placeholder import stream_placeholder
from artworks.ai.pricing import (
    MAX_OUTPUT_TOKENS,
    billed_usage,
)
from artworks.ai.request import AGAIN, INCOMPLETE, request_parameters, room_for_answer
from artworks.ai.response import MAX_ANSWER_CHARACTERS, ResponseAccumulator
from artworks.ai.servers import adjustments
from artworks.ai.servers.adjustments import Adjustments
from artworks.ai.servers.answer_stream import NotAnAnswerError
from artworks.ai.servers.failures import BEFORE_WRITING, REFUSED, ServerFailure, error_of, read_failure
from artworks.ai.servers.quirks import Kind
from artworks.ai.transport import acquire, error_of_exception, is_timeout, password_in, refusal_in, run_call
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
    AppError,
)

log = logging.getLogger(__name__)
# The HTTP client writes every address at INFO, and an address may hold a password.
logging.getLogger("httpx2").setLevel(logging.WARNING)

# Seconds between two checks of `cancelled` and the deadline.
TICK = 0.1
# How often a draft is asked for differently at most, because the server said what it cannot do.
MOST_ADJUSTMENTS = 10
# The pause before another try when the service failed inside a good answer, unless it says how long.
PAUSE = 0.5
# What a service may say after words that it has written and bills: those are kept.
MAY_FOLLOW_WORDS = frozenset({Kind.SERVER, Kind.TIMEOUT, Kind.RATE, Kind.MONEY, Kind.DAY})
CUT_SHORT = "The AI service's answer was cut short. Try again, or with fewer fields."
ONLY_THOUGHT = (
    "The model thought until its room was used up and wrote nothing. "
    "Turn its thinking down or off, or use another model."
)


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
        connection, client = acquire(settings)
    except AINotConfigured as error:
        # The draft that is asked for later raises it again.
        log.debug("Nothing to warm up: %s", error.message)
        return
    connection.start_call(math.inf)
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
        # What the service said instead of the rest of an answer.
        self.failure: ServerFailure | None = None
        self.failed_inside = False
        self.pauses_left = settings.asks - 1

    def run(self) -> Draft:
        """Ask, and ask once more for what cannot be read or is not there."""
        try:
            answer = self._ask(self.request.fields)
            if not answer.fields and self._may_ask_again(self.settings.asks):
                log.info("The AI service's answer did not fit; asking once more")
                answer = self._ask(self.request.fields, AGAIN)
            elif answer.fields and answer.missing and self._may_complete():
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

    def _may_complete(self) -> bool:
        """Return whether to ask for what is missing: not where the service said that it is asked too much."""
        is_stopped = self.failure is not None and self.failure.kind is not Kind.SERVER
        return not is_stopped and self._may_ask_again(2) and self._has_time()

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
        """Ask for fields; return what was readable. Raises what the service said instead of the rest of it."""
        self.asked += 1
        self.fields = fields
        answer = self._parse(self._receive(replace(self.request, fields=fields), again))
        if not answer.fields and self.failure is not None:
            raise self._error_of(self.failure)
        return answer

    def _receive(self, request: DraftRequest, again: str) -> ResponseAccumulator:
        """Send the request, and ask differently as long as the server says what it cannot do; return the answer."""
        address, model = self.settings.base_url, self.settings.model
        tried: set[bool] = set()
        for _ in range(MOST_ADJUSTMENTS):
            adjusted = adjustments.adjustments_for(address, model)
            sent = request_parameters(request, self.settings, self.on_partial is not None, again, adjusted)
            received = self._stream(sent, adjusted)
            if isinstance(received, ResponseAccumulator):
                if received.finish == "length" and adjusted.room is not None:
                    # Perhaps a longer prompt left less room than this one: the next call asks for all of it again.
                    adjustments.remember(address, model, replace(adjusted, room=None))
                return received
            tried.add(adjusted.at_v1)
            room = room_for_answer(adjusted)
            changed = adjustments.adjust(adjusted, received, sent.keys(), room, address, tried)
            if changed is not None and self.requests_left:
                log.info("Asking the AI service differently: %s", received.kind)
                adjustments.remember(address, model, changed)
            elif not self._pause_after(received):
                raise self._error_of(received)
        raise AIRejected("The AI service does not accept the request.")

    def _pause_after(self, failure: ServerFailure) -> bool:
        """Wait before another try when the service failed inside a good answer; return whether there is one."""
        wait = PAUSE if failure.wait is None else failure.wait
        inside = failure.kind is Kind.SERVER and self.failed_inside
        if not (inside and self.pauses_left and self.requests_left) or wait > connections.LONGEST_WAIT:
            return False
        self.pauses_left -= 1
        until = time.monotonic() + wait
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, TICK))
            self._check_deadline()
        return True

    def _error_of(self, failure: ServerFailure) -> AppError:
        """Return the error for a failure, and log what the service said."""
        error = error_of(failure, (self.settings.api_key, password_in(self.settings.base_url)))
        log.warning("The AI service said (%s): %s", failure.kind, error.details or "nothing")
        return error

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

    def _stream(self, sent: dict[str, Any], adjusted: Adjustments) -> ResponseAccumulator | ServerFailure:
        """Run one call in a thread of its own, so that this one can watch the clock and the person."""
        self._check_deadline()
        settings = replace(self.settings, base_url=adjustments.address_of(self.settings.base_url, adjusted))
        connection, client = acquire(settings)
        connection.start_call(self.deadline)
        # Nobody else has it meanwhile.
        client.max_retries = self.requests_left - 1 if self.settings.retries else 0
        received, events = ResponseAccumulator(), SimpleQueue[object]()
        threading.Thread(target=run_call, args=(connection, client, sent, events), daemon=True).start()
        ended = False
        try:
            error = self._read_events(
                events, received, not sent.keys() & {"max_completion_tokens", "max_tokens"}
            )
            ended = True
        finally:
            self.rate_limits = connection.rate_limits
            if ended:
                connections.release(settings, connection, client)
            else:
                connection.cancel()
                self._add_billed(connection, received, None, ended=False)
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
    ) -> ResponseAccumulator | ServerFailure:
        """Count the tokens of a call that ended; return what is worth reading, or what the service said instead."""
        failure = self._failure_in(error, received, connection)
        is_none = isinstance(error, NotAnAnswerError)
        # At an address that is whole, nobody knows what the server did before it answered something else.
        told = None if is_none and not adjustments.may_lack_v1(self.settings.base_url) else failure
        self._add_billed(connection, received, told, ended=error is None or is_none)
        self.failed_inside, self.failure = connection.has_answer, failure
        if error is not None and failure is None:
            if not connection.has_answer or is_timeout(error):
                raise error_of_exception(error)
            log.info("AI answer broke off: %s", type(error).__name__)
        written = received.text or received.thinking
        if failure is not None and (failure.kind not in MAY_FOLLOW_WORDS or not written):
            return failure
        # What broke off is read all the same: it may be whole, and if not, it is asked for once more.
        self._send_partial(received, last=True)
        return received

    def _failure_in(
        self, error: Exception | None, received: ResponseAccumulator, connection: AIConnection
    ) -> ServerFailure | None:
        """Return what the service said instead of an answer, or in it; None when it said nothing of the kind."""
        if refused := refusal_in(error, redirected=connection.is_redirected):
            return refused
        if isinstance(error, NotAnAnswerError):
            return ServerFailure(Kind.ADDRESS, words=str(error))
        if not received.error:
            return None
        failure = read_failure(0, {"error": received.error})
        if failure.kind is Kind.SERVER and isinstance(received.error, str) and not received.text:
            # A good status with nothing but a text, at an address that may lack its /v1, as LM Studio's.
            bare = adjustments.may_lack_v1(self.settings.base_url)
            return replace(failure, kind=Kind.ADDRESS) if bare else failure
        return failure

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

    def _add_billed(
        self,
        connection: AIConnection,
        received: ResponseAccumulator,
        failure: ServerFailure | None,
        *,
        ended: bool,
    ) -> None:
        """Add what each request of a call took: as the service counts, else the most that it can be.

        The last one brought the answer, if there was any; the others failed. Refused requests took nothing.
        """
        answers = int(connection.has_answer)
        failures = [*connection.failed_counts, *[(None, None)] * (connection.uncounted_requests - answers)]
        for counts in failures:
            self.used += billed_usage(self.request, self.settings, counts)
        counts = received.token_counts(ended)
        if counts == (None, None) and not received.bytes_written and failure is not None:
            # A gateway's way to say that the service refused it, or a page: nothing was written.
            answers *= not (failure.kind in BEFORE_WRITING or 400 <= failure.status < 500)
        if answers:
            self.used += billed_usage(
                self.request, self.settings, counts, received.bytes_written, received.tier
            )
        self.requests_left = max(0, self.requests_left - len(failures) - answers)
