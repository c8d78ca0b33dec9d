"""One process's share of the rate limit: slots are reserved a few at a time, so that not every call locks the rows."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace

from artworks.core.limits import AILimits
from artworks.core.transactions import TransactionFactory
from artworks.usage import rate_limit
from gpt_service import RateLimitInfo

# Slots are reserved for so many seconds at once, and what calls used is written down so often.
AHEAD_SECONDS = 0.25
MOST_AHEAD = 32
# How long to wait at most before asking again for a slot that cannot be reserved yet.
AGAIN_SECONDS = 1.0


class RateSlots:
    """Hands out rate slots of batches to the worker slots of one process, and gathers what their calls used."""

    def __init__(self, limits: AILimits) -> None:
        # Changed by whoever reads the settings.
        self.limits = limits
        self._lock = threading.Lock()
        # One of its own: calls end inside a transaction, and whoever reserves slots may be waiting for a connection.
        self._usage_lock = threading.Lock()
        self._ready: deque[float] = deque()
        self._interval = AHEAD_SECONDS  # Until it is known better: one at a time.
        self._ask_again = 0.0
        self._count = self._estimated = self._used = 0
        self._rate_limits = RateLimitInfo()
        self._written_at = time.monotonic()

    def acquire(self, begin: TransactionFactory, tokens: int) -> float | None:
        """Return the moment (on the monotonic clock) of the next slot; None when it is too far ahead to be reserved.

        A call usually takes so many tokens. Who gets None asks again a moment later.
        """
        with self._lock:
            # Slots that no call used are gone: made up for, they would be a burst.
            while self._ready and self._ready[0] < time.monotonic() - AHEAD_SECONDS:
                self._ready.popleft()
            if not self._ready and time.monotonic() >= self._ask_again:
                self._fetch(begin, tokens)
            return self._ready.popleft() if self._ready else None

    def release(self, slot: float) -> None:
        """Take back a slot that was not used, for a call that is ready now."""
        with self._lock:
            self._ready.appendleft(slot)

    def _fetch(self, begin: TransactionFactory, tokens: int) -> None:
        count = min(MOST_AHEAD, max(1, int(AHEAD_SECONDS / max(self._interval, 1e-6))))
        with begin() as session:
            first, self._interval = rate_limit.reserve_slots(session, self.limits, tokens, count)
        now = time.monotonic()
        if first > rate_limit.MAX_SECONDS_AHEAD:
            self._ask_again = now + min(first - rate_limit.MAX_SECONDS_AHEAD, AGAIN_SECONDS)
        else:
            self._ready.extend(now + first + self._interval * place for place in range(count))

    def record_usage(self, estimated: int, used: int, rate_limits: RateLimitInfo) -> None:
        """Note what a call used, and the limits that the service stated."""
        with self._usage_lock:
            self._count += 1
            self._estimated += estimated
            self._used += used
            self._rate_limits = replace(
                self._rate_limits,
                requests=rate_limits.requests or self._rate_limits.requests,
                tokens=rate_limits.tokens or self._rate_limits.tokens,
                wait=max(rate_limits.wait, self._rate_limits.wait),
            )

    def write_usage(self, begin: TransactionFactory) -> None:
        """Write down what calls used, when there is something and the last time is a moment ago."""
        with self._usage_lock:
            if not self._count or time.monotonic() < self._written_at + AHEAD_SECONDS:
                return
            collected = self._count, self._estimated, self._used, self._rate_limits
            self._count = self._estimated = self._used = 0
            self._rate_limits, self._written_at = RateLimitInfo(), time.monotonic()
        with begin() as session:
            rate_limit.settle_slots(session, self.limits, *collected)
