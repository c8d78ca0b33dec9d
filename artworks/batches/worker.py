"""The lanes of one process: each takes a picture of any running batch, writes its words, and takes the next."""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

import gpt_service
from artworks.batches import batch_item as batch_items
from artworks.batches import estimates
from artworks.batches import runner as batch_work
from artworks.batches.batch import MOST_LANES
from artworks.batches.batch_item import Item
from artworks.batches.item_policy import Usual, settings_for
from artworks.batches.rate_slots import Turns
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Services
from artworks.drafting.call_policy import CATEGORIES_SHOWN
from artworks.taxonomy import queries as taxonomy
from artworks.usage import rate_limit as pace

# For how many seconds a lane goes on before it lets other work of the queue have its place.
SHIFT_SECONDS = 60.0
# How often a lane with nothing to do looks again, and how often a worker says that it is alive, in seconds.
IDLE_SECONDS = 0.5
HEARTBEAT_SECONDS = 4.0
# For how many seconds a process has begun before it makes itself ready for its first call.
WARM_UP_AFTER = 1.0
# For how many seconds the running batches, and what is usual for a call, are remembered.
FRESH_SECONDS = 0.5
USUAL_FRESH_SECONDS = 10.0
log = logging.getLogger(__name__)


class Lanes:
    """What the lanes of a process share: its name, what it holds, and whether it stops.

    `ring` calls for so many more lanes, here or in other processes.
    """

    def __init__(self, begin: TransactionFactory, services: Services, ring: Callable[[int], None]) -> None:
        self._begin, self._services, self._ring = begin, services, ring
        self._name, self._number = secrets.token_hex(8), 0
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self._active = 0
        self._expired: frozenset[int] = frozenset()
        self._stop = threading.Event()
        self._running: tuple[float, list[int]] = (-1e9, [])
        self._turns = Turns(services.limits)
        self._usual: tuple[float, Usual] = (-1e9, Usual(0, [], self._turns, self._runs))

    def stop(self) -> None:
        """Take nothing more; what is not sent yet is given back, calls under way come in."""
        self._stop.set()

    def busy(self) -> int:
        """Count the pictures that are being worked on."""
        return len(self._held)

    def work(self) -> None:
        """Work as one lane: until there is nothing to do, or until the shift is over; then another one is rung for.

        A lane stays as long as any running batch has a picture left: one that is to be tried again later, or one
        whose worker may have died.
        """
        ends = time.monotonic() + SHIFT_SECONDS
        # Whoever rang may have done so for a batch that was started a moment ago.
        self._running = (-1e9, [])
        with self._counted():
            while not self._stop.is_set():
                item = self._claim()
                if item is not None:
                    self._do(item)
                elif self._nothing_left():
                    return
                else:
                    self._stop.wait(IDLE_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - no secret.
                if time.monotonic() > ends:
                    self._ring(1)
                    return

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._active += 1
        try:
            yield
        finally:
            with self._lock:
                self._active -= 1

    def call_for_the_left_behind(self) -> None:
        """Ring for pictures that wait although nobody works on batches here, as after a crash."""
        with self._begin() as session:
            batch_items.cancel_the_rest(session)
            count = 0 if self._active else batch_items.due(session, MOST_LANES)
        if count:
            self._ring(count)

    def _claim(self) -> Item | None:
        """Take a picture of any running batch; each batch has the same chance, so a small one does not wait long."""
        try:
            batches = self._batches()
            for batch_id in random.sample(batches, len(batches)):
                with self._lock:
                    self._number += 1
                    claim = f"{self._name}-{self._number}"
                with self._begin() as session:
                    item = batch_items.claim(session, batch_id, claim)
                if item is not None:
                    return item
        except SQLAlchemyError as error:
            log.warning("No picture could be claimed: %s", type(error).__name__)
            self._stop.wait(1.0)
        return None

    def _batches(self) -> list[int]:
        asked, found = self._running
        if time.monotonic() - asked > FRESH_SECONDS:
            with self._begin() as session:
                found = batch_items.running(session)
            self._running = (time.monotonic(), found)
        return found

    def _runs(self, batch_id: int) -> bool:
        return batch_id in self._batches()

    def _nothing_left(self) -> bool:
        """Return whether no running batch has a picture left, not even one that is due later."""
        try:
            with self._begin() as session:
                return batch_items.next_due(session) is None
        except SQLAlchemyError:
            return False

    def _do(self, item: Item) -> None:
        with self._lock:
            self._held.add(item.claim)
        try:
            batch_work.work_on(self._begin, self._services, item, self._what_is_usual(), self._stop.is_set)
            self._turns.write(self._begin)
        except SQLAlchemyError as error:
            log.warning("Picture %s is handed on: %s", item.image_id, type(error).__name__)
        finally:
            with self._lock:
                self._held.discard(item.claim)

    def _what_is_usual(self) -> Usual:
        until, usual = self._usual
        if time.monotonic() > until:
            with self._begin() as session:
                one = estimates.typical(session, self._services)
                categories = taxonomy.vouched_names(session, CATEGORIES_SHOWN)
            usual = Usual(one.tokens, categories, self._turns, self._runs)
            # A guess is soon replaced by what was measured.
            self._usual = (time.monotonic() + (USUAL_FRESH_SECONDS if one.measured else 1.0), usual)
        return usual

    def keep_alive(self) -> None:
        """Renew the leases and take over from the dead, again and again; returns when the process stops."""
        # A moment later: a process that starts has better things to do.
        if not self._stop.wait(WARM_UP_AFTER):
            self._forget_limits()
            gpt_service.warm_up(settings_for(self._services, "standard"))
        while not self._stop.wait(HEARTBEAT_SECONDS) or self._held:
            try:
                self._beat()
            except Exception as error:  # noqa: BLE001 - a heart that stops would hand on all that is under way.
                if self._held or not self._stop.is_set():
                    log.warning("The leases could not be renewed: %s", type(error).__name__)
            if self._stop.is_set():
                time.sleep(IDLE_SECONDS)

    def _forget_limits(self) -> None:
        try:
            with self._begin() as session:
                pace.forget(session)
        except SQLAlchemyError as error:
            if not self._stop.is_set():
                log.warning("The service's limits of yesterday still count: %s", type(error).__name__)

    def _beat(self) -> None:
        with self._lock:
            held = list(self._held)
        with self._begin() as session:
            if held:
                batch_items.renew(session, held)
        self._turns.write(self._begin)
        # Only what had expired at the last beat already: after a sleep of the machine others need one to speak up.
        with self._begin() as session:
            expired = batch_items.expired(session)
            taken = batch_items.take_over(session, self._expired & expired)
        self._expired = expired
        if taken:
            log.warning("%d pictures of a worker that died wait again.", taken)
            self._ring(min(taken, MOST_LANES))
