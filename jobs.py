"""The queue's door: the tasks, and the worker that runs them in a thread of its own and outlives its database."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from adapters.postgres import libpq_url, sqlalchemy_url
from adapters.storage import Storage
from features import sweep

log = logging.getLogger(__name__)

SWEEP = "library.sweep"
TIDY = "queue.tidy"
# Minutes past the hour, off the full hour when everybody else's work begins.
HOURLY = "17 * * * *"
SOON_AFTER = "23 * * * *"
# Connections a worker needs besides its jobs: fetching, heartbeat, periodic work.
OWN_CONNECTIONS = 3
RETRY_SECONDS = 2.0
GRACE_SECONDS = 3.0


def _is_news(record: logging.LogRecord) -> bool:
    """Keep the libraries from reporting a lost connection, page after page, that the worker reports in a line."""
    error = record.exc_info[1] if record.exc_info else None
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return not (lost or isinstance(error, ConnectorException | psycopg.Error))


for _name in (
    "procrastinate.manager",
    "procrastinate.utils",
    "procrastinate.worker",
    "procrastinate.worker.worker",
):
    logging.getLogger(_name).addFilter(_is_news)
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Room:
    """What the tasks work with."""

    sessions: Callable[[], Session]
    storage: Storage


def make_queue(connector: PsycopgConnector, room: Room) -> App:
    """Give the queue with every task in it; nothing is connected before it is opened."""
    queue = App(connector=connector)

    @queue.periodic(cron=HOURLY)
    @queue.task(name=SWEEP, queueing_lock=SWEEP)
    async def sweep_library(timestamp: int = 0) -> None:
        """Tidy the library up."""
        await _in_thread(lambda: _sweep(room))

    @queue.periodic(cron=SOON_AFTER)
    @queue.task(name=TIDY, queueing_lock=TIDY)
    async def tidy_queue(timestamp: int = 0) -> None:
        """Drop jobs whose worker was killed: what they were about is still in the rows and is rung for again."""
        for job in await queue.job_manager.get_stalled_jobs():
            await queue.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)

    return queue


def _sweep(room: Room) -> None:
    with room.sessions() as session:
        sweep.sweep(session, room.storage)


async def _in_thread(work: Callable[[], None]) -> None:
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


class Worker:
    """Works the queue of one database in a thread; goes on by itself when the database comes back."""

    def __init__(self, url: str, storage: Storage, concurrency: int) -> None:
        self._url = url
        self._concurrency = concurrency
        self._engine = create_engine(
            sqlalchemy_url(url), pool_size=concurrency, max_overflow=0, pool_pre_ping=True
        )
        self._room = Room(sessionmaker(self._engine), storage)
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        # A daemon: a job that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)

    def start(self) -> None:
        """Begin to work; returns at once."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Tell whether the thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Take no more jobs and wait a few seconds for those at work; what is unfinished is rung for again."""
        self._stopping.set()
        loop, work = self._loop, self._work
        if loop is not None and work is not None and not loop.is_closed():
            loop.call_soon_threadsafe(work.cancel)
        if self._thread.is_alive():
            self._thread.join(GRACE_SECONDS + 1)
        self._engine.dispose()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._serve())
            except asyncio.CancelledError:
                break
            except (ConnectorException, psycopg.Error, OSError) as error:
                log.warning("The queue has lost its database (%s) and tries again.", type(error).__name__)
            self._stopping.wait(RETRY_SECONDS)

    async def _serve(self) -> None:
        """Work until the database is lost or `stop` cancels this."""
        self._loop = asyncio.get_running_loop()
        connector = PsycopgConnector(
            conninfo=libpq_url(self._url),
            min_size=1,
            max_size=self._concurrency + OWN_CONNECTIONS,
            timeout=10,
            kwargs={"connect_timeout": 5},
        )
        queue = make_queue(connector, self._room)
        async with queue.open_async():
            self._work = asyncio.ensure_future(
                queue.run_worker_async(
                    concurrency=self._concurrency,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=GRACE_SECONDS,
                )
            )
            if self._stopping.is_set():
                self._work.cancel()
            await self._work
