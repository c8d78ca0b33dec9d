"""Drafts from OpenAI, and from servers that speak its Chat Completions API."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from artworks.ai import connections as gpt_kept
from artworks.ai.answers import DoesNotFitError, partial, read, refused
from artworks.ai.connections import DroppedError, Line
from artworks.ai.placeholder import shown
from artworks.ai.pricing import (
    MAX_OUTPUT_TOKENS,
    billed,
)
from artworks.ai.request import (
    CUT_SHORT,
    DROPPABLE,
    REFUSED,
    code_of,
    complaint,
    failure,
    hopeless,
    parameters,
    unlimited,
)
from artworks.ai.response import ANSWER_MOST, Heard
from artworks.ai.types import (
    Draft,
    DraftCancelled,
    DraftRequest,
    Partial,
    ServiceSettings,
    Told,
    Usage,
    Words,
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

# Seconds between two looks at `cancelled` and the deadline.
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
    AIUnavailable, AINotConfigured, AITimeout, RateLimited or DraftCancelled; `usage_of(error)` tells what the failed
    draft cost, `told_by(error)` what the service said of its limits.
    """
    if settings.source == "placeholder":
        return shown(request, on_partial, cancelled)
    return _Call(request, settings, on_partial, cancelled).run()


def usage_of(error: BaseException) -> Usage | None:
    """Return what a failed draft cost, known or at most; None when nothing was billed."""
    found = getattr(error, "usage", None)
    return found if isinstance(found, Usage) else None


def told_by(error: BaseException) -> Told:
    """Return what the service said of its limits with a failed draft."""
    found = getattr(error, "told", None)
    return found if isinstance(found, Told) else Told()


def load(settings: ServiceSettings) -> None:
    """Load the SDK where there is a service: before processes are forked, which share it then, and before any call."""
    if settings.source == "openai":
        import_module("openai")


def warm_up(settings: ServiceSettings) -> None:
    """Make the first call of a process as quick as the others: much of the SDK is loaded when it is first used."""
    if settings.source == "placeholder":
        return
    try:
        line, client = _take(settings)
    except AINotConfigured as error:
        # Whoever asks for words is told.
        log.debug("Nothing to warm up: %s", error.message)
        return
    line.begin(math.inf)
    _ = client.chat.completions
    gpt_kept.give_back(settings, line, client)


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
        self.deadline = time.monotonic() + settings.attempts * settings.timeout
        self.used = Usage()
        self.told = Told()
        # Requests that may still be billed, and whether any was: it may have cost nothing.
        self.room = settings.attempts
        self.looked = 0.0

    def run(self) -> Draft:
        """Ask, and ask once more when the answer does not fit."""
        try:
            words = self._ask()
            again = words is None and self.settings.asks > 1 and self.room > 0
            if again:
                log.info("The AI service's answer did not fit; asking once more")
                words = self._ask(again=True)
            if words is None:
                often = "twice " if again else ""
                raise AINonsense(f"The AI service answered {often}in a way that cannot be read. Try again.")
        except BaseException as error:
            # Also when the person leaves while `on_partial` writes: what was billed must not be lost.
            vars(error)["usage"] = self.used if self.room < self.settings.attempts else None
            vars(error)["told"] = self.told
            told = error.message if isinstance(error, AppError) else "stopped by the listener"
            log.warning("AI draft failed: %s: %s", type(error).__name__, told)
            raise
        return Draft(words, self.used, self.settings.model, "openai", told=self.told)

    def _ask(self, again: bool = False) -> dict[str, Words] | None:
        """Send the request, leaving out parameters that this server turns out not to know.

        Returns None when the answer does not fit.
        """
        for _ in range(len(DROPPABLE) + 1):
            unknown = gpt_kept.unknown_to(self.settings)
            sent = parameters(self.request, self.settings, self.on_partial is not None, again, unknown)
            heard = self._listen(sent)
            if isinstance(heard, Heard):
                return self._judge(heard)
            name = complaint(heard.status_code, [heard.param, heard.body], sent)
            if name is None or not self.room:
                raise _told(heard)
            gpt_kept.note_unknown(self.settings, name)
        raise AIRejected("The AI service does not accept the request.")

    def _judge(self, heard: Heard) -> dict[str, Words] | None:
        """Turn what was heard into words, or say why it cannot be; None when it does not fit."""
        if heard.refusal or heard.finish == "content_filter" or refused(heard.text):
            raise AIRefused(REFUSED)
        if heard.finish == "length":
            raise AINonsense(CUT_SHORT)
        try:
            words = read(heard.text, self.request.fields, self.request.categories)
        except DoesNotFitError:
            return None
        if any(isinstance(value, str) and refused(value) for value in words.values()):
            raise AIRefused(REFUSED)
        return words

    def _listen(self, sent: dict[str, Any]) -> Heard | openai.APIStatusError:
        """Run one call in a thread of its own, so that this one can watch the clock and the person."""
        self._look()
        line, client = _take(self.settings)
        line.begin(self.deadline)
        # Nobody else has it meanwhile.
        client.max_retries = self.room - 1
        heard, events = Heard(), SimpleQueue[object]()
        threading.Thread(target=_work, args=(line, client, sent, events), daemon=True).start()
        ended = False
        try:
            error = self._hear(events, heard, unlimited(set(DROPPABLE) - sent.keys()))
            ended = True
        finally:
            self.told = line.told
            if ended:
                gpt_kept.give_back(self.settings, line, client)
            else:
                line.drop()
                self._bill(line, heard, ended=False)
        return self._end(error, line, heard)

    def _hear(self, events: SimpleQueue[object], heard: Heard, cut: bool) -> Exception | None:
        """Take in the answer piece by piece until its end; returns the error that ended it, if any.

        With `cut` it is cut off where its room ends, which the service does not know.
        """
        while True:
            self._look()
            try:
                event = events.get(timeout=TICK)
            except Empty:
                # What came a moment after the last words were shown would else not be seen until more comes.
                self._show(heard)
                continue
            if event is None or isinstance(event, Exception):
                return event
            heard.take(event)
            if cut and not heard.finish and heard.weight > MAX_OUTPUT_TOKENS:
                raise AINonsense(CUT_SHORT)
            if heard.length > ANSWER_MOST:
                raise AINonsense("The AI service's answer is far too long.")
            self._show(heard)

    def _end(self, error: Exception | None, line: Line, heard: Heard) -> Heard | openai.APIStatusError:
        """Count the tokens of a call that ended; return what is worth reading, or the refused request."""
        import openai

        self._bill(line, heard, ended=error is None)
        if isinstance(error, openai.APIStatusError):
            return error
        if isinstance(error, openai.APITimeoutError):
            raise _told(error)
        if isinstance(error, openai.APIConnectionError) and not line.answered:
            raise _told(error)
        if error is not None:
            log.info("AI answer broke off: %s", type(error).__name__)
        told = _told(error) if isinstance(error, openai.APIError) else None
        if heard.error:
            told = failure(code_of(heard.error), heard.error)
        if told and type(told) is not AIUnavailable:
            raise told
        # What broke off is read all the same: it may be whole, and if not, it is asked for once more.
        self._show(heard, last=True)
        return heard

    def _look(self) -> None:
        """Stop when the person left or the time is over."""
        now = time.monotonic()
        if now - self.looked >= TICK:
            self.looked = now
            if self.cancelled():
                raise DraftCancelled("The draft was stopped.")
        if now > self.deadline:
            raise AITimeout("The AI service took too long. Try again.")

    def _show(self, heard: Heard, last: bool = False) -> None:
        if self.on_partial and (last or heard.due()):
            words = partial(heard.text, self.request.fields)
            if words and words != heard.shown:
                heard.shown = words
                self.on_partial(words)

    def _bill(self, line: Line, heard: Heard, *, ended: bool) -> None:
        """Add what each request of a call took: as the service tells, else the most that it can be.

        Of the last one the answer was heard, if there was any; the others failed. Refused requests took nothing.
        """
        answers = int(line.answered)
        failures = [*line.failures, *[(None, None)] * (line.open - answers)]
        for told in failures:
            self.used += billed(self.request, self.settings, told)
        told = heard.told(ended)
        # A gateway's way to say that the service refused it.
        declined = told == (None, None) and 400 <= code_of(heard.error) < 500 and not heard.weight
        if answers and not declined:
            self.used += billed(self.request, self.settings, told, heard.weight, heard.tier)
        self.room = max(0, self.room - len(failures) - answers)


def _work(line: Line, client: OpenAI, sent: dict[str, Any], events: SimpleQueue[object]) -> None:
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
    if line.dropped:
        client.close()


def _told(error: Exception) -> AppError:
    """Say an error of the SDK in plain words."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return AITimeout("The AI service took too long. Try again.")
    if isinstance(error, openai.APIConnectionError | DroppedError):
        return AIUnavailable("The AI service cannot be reached. Try again in a moment.")
    if isinstance(error, openai.APIStatusError):
        return failure(error.status_code, error.body, error.response.headers)
    if isinstance(error, openai.APIError):
        return failure(0, error.body)
    return AIUnavailable("The AI service answered in a way that cannot be read. Try again.")


def _take(settings: ServiceSettings) -> tuple[Line, OpenAI]:
    """Take a kept connection, or make a new one; no other call uses it meanwhile."""
    if kept := gpt_kept.take(settings):
        return kept
    import openai

    address, key, *_ = gpt_kept.key_of(settings)
    line = Line(hopeless)
    timeout = openai.Timeout(settings.timeout, connect=min(settings.timeout, CONNECT_TIMEOUT))
    http = openai.DefaultHttpxClient(timeout=timeout, event_hooks=line.hooks(), verify=gpt_kept.trust())
    return line, openai.OpenAI(
        api_key=key or "none",
        base_url=address,
        timeout=timeout,
        http_client=http,
    )
