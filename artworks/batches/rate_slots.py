"""One process's share of the common pace: turns are taken a few at a time, so that quick calls need no look each."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace

from artworks.drafting.call_policy import Begin
from artworks.usage import rate_limit as pace
from artworks.usage.budget import Limits
from gpt_service import RateLimitInfo

# Turns are taken for so many seconds at once, and what calls used is written down so often.
AHEAD_SECONDS = 0.25
MOST_AHEAD = 32
# How long to wait at most before asking again for a turn that is not given yet.
AGAIN_SECONDS = 1.0


class Turns:
    """Hands out turns of batches to the lanes of one process, and gathers what their calls used."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        # One of its own: calls end inside a transaction, and whoever fetches turns may be waiting for a connection.
        self._notes = threading.Lock()
        self._ready: deque[float] = deque()
        self._apart = AHEAD_SECONDS  # Until it is known better: one at a time.
        self._ask_again = 0.0
        self._count = self._estimated = self._used = 0
        self._told = RateLimitInfo()
        self._written = time.monotonic()

    def take(self, begin: Begin, tokens: int) -> float | None:
        """Return the moment (on the monotonic clock) of the next turn; None when it is too far ahead to be given yet.

        A call usually takes so many tokens. Who gets None asks again a moment later.
        """
        with self._lock:
            # Turns that nobody came for are gone: made up for, they would be a burst.
            while self._ready and self._ready[0] < time.monotonic() - AHEAD_SECONDS:
                self._ready.popleft()
            if not self._ready and time.monotonic() >= self._ask_again:
                self._fetch(begin, tokens)
            return self._ready.popleft() if self._ready else None

    def give_back(self, turn: float) -> None:
        """Take back a turn that was not used, for a call that is ready now."""
        with self._lock:
            self._ready.appendleft(turn)

    def _fetch(self, begin: Begin, tokens: int) -> None:
        count = min(MOST_AHEAD, max(1, int(AHEAD_SECONDS / max(self._apart, 1e-6))))
        with begin() as session:
            first, self._apart = pace.turns(session, self._limits, tokens, count)
        now = time.monotonic()
        if first > pace.NEAR:
            self._ask_again = now + min(first - pace.NEAR, AGAIN_SECONDS)
        else:
            self._ready.extend(now + first + self._apart * place for place in range(count))

    def end(self, estimated: int, used: int, told: RateLimitInfo) -> None:
        """Note what a call used, and what the service said of its limits."""
        with self._notes:
            self._count += 1
            self._estimated += estimated
            self._used += used
            self._told = replace(
                self._told,
                requests=told.requests or self._told.requests,
                tokens=told.tokens or self._told.tokens,
                wait=max(told.wait, self._told.wait),
            )

    def write(self, begin: Begin) -> None:
        """Write down what calls used, when there is something and the last time is a moment ago."""
        with self._notes:
            if not self._count or time.monotonic() < self._written + AHEAD_SECONDS:
                return
            noted = self._count, self._estimated, self._used, self._told
            self._count = self._estimated = self._used = 0
            self._told, self._written = RateLimitInfo(), time.monotonic()
        with begin() as session:
            pace.end_turns(session, self._limits, *noted)
