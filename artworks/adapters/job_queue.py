"""Put tasks into the queue: the rows say what is to be done, a task only that there is something."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from procrastinate import App
from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from artworks.adapters.postgres.health import explain, reason

CONNECT_SECONDS = 10
# A task of `enqueue_debounced` begins after so many seconds; until shortly before, one task does for all calls.
SOON_SECONDS = 3
DEBOUNCE_SECONDS = 2.0
_enqueued_until: dict[tuple[str, str], float] = {}


class QueueError(RuntimeError):
    """The queue cannot be reached; the message is one sentence for the operator."""


def enqueue_many(url: str, task_name: str, times: int) -> None:
    """Put one task into the queue so many times, for as many workers; raises QueueError like `enqueue`."""
    with _opened(url) as queue:
        queue.configure_task(task_name, allow_unknown=True).batch_defer(*({} for _ in range(times)))


def enqueue(url: str, task_name: str, **ids: int) -> bool:
    """Put one task into the queue at `url` (a SQLAlchemy URL); return whether it was not there already.

    A task waits at most once with the same ids, however often it is enqueued. Raises QueueError when the
    database cannot be reached.
    """
    waiting_once = " ".join([task_name, *(f"{name}={number}" for name, number in sorted(ids.items()))])
    try:
        with _opened(url) as queue:
            queue.configure_task(task_name, allow_unknown=True, queueing_lock=waiting_once).defer(**ids)
    except AlreadyEnqueued:
        return False
    return True


def enqueue_debounced(url: str, task_name: str) -> bool:
    """Put one task into the queue that begins in a moment; return whether that was done.

    It serves everything that this process commits until then, so the next calls do nothing and cost nothing: made for
    what comes in bursts. Raises QueueError like `enqueue`.
    """
    now = time.monotonic()
    if now < _enqueued_until.get((url, task_name), 0.0):
        return False
    # Each process has its own: another one's may begin any moment.
    waiting_once = f"{task_name} of {os.getpid()}"
    try:
        with _opened(url) as queue:
            task = queue.configure_task(
                task_name,
                allow_unknown=True,
                queueing_lock=waiting_once,
                schedule_in={"seconds": SOON_SECONDS},
            )
            task.defer()
    except AlreadyEnqueued:
        return False
    _enqueued_until[url, task_name] = now + DEBOUNCE_SECONDS
    return True


@cache
def _engine_of(url: str) -> Engine:
    """Return what connects to the queue; it asks once what the server can, and keeps no connection that forks share.

    Not psycopg's own pool: its threads would be forked along, and it tries for half a minute.
    """
    return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS})


@contextmanager
def _opened(url: str) -> Iterator[App]:
    """Open the queue for a moment."""
    try:
        with App(connector=SQLAlchemyPsycopg2Connector()).open(_engine_of(url)) as queue:
            yield queue
    except ConnectorException as error:
        if isinstance(error, AlreadyEnqueued):
            raise
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise QueueError(explain(cause, url) or f"The queue cannot be reached: {reason(cause)}.") from error
