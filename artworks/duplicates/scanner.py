"""Going through the pictures that are not compared yet, one at a time in each process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.orm import Session

from artworks.adapters.storage.storage import Storage
from artworks.duplicates import detection as look_alikes
from artworks.imaging.decoder_pool import lower_priority

# How long it goes on without a pause; the rest is left for the next call, so that a stop never waits for all of it.
SECONDS = 50.0


class Comparing:
    """Compares pictures for the queue, however often it is rung for: a call beside a running one only tells it so."""

    def __init__(self, sessions: Callable[[], Session], storage: Storage) -> None:
        self._sessions = sessions
        self._storage = storage
        self._rung = threading.Event()
        self._running = threading.Lock()
        self._stopping = threading.Event()
        # A thread of its own, which gives way to pages and uploads: nobody waits for what is found here.
        self._thread = ThreadPoolExecutor(1, "comparing", lower_priority)

    def work(self) -> None:
        """Compare what there is to compare, for at most `SECONDS`; raises Unavailable when the file store is away.

        In a process that ends nothing is begun: what is left is compared by the next one.
        """
        self._rung.set()
        # Looked at again after the lock is free: a call that came too late for the last look has left its mark.
        while self._rung.is_set() and self._running.acquire(blocking=False):
            try:
                self._rung.clear()
                going = self._thread.submit(self._go_through)
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

    def _go_through(self) -> None:
        until = time.monotonic() + SECONDS
        with self._sessions() as session:
            while time.monotonic() < until and not self._stopping.is_set():
                image_id = look_alikes.next_one(session)
                session.commit()
                if image_id is None:
                    return
                look_alikes.compare(session, self._storage, image_id)
