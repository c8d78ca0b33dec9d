"""The tasks of the queue, and the worker that runs them in a thread of its own and outlives its database."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from artworks import maintenance
from artworks.adapters import job_queue
from artworks.adapters.postgres.health import reason
from artworks.adapters.postgres.server import SESSION, libpq_url, sqlalchemy_url
from artworks.batches import batch as batches
from artworks.batches.worker import BatchWorkerPool
from artworks.core.actor import PROGRAM, act_as
from artworks.core.errors import AppError
from artworks.dependencies import Dependencies
from artworks.duplicates import detection
from artworks.duplicates.detection import DuplicateScanner
from artworks.files import storage_mark
from artworks.files.orphans import OrphanCount
from artworks.images import remaking
from artworks.images.remaking import RenditionRemaker
from artworks.search import vocabulary
from artworks.search.vocabulary import VocabularyScanner

log = logging.getLogger(__name__)

SWEEP = "library.sweep"
TIDY = "queue.tidy"
LOOK = "batches.look"
COMPARE = detection.COMPARE
REMAKE = remaking.REMAKE
GATHER_WORDS = vocabulary.GATHER
COUNT_ORPHANS = "storage.count_orphans"
RENEW_MARK = "storage.renew_mark"
# Minutes past the hour, off the full hour when everybody else's work begins.
HOURLY = "17 * * * *"
SOON_AFTER = "23 * * * *"
LATER = "41 * * * *"
EVERY_MINUTE = "* * * * *"
# Before the worker slots of batches, which there are many of.
FIRST = 10
# Connections a worker needs besides its jobs: fetching, heartbeat, periodic work.
OWN_CONNECTIONS = 3
# Connections that the worker slots of one process share.
MOST_CONNECTIONS = 4
RETRY_SECONDS = 2.0
A_DAY = 86_400.0
# How often, in seconds, the queue is looked at, should a notice of new work have been missed.
POLL_SECONDS = 2.0
# How long a stop waits for other work than calls to the AI service, in seconds.
GRACE_SECONDS = 3.0


def _should_report(record: logging.LogRecord) -> bool:
    """Return whether a library's record says something new: not what is logged in a line, as a lost connection."""
    error = record.exc_info[1] if record.exc_info else None
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    # The picture store has logged in a line what is wrong with it.
    is_logged = isinstance(error, AppError) and error.detail is not None
    return not (lost or is_logged or isinstance(error, ConnectorException | psycopg.Error))


for _name in (
    "procrastinate.manager",
    "procrastinate.utils",
    "procrastinate.worker",
    "procrastinate.worker.worker",
):
    logging.getLogger(_name).addFilter(_should_report)
# Of its connections the queue says itself what there is to say.
logging.getLogger("psycopg").setLevel(logging.ERROR)


@dataclass(frozen=True)
class TaskContext:
    """What the tasks work with."""

    sessions: Callable[[], Session]
    dependencies: Dependencies
    batch_workers: BatchWorkerPool
    comparing: DuplicateScanner
    remaking: RenditionRemaker
    orphans: OrphanCount
    vocabulary: VocabularyScanner


def make_queue(connector: PsycopgConnector, context: TaskContext) -> App:
    """Return the queue with every task in it; nothing is connected before it is opened."""
    queue = App(connector=connector)

    def periodic(name: str, cron: str, work: Callable[[], None]) -> None:
        @queue.periodic(cron=cron)
        @queue.task(name=name, queueing_lock=name, priority=FIRST)
        async def work_in_thread(timestamp: int = 0) -> None:
            await _run_in_thread(work)

    periodic(SWEEP, HOURLY, lambda: _clean_up(context))
    # For pictures of batches that were left behind: the rows of batch_item are the truth, a task can be lost.
    periodic(LOOK, EVERY_MINUTE, context.batch_workers.enqueue_left_behind)
    # Doubles of the pictures that are new, or that were left behind.
    periodic(COMPARE, EVERY_MINUTE, context.comparing.work)
    # Small copies of an older version.
    periodic(REMAKE, EVERY_MINUTE, context.remaking.work)
    # For searches that find nothing.
    periodic(GATHER_WORDS, EVERY_MINUTE, context.vocabulary.work)
    # So that a copy of the database has an older mark than the storage.
    periodic(RENEW_MARK, EVERY_MINUTE, lambda: _renew_mark(context))
    # If that was not done for a day.
    periodic(COUNT_ORPHANS, LATER, context.orphans.work)

    @queue.periodic(cron=SOON_AFTER)
    @queue.task(name=TIDY, queueing_lock=TIDY, priority=FIRST)
    async def tidy_queue(timestamp: int = 0) -> None:
        """Drop jobs whose worker was killed: what they were about is still in the rows and is enqueued again."""
        for job in await queue.job_manager.get_stalled_jobs():
            await queue.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)

    @queue.task(name=batches.WORK_TASK)
    async def work_batches() -> None:
        """Work as one more slot on the pictures of batches."""
        await _run_in_thread(context.batch_workers.work)

    return queue


def _clean_up(context: TaskContext) -> None:
    with context.sessions() as session:
        act_as(session, PROGRAM)
        maintenance.remove_expired(session, context.dependencies.session_limits)
        dependencies = context.dependencies
        maintenance.clean_up(session, dependencies.storage, dependencies.temporary)
        maintenance.trim_sizes(session, dependencies.storage, dependencies.rendition_cache_bytes)


def _renew_mark(context: TaskContext) -> None:
    with context.sessions() as session:
        try:
            storage_mark.renew(session, context.dependencies.storage)
        except AppError as error:
            log.warning("The mark of the storage could not be renewed: %s", error.detail or error)


async def _run_in_thread(work: Callable[[], object]) -> None:
    """Run `work`, which blocks, in a thread of its own.

    Not in the loop's pool: Python waits for the threads of a pool when the process ends, so a job that hangs
    would keep it from ending, and takes no work any more while the queue is still open. How many run at once is
    the worker's concurrency.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        error: Exception | None = None
        try:
            work()
        except Exception as caught:  # noqa: BLE001 - it is raised again where the job is waited for.
            error = caught
        # A loop that is closed by now has given the job up.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=run, name="job", daemon=True).start()
    await done


class QueueWorker:
    """Works the queue of one database in a thread; goes on by itself when the database comes back."""

    def __init__(
        self,
        url: str,
        dependencies: Dependencies,
        concurrency: int,
        count_orphans: tuple[str, ...] | None = None,
    ) -> None:
        self._url = url
        # Twice as many slots as calls at once: calls that end together are followed at once by others that are ready.
        self._worker_slots = 2 * concurrency
        # Slots need one for moments only. A lost connection is noticed when it is used: slots try again.
        self._engine = create_engine(
            sqlalchemy_url(url),
            pool_size=min(self._worker_slots + 1, MOST_CONNECTIONS),
            max_overflow=1,
            connect_args={"connect_timeout": 5, "options": SESSION},
        )
        dependencies = replace(dependencies, slots=threading.BoundedSemaphore(concurrency))
        sessions = sessionmaker(self._engine, expire_on_commit=False)
        self._batch_workers = BatchWorkerPool(sessions.begin, dependencies, self._enqueue)
        self._comparing = DuplicateScanner(sessions, dependencies.storage)
        self._remaking = RenditionRemaker(sessions, dependencies.storage)
        self._orphans = OrphanCount(sessions, count_orphans)
        self._context = TaskContext(
            sessions,
            dependencies,
            self._batch_workers,
            self._comparing,
            self._remaking,
            self._orphans,
            VocabularyScanner(sessions),
        )
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        # A daemon: a job that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run_queue, name="queue", daemon=True)
        self._heartbeat = threading.Thread(
            target=self._batch_workers.run_heartbeat, name="leases", daemon=True
        )

    def start(self) -> None:
        """Begin to work; returns at once."""
        self._thread.start()
        self._heartbeat.start()

    @property
    def grace(self) -> float:
        """Return the seconds that a call under way is waited for, which is as long as it may take: it is paid for."""
        return self._batch_workers.call_timeout + GRACE_SECONDS

    def busy(self) -> int:
        """Return how many pictures there are whose words are being written here."""
        return self._batch_workers.busy()

    def _enqueue(self, times: int) -> None:
        try:
            job_queue.enqueue_many(sqlalchemy_url(self._url), batches.WORK_TASK, times)
        except job_queue.QueueError as error:
            log.warning("%s", error)

    def is_alive(self) -> bool:
        """Return whether the thread runs."""
        return self._thread.is_alive()

    def stop(self) -> bool:
        """Take no more work and wait for what is under way, calls to the AI service up to their timeout.

        What is not sent yet is given back at once, for other workers or the next start. Return False when something
        did not end by then and had to be given up.
        """
        self._stopping.set()
        self._batch_workers.stop()
        self._comparing.stop()
        self._remaking.stop()
        self._orphans.stop()
        loop, work = self._loop, self._work
        if loop is not None and work is not None and not loop.is_closed():
            loop.call_soon_threadsafe(work.cancel)
        ended = self._wait_for_end()
        self._engine.dispose()
        return ended

    def _wait_for_end(self) -> bool:
        """Wait for the end of the thread: long for calls under way, a little for everything else.

        Return whether it came by itself.
        """
        begun = idle_since = time.monotonic()
        while self._thread.is_alive() or self.busy():
            now = time.monotonic()
            idle_since = now if self.busy() else idle_since
            if now > min(begun + self.grace, idle_since + GRACE_SECONDS):
                break
            time.sleep(0.05)
        else:
            return True
        if self._thread.is_alive() and self._loop is not None:
            # Cancelled once more, the queue gives up on jobs that hang.
            self._loop.call_soon_threadsafe(self._abandon)
            self._thread.join(GRACE_SECONDS)
        return False

    def _abandon(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _run_queue(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._serve())
            except asyncio.CancelledError:
                break
            except (ConnectorException, psycopg.Error, OSError) as error:
                if self._stopping.is_set():
                    break
                cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
                log.warning("The queue has lost its database (%s) and tries again.", reason(cause))
            self._stopping.wait(RETRY_SECONDS)

    async def _serve(self) -> None:
        """Work until the database is lost or `stop` cancels this."""
        self._loop = asyncio.get_running_loop()
        connector = PsycopgConnector(
            conninfo=libpq_url(self._url),
            min_size=1,
            max_size=min(self._worker_slots, OWN_CONNECTIONS) + OWN_CONNECTIONS,
            timeout=10,
            kwargs={"connect_timeout": 5},
        )
        queue = make_queue(connector, self._context)
        async with queue.open_async():
            self._work = asyncio.ensure_future(
                queue.run_worker_async(
                    concurrency=self._worker_slots,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    fetch_job_polling_interval=POLL_SECONDS,
                    # How long jobs are waited for, `stop` knows, by what the settings are then.
                    shutdown_graceful_timeout=A_DAY,
                )
            )
            if self._stopping.is_set():
                self._work.cancel()
            await self._work
