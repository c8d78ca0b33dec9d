"""Ring for the queue's workers: the row is the truth, the ring only says that there is something to do."""

from __future__ import annotations

from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

CONNECT_SECONDS = 10


def ring(url: str, task_name: str, **ids: int) -> bool:
    """Put one task into the queue at `url` (a libpq URL); tell whether it was not waiting there already.

    A task waits at most once with the same ids, however often it is rung for. Raises
    `procrastinate.exceptions.ConnectorException` when the database cannot be reached.
    """
    connector = SyncPsycopgConnector(conninfo=url, min_size=1, max_size=1, timeout=CONNECT_SECONDS)
    waiting_once = " ".join([task_name, *(f"{name}={number}" for name, number in sorted(ids.items()))])
    with App(connector=connector).open() as queue:
        try:
            queue.configure_task(task_name, allow_unknown=True, queueing_lock=waiting_once).defer(**ids)
        except AlreadyEnqueued:
            return False
    return True
