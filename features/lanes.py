"""The lanes of one process: each takes a picture of any running batch, writes its words, and takes the next."""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from features import batch_items, batch_work, catalogue, estimates
from features.batch_items import Item
from features.batch_work import Usual
from features.batches import MOST_LANES
from features.errands import CATEGORIES_SHOWN, Begin
from features.services import Services
from features.turns import Turns

# For how many seconds a lane goes on before it lets other work of the queue have its place.
SHIFT_SECONDS = 60.0
# How often a lane with nothing to do looks again, and how often a worker says that it is alive, in seconds.
IDLE_SECONDS = 0.5
HEARTBEAT_SECONDS = 4.0
# For how many seconds the running batches, and what is usual for a call, are remembered.
FRESH_SECONDS = 0.5
USUAL_FRESH_SECONDS = 10.0
log = logging.getLogger(__name__)


class Lanes:
    """What the lanes of a process share: its name, what it holds, and whether it stops.

    `ring` calls for so many more lanes, here or in other processes.
    """

    def __init__(self, begin: Begin, services: Services, ring: Callable[[int], None]) -> None:
        self._begin, self._services, self._ring = begin, services, ring
        self._name, self._number = secrets.token_hex(8), 0
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self._watching = False
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

        Of the lanes with nothing to do one stays and watches, for pictures that are to be tried again later and for
        those whose worker dies.
        """
        ends = time.monotonic() + SHIFT_SECONDS
        watching = idle = False
        # Whoever rang may have done so for a batch that was started a moment ago.
        self._running = (-1e9, [])
        try:
            while not self._stop.is_set():
                item = self._claim()
                if item is not None:
                    if idle:
                        self._call_others()
                    idle = False
                    self._do(item)
                elif self._nothing_left():
                    return
                elif watching or self._begin_to_watch():
                    watching = idle = True
                    self._stop.wait(IDLE_SECONDS)
                else:
                    return
                if time.monotonic() > ends:
                    self._ring(1)
                    return
        finally:
            if watching:
                self._watching = False

    def _call_others(self) -> None:
        """Ring for the pictures that have become due together with this one."""
        try:
            with self._begin() as session:
                count = batch_items.due(session, MOST_LANES)
        except DBAPIError as error:
            log.warning("What is due could not be counted: %s", type(error).__name__)
            return
        if count:
            self._ring(count)

    def call_for_the_left_behind(self) -> None:
        """Ring for pictures that wait although nobody works on batches, as after a crash."""
        if not self._held:
            self._call_others()

    def _begin_to_watch(self) -> bool:
        with self._lock:
            begins, self._watching = not self._watching, True
        return begins

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
        except DBAPIError as error:
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
        """Tell whether no running batch has a picture left, not even one that is due later."""
        try:
            with self._begin() as session:
                return batch_items.next_due(session) is None
        except DBAPIError:
            return False

    def _do(self, item: Item) -> None:
        with self._lock:
            self._held.add(item.claim)
        try:
            batch_work.work_on(self._begin, self._services, item, self._what_is_usual(), self._stop.is_set)
            self._turns.write(self._begin)
        except DBAPIError as error:
            log.warning("Picture %s is handed on: %s", item.image_id, type(error).__name__)
        finally:
            with self._lock:
                self._held.discard(item.claim)

    def _what_is_usual(self) -> Usual:
        until, usual = self._usual
        if time.monotonic() > until:
            with self._begin() as session:
                one = estimates.typical(session, self._services)
                categories = catalogue.category_names(session, CATEGORIES_SHOWN)
            usual = Usual(one.tokens, categories, self._turns, self._runs)
            # A guess is soon replaced by what was measured.
            self._usual = (time.monotonic() + (USUAL_FRESH_SECONDS if one.measured else 1.0), usual)
        return usual

    def keep_alive(self) -> None:
        """Renew the leases and take over from the dead, again and again; returns when the process stops."""
        while not self._stop.wait(HEARTBEAT_SECONDS) or self._held:
            try:
                with self._begin() as session:
                    with self._lock:
                        held = list(self._held)
                    if held:
                        batch_items.renew(session, held)
                self._turns.write(self._begin)
                with self._begin() as session:
                    taken = batch_items.take_over(session)
            except DBAPIError as error:
                log.warning("The leases could not be renewed: %s", type(error).__name__)
            else:
                if taken:
                    log.warning("%d pictures of a worker that died wait again.", taken)
                    self._ring(min(taken, MOST_LANES))
            if self._stop.is_set():
                time.sleep(IDLE_SECONDS)
