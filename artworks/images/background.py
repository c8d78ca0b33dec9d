"""Work on pictures that nobody waits for: in a thread that gives way to pages and uploads, a piece at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from artworks.imaging.decoder_pool import lower_priority

# How long it goes on without a pause; the rest is left for the next call, so that a stop never waits for all of it.
SECONDS = 50.0


class BackgroundWork:
    """Does one kind of work for the queue; a call while another one runs only makes that one look again.

    `work` is given a function that says whether to go on, and asks it before each picture.
    """

    def __init__(self, name: str, work: Callable[[Callable[[], bool]], None]) -> None:
        self._work = work
        self._requested = threading.Event()
        self._running = threading.Lock()
        self._stopping = threading.Event()
        # A thread of its own, whose priority is lowered for good.
        self._thread = ThreadPoolExecutor(1, name, lower_priority)

    def run(self) -> None:
        """Do what there is to do, for at most `SECONDS`; raises what the work raises.

        In a process that ends nothing is begun: what is left is done by the next one.
        """
        self._requested.set()
        # Once more after the lock is free: a call that came too late for the last look has set `_requested`.
        while self._requested.is_set() and self._running.acquire(blocking=False):
            try:
                self._requested.clear()
                going = self._thread.submit(self._begin)
            except RuntimeError:
                # Python closes every pool before `stop` is called at the end of a process.
                return
            else:
                going.result()
            finally:
                self._running.release()

    def stop(self) -> None:
        """Begin with no more pictures; the one under way is finished."""
        self._stopping.set()

    def _begin(self) -> None:
        until = time.monotonic() + SECONDS
        self._work(lambda: time.monotonic() < until and not self._stopping.is_set())
