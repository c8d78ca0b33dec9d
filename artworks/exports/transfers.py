"""Answers that may take long to send: each holds a thread, so a process sends only so many at once, in slots."""

from __future__ import annotations

import threading
import weakref
from collections import Counter
from collections.abc import Callable

from artworks.core.errors import RateLimited, Unavailable

# For how many seconds an answer waits for a slot before it is refused.
WAIT_SECONDS = 5.0
RETRY_SECONDS = 5
TOO_MANY = "Many files are being sent right now. Try again in a few seconds."
TOO_MANY_EACH = "Several files are on their way to you already. Wait until one has arrived, then try again."


class TransferSlot:
    """The slot of one answer; released by `leave`, or when nobody holds it any more."""

    def __init__(self, release: Callable[[], object]) -> None:
        self.leave = weakref.finalize(self, release)


class Transfers:
    """The slots of one process for answers that may take long to send.

    Those that are sent and those that wait together take at most half of the process's threads; the rest is for pages.
    One receiver has at most a third of the slots.
    """

    def __init__(self, threads: int) -> None:
        self._most_waiting = threads // 8
        self._most = max(1, threads // 2 - self._most_waiting)
        self._most_each = max(1, self._most // 3)
        self._count = self._waiting = 0
        self._held: Counter[str] = Counter()
        self._change = threading.Condition()

    def take(self, receiver: str) -> TransferSlot:
        """Return a slot for what is sent to somebody, waiting a while for one; raises RateLimited or Unavailable.

        Whoever waits must hold nothing that others may need.
        """
        with self._change:
            if not self._is_free(receiver):
                self._wait_for_slot(receiver)
            if not self._is_free(receiver):
                if self._count < self._most:
                    raise RateLimited(TOO_MANY_EACH, retry_after=RETRY_SECONDS)
                raise Unavailable(TOO_MANY, retry_after=RETRY_SECONDS)
            return self._take_slot(receiver)

    def take_at_once(self) -> TransferSlot | None:
        """Return a slot for something that nobody has several of; None when all are taken."""
        with self._change:
            return self._take_slot("") if self._count < self._most else None

    def _take_slot(self, receiver: str) -> TransferSlot:
        self._count += 1
        self._held[receiver] += 1
        return TransferSlot(lambda: self._release(receiver))

    def _is_free(self, receiver: str) -> bool:
        return self._count < self._most and self._held[receiver] < self._most_each

    def _wait_for_slot(self, receiver: str) -> None:
        if self._waiting >= self._most_waiting:
            return
        self._waiting += 1
        try:
            self._change.wait_for(lambda: self._is_free(receiver), WAIT_SECONDS)
        finally:
            self._waiting -= 1

    def _release(self, receiver: str) -> None:
        with self._change:
            self._count -= 1
            self._held[receiver] -= 1
            if not self._held[receiver]:
                del self._held[receiver]
            self._change.notify_all()
