"""Slots of one process for what takes long: answers on their way, and sizes of pictures that are made at a look."""

from __future__ import annotations

import threading
import weakref
from collections import Counter
from collections.abc import Callable

from artworks.core.errors import RateLimited, Unavailable

# For how many seconds an answer waits for a slot before it is refused.
WAIT_SECONDS = 5.0
RETRY_SECONDS = 5


class TransferSlot:
    """The slot of one answer; released by `leave`, or when nobody holds it any more."""

    def __init__(self, release: Callable[[], object]) -> None:
        self.leave = weakref.finalize(self, release)


class Slots:
    """A number of slots, of which one receiver has only some; a few callers wait a while for one.

    `too_many` and `too_many_each` are what is said when all are taken, or all that one receiver may have.
    """

    def __init__(
        self, most: int, most_each: int, most_waiting: int, *, too_many: str, too_many_each: str
    ) -> None:
        self._most = most
        self._most_each = most_each
        self._most_waiting = most_waiting
        self._too_many = too_many
        self._too_many_each = too_many_each
        self._count = self._waiting = 0
        self._held: Counter[str] = Counter()
        self._under_way: set[str] = set()
        self._change = threading.Condition()

    def take(self, receiver: str, thing: str = "") -> TransferSlot:
        """Return a slot for what somebody gets, waiting a while for one; raises RateLimited or Unavailable.

        Of one `thing` only one is under way at a time. Whoever waits must hold nothing that others may need.
        """
        with self._change:
            if not self._is_free(receiver, thing):
                self._wait_for_slot(receiver, thing)
            if not self._is_free(receiver, thing):
                if self._held[receiver] >= self._most_each and self._count < self._most:
                    raise RateLimited(self._too_many_each, retry_after=RETRY_SECONDS)
                raise Unavailable(self._too_many, retry_after=RETRY_SECONDS)
            return self._take_slot(receiver, thing)

    def take_at_once(self) -> TransferSlot | None:
        """Return a slot for something that nobody has several of; None when all are taken."""
        with self._change:
            return self._take_slot("", "") if self._count < self._most else None

    def _take_slot(self, receiver: str, thing: str) -> TransferSlot:
        self._count += 1
        self._held[receiver] += 1
        self._under_way.add(thing)
        return TransferSlot(lambda: self._release(receiver, thing))

    def _is_free(self, receiver: str, thing: str) -> bool:
        if thing and thing in self._under_way:
            return False
        return self._count < self._most and self._held[receiver] < self._most_each

    def _wait_for_slot(self, receiver: str, thing: str) -> None:
        if self._waiting >= self._most_waiting:
            return
        self._waiting += 1
        try:
            self._change.wait_for(lambda: self._is_free(receiver, thing), WAIT_SECONDS)
        finally:
            self._waiting -= 1

    def _release(self, receiver: str, thing: str) -> None:
        with self._change:
            self._count -= 1
            self._held[receiver] -= 1
            if not self._held[receiver]:
                del self._held[receiver]
            self._under_way.discard(thing)
            self._change.notify_all()


def transfer_slots(threads: int) -> Slots:
    """Return the slots of a process for answers that may take long to send, each of which holds a thread.

    Those that are sent and those that wait together take at most half of the process's threads; the rest is for pages.
    One receiver has at most a third of the slots.
    """
    waiting = threads // 8
    most = max(1, threads // 2 - waiting)
    return Slots(
        most,
        max(1, most // 3),
        waiting,
        too_many="Many files are being sent right now. Try again in a few seconds.",
        too_many_each="Several files are on their way to you already. Wait until one has arrived, then try again.",
    )


def size_slots(threads: int) -> Slots:
    """Return the slots of a process for sizes that are made at a look: two at once, and one for each person.

    Uploads and pages have to go on meanwhile, so few wait.
    """
    return Slots(
        2,
        1,
        max(1, threads // 8),
        too_many="Many pictures are being made ready right now. Try again in a few seconds.",
        too_many_each="A picture is being made ready for you already. Try again in a few seconds.",
    )
