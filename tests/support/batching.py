"""Short ways to start batches, work them off and look at them; used by the tests of batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest import mock

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session, sessionmaker

from artworks import worker as jobs
from artworks.adapters import job_queue
from artworks.adapters.storage.storage import rendition_key
from artworks.batches import batch as batches
from artworks.batches import worker as batch_worker
from artworks.batches.batch import BatchOrder
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Dependencies
from artworks.drafting.request import DraftOptions
from artworks.imaging.rendition_kinds import RENDITION_VERSION
from artworks.search.filters import Filters
from models import Batch, BatchItem, Image, Usage
from tests.support import program
from tests.support.factories import picture
from tests.support.program import PATIENCE


def begin_of(engine: Engine) -> TransactionFactory:
    """Return transactions."""
    begin: TransactionFactory = sessionmaker(engine, expire_on_commit=False).begin
    return begin


def wait_until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something is so that its condition tells well enough."""
    program.wait_until("what was to come about", true, seconds)


def somebody_waits(engine: Engine) -> bool:
    """Return whether a transaction of this database waits for a lock of another."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return bool(connection.scalar(query))


def add_pictures(engine: Engine, dependencies: Dependencies, count: int, **words: Any) -> list[int]:
    """Put pictures into the library that share one small file for the model; give their ids."""
    shown = picture(seed=1)
    with engine.begin() as connection:
        rows = []
        for number in range(count):
            name = f"{number:08x}-0000-4000-8000-{time.monotonic_ns() % 16**12:012x}.jpg"
            dependencies.storage.put(rendition_key(name, "preview", "image/jpeg", RENDITION_VERSION), shown)
            facts = {"media_type": "image/jpeg", "rendition_type": "image/jpeg", "width": 60, "height": 40}
            facts["rendition_version"] = RENDITION_VERSION
            rows.append(
                {
                    "original_filename": f"Study {number:04}.jpg",
                    "stored_filename": name,
                    "size_bytes": 900,
                    **facts,
                    **words,
                }
            )
        return list(connection.scalars(insert(Image).returning(Image.id, sort_by_parameter_order=True), rows))


def start(
    engine: Engine,
    dependencies: Dependencies,
    ids: list[int],
    *,
    cap: str | None = None,
    tier: str = "standard",
    **options: Any,
) -> int:
    """Write down a batch; nothing is enqueued."""
    order = BatchOrder(
        Filters(ids=tuple(ids)),
        DraftOptions(**{"overwrite_policy": "empty", **options}),
        tier,
        None if cap is None else Decimal(cap),
    )
    with begin_of(engine)() as session:
        return batches.start(session, dependencies, order).id


def enqueue(url: str, times: int = 8) -> None:
    """Put tasks of worker slots into the queue."""
    job_queue.enqueue_many(url, batches.WORK_TASK, times)


def read(engine: Engine, batch_id: int) -> Batch:
    """Read a batch as it is now."""
    with Session(engine) as session:
        return batches.find(session, batch_id)


def items(engine: Engine, batch_id: int) -> list[BatchItem]:
    """List the items of a batch."""
    with Session(engine) as session:
        return list(
            session.scalars(select(BatchItem).where(BatchItem.batch_id == batch_id).order_by(BatchItem.id))
        )


def calls(engine: Engine, batch_id: int) -> list[Usage]:
    """List the calls of a batch, oldest first."""
    with Session(engine) as session:
        return list(session.scalars(select(Usage).where(Usage.batch_id == batch_id).order_by(Usage.id)))


def images(engine: Engine, ids: list[int]) -> list[Image]:
    """Read pictures in the order of their ids."""
    with Session(engine) as session:
        return list(session.scalars(select(Image).where(Image.id.in_(ids)).order_by(Image.id)))


@contextmanager
def working(url: str, dependencies: Dependencies, concurrency: int = 4) -> Iterator[jobs.QueueWorker]:
    """Work the queue for the time of a with block."""
    worker = jobs.QueueWorker(url, dependencies, concurrency)
    # A worker slot with nothing to do claims again soon: that it waits half a second is only to spare the database.
    with mock.patch.object(batch_worker, "IDLE_SECONDS", 0.05):
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()


def change(engine: Engine, act: Callable[..., Any], batch_id: int, *more: Any) -> Any:
    """Pause, resume, cancel or retry a batch as a person does."""
    with begin_of(engine)() as session:
        return act(session, batches.find(session, batch_id, lock=True), *more)
