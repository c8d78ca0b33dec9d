"""Ring for the queue's workers: the row is the truth, the ring only says that there is something to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from procrastinate import App
from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from sqlalchemy.pool import NullPool

CONNECT_SECONDS = 10


class QueueError(RuntimeError):
    """The queue cannot be reached; the message is one sentence for the operator."""


def ring_many(url: str, task_name: str, times: int) -> None:
    """Put one task into the queue so many times, for as many workers; raises QueueError like `ring`."""
    with _opened(url) as queue:
        queue.configure_task(task_name, allow_unknown=True).batch_defer(*({} for _ in range(times)))


def ring(url: str, task_name: str, **ids: int) -> bool:
    """Put one task into the queue at `url` (a SQLAlchemy URL); tell whether it was not waiting there already.

    A task waits at most once with the same ids, however often it is rung for. Raises QueueError when the
    database cannot be reached.
    """
    waiting_once = " ".join([task_name, *(f"{name}={number}" for name, number in sorted(ids.items()))])
    try:
        with _opened(url) as queue:
            queue.configure_task(task_name, allow_unknown=True, queueing_lock=waiting_once).defer(**ids)
    except AlreadyEnqueued:
        return False
    return True


@contextmanager
def _opened(url: str) -> Iterator[App]:
    """Open the queue for a moment."""
    # Not psycopg's own pool: its threads would be forked along, and it tries for half a minute.
    connector = SQLAlchemyPsycopg2Connector(
        dsn=url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}
    )
    try:
        with App(connector=connector).open() as queue:
            yield queue
    except ConnectorException as error:
        if isinstance(error, AlreadyEnqueued):
            raise
        cause = getattr(error.__cause__, "orig", None) or error
        raise QueueError(f"The queue cannot be reached: {str(cause).strip().splitlines()[0]}.") from error
