"""The worker slots of one process: each claims a picture of a running batch, has its words written, and goes on."""

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
from artworks.batches import batch_item, estimates, runner
from artworks.batches.batch import MAX_WORKER_SLOTS
from artworks.batches.batch_item import ClaimedItem
from artworks.batches.item_policy import CallDefaults, settings_for
from artworks.batches.rate_slots import RateSlots
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Dependencies
from artworks.drafting.call_policy import CATEGORIES_SHOWN
from artworks.taxonomy import queries as taxonomy
from artworks.usage import rate_limit

# For how many seconds a worker slot works before it lets other tasks of the queue have its place.
SLOT_SECONDS = 60.0
# How often a slot with nothing to do claims again, and how often the leases are renewed, in seconds.
IDLE_SECONDS = 0.5
HEARTBEAT_SECONDS = 4.0
# For how many seconds a process has begun before it makes itself ready for its first call.
WARM_UP_AFTER = 1.0
# For how many seconds the running batches, and the defaults of a call, are cached.
FRESH_SECONDS = 0.5
DEFAULTS_FRESH_SECONDS = 10.0
log = logging.getLogger(__name__)


class BatchWorkerPool:
    """What the worker slots of a process share: its name, its claims, and whether it stops.

    `enqueue` puts the task of one more slot into the queue so many times; this process or another takes them.
    """

    def __init__(
        self, begin: TransactionFactory, dependencies: Dependencies, enqueue: Callable[[int], None]
    ) -> None:
        self._begin, self._services, self._enqueue = begin, dependencies, enqueue
        self._name, self._number = secrets.token_hex(8), 0
        self._lock = threading.Lock()
        self._held_claims: set[str] = set()
        self._active = 0
        self._expired_ids: frozenset[int] = frozenset()
        self._stop = threading.Event()
        self._running: tuple[float, list[int]] = (-1e9, [])
        self._rate_slots = RateSlots(dependencies.limits)
        self._defaults: tuple[float, CallDefaults] = (
            -1e9,
            CallDefaults(0, [], self._rate_slots, self._is_running, self._is_current),
        )

    def stop(self) -> None:
        """Take nothing more; what is not sent yet is given back, calls under way come in."""
        self._stop.set()

    @property
    def call_timeout(self) -> float:
        """Return the seconds that a call may be silent."""
        return self._services.ai_settings.timeout

    def busy(self) -> int:
        """Return how many pictures are being worked on."""
        return len(self._held_claims)

    def work(self) -> None:
        """Work as one slot until there is nothing to do, or for SLOT_SECONDS; then the task is enqueued again.

        A slot stays as long as any running batch has a picture left: one that is to be tried again later, or one
        whose worker may have died.
        """
        ends = time.monotonic() + SLOT_SECONDS
        # The task may have been enqueued for a batch that is younger than the cached list.
        self._running = (-1e9, [])
        with self._count_as_active():
            while not self._stop.is_set():
                item = self._claim()
                if item is not None:
                    self._process(item)
                elif self._nothing_left():
                    return
                else:
                    self._stop.wait(IDLE_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - no secret.
                if time.monotonic() > ends:
                    self._enqueue(1)
                    return

    @contextmanager
    def _count_as_active(self) -> Iterator[None]:
        with self._lock:
            self._active += 1
        try:
            yield
        finally:
            with self._lock:
                self._active -= 1

    def enqueue_left_behind(self) -> None:
        """Enqueue slots for pictures that wait although nobody works on batches here, as after a crash."""
        with self._begin() as session:
            batch_item.cancel_waiting(session)
            count = 0 if self._active else batch_item.count_due(session, MAX_WORKER_SLOTS)
        if count:
            self._enqueue(count)

    def _claim(self) -> ClaimedItem | None:
        """Claim a picture of any running batch; each batch has the same chance, so a small one does not wait long."""
        try:
            batches = self._batches()
            for batch_id in random.sample(batches, len(batches)):
                with self._lock:
                    self._number += 1
                    claim = f"{self._name}-{self._number}"
                with self._begin() as session:
                    item = batch_item.claim(session, batch_id, claim)
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
                found = batch_item.running_batch_ids(session)
            self._running = (time.monotonic(), found)
        return found

    def _is_running(self, batch_id: int) -> bool:
        return batch_id in self._batches()

    def _nothing_left(self) -> bool:
        """Return whether no running batch has a picture left, not even one that is due later."""
        try:
            with self._begin() as session:
                return batch_item.seconds_until_due(session) is None
        except SQLAlchemyError:
            return False

    def _process(self, item: ClaimedItem) -> None:
        with self._lock:
            self._held_claims.add(item.claim)
        try:
            self._read_settings()
            runner.process_item(self._begin, self._services, item, self._call_defaults(), self._stop.is_set)
            self._rate_slots.write_usage(self._begin)
        except SQLAlchemyError as error:
            log.warning("Picture %s is handed on: %s", item.image_id, type(error).__name__)
        finally:
            with self._lock:
                self._held_claims.discard(item.claim)

    def _read_settings(self) -> None:
        """Take over what owners changed; pictures that are being worked on go on with what they began with."""
        with self._begin() as session:
            services = self._services.with_settings(session)
        if services.ai_settings != self._services.ai_settings:
            # What a call takes is another matter with another model.
            self._defaults = (-1e9, self._defaults[1])
        self._services = services
        self._rate_slots.limits = services.limits

    def _is_current(self, services: Dependencies) -> bool:
        self._read_settings()
        return (services.ai_settings, services.limits) == (self._services.ai_settings, self._services.limits)

    def _call_defaults(self) -> CallDefaults:
        until, defaults = self._defaults
        if time.monotonic() > until:
            with self._begin() as session:
                one = estimates.typical(session, self._services)
                categories = taxonomy.vouched_names(session, CATEGORIES_SHOWN)
            defaults = CallDefaults(
                one.tokens, categories, self._rate_slots, self._is_running, self._is_current
            )
            # A guess is soon replaced by what was measured.
            self._defaults = (time.monotonic() + (DEFAULTS_FRESH_SECONDS if one.measured else 1.0), defaults)
        return defaults

    def run_heartbeat(self) -> None:
        """Renew the leases and requeue expired items, again and again; returns when the process stops."""
        # A moment later: a process that starts has better things to do.
        if not self._stop.wait(WARM_UP_AFTER):
            self._forget_reported_limits()
            gpt_service.warm_up(settings_for(self._services, "standard"))
        while not self._stop.wait(HEARTBEAT_SECONDS) or self._held_claims:
            try:
                self._renew_leases()
            except Exception as error:  # noqa: BLE001 - without a heartbeat every claimed item would be requeued.
                if self._held_claims or not self._stop.is_set():
                    log.warning("The leases could not be renewed: %s", type(error).__name__)
            if self._stop.is_set():
                time.sleep(IDLE_SECONDS)

    def _forget_reported_limits(self) -> None:
        try:
            with self._begin() as session:
                rate_limit.forget_reported_limits(session)
        except SQLAlchemyError as error:
            if not self._stop.is_set():
                log.warning("The service's limits of yesterday still count: %s", type(error).__name__)

    def _renew_leases(self) -> None:
        with self._lock:
            held = list(self._held_claims)
        with self._begin() as session:
            if held:
                batch_item.renew_leases(session, held)
        self._rate_slots.write_usage(self._begin)
        # Only what had expired at the last heartbeat already: after a sleep of the machine others need one to renew.
        with self._begin() as session:
            expired = batch_item.expired_item_ids(session)
            requeued = batch_item.requeue_expired(session, self._expired_ids & expired)
        self._expired_ids = expired
        if requeued:
            log.warning("%d pictures of a worker that died wait again.", requeued)
            self._enqueue(min(requeued, MAX_WORKER_SLOTS))
