"""The worker compares new pictures by itself, and those that were left behind."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from artworks import worker as jobs
from artworks.adapters import job_queue
from artworks.dependencies import Dependencies
from artworks.duplicates import detection
from artworks.duplicates.detection import DuplicateScanner
from artworks.images import uploads
from artworks.images.uploads import Incoming, UploadOptions
from artworks.imaging.decoder_pool import NICENESS
from models import Image, LookAlike
from tests.duplicates.test_detection import commented, jpeg
from tests.imaging.test_perceptual_hash import artwork
from tests.support.batching import wait_until, working
from tests.support.program import PATIENCE


@pytest.fixture
def worker(database_url: str, dependencies: Dependencies) -> Iterator[jobs.QueueWorker]:
    job_queue._enqueued_until.clear()
    worker = jobs.QueueWorker(database_url, dependencies, concurrency=2)
    worker.start()
    yield worker
    worker.stop()


def put(engine: Engine, dependencies: Dependencies, folder: Path, *files: bytes) -> list[int]:
    paths = [folder / f"{number}.jpg" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    incoming = [Incoming(path, path.name, path.stat().st_size) for path in paths]
    with Session(engine) as session:
        options = UploadOptions({}, True, 10**8)
        return uploads.receive(session, dependencies.storage, incoming, options).images


def kinds(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return sorted(session.scalars(select(LookAlike.kind)))


def left(engine: Engine) -> int | None:
    with Session(engine) as session:
        return detection.next_uncompared(session)


def test_what_is_rung_for_is_compared(
    database_url: str, engine: Engine, dependencies: Dependencies, worker: jobs.QueueWorker, tmp_path: Path
) -> None:
    one = jpeg(artwork(1))
    put(engine, dependencies, tmp_path, one, one, commented(one), jpeg(artwork(1), 50), jpeg(artwork(2)))
    # At the turn of a minute the worker rings for itself as well.
    job_queue.enqueue(database_url, jobs.COMPARE)
    wait_until(lambda: left(engine) is None)
    assert kinds(engine) == ["bytes", "looks", "looks", "looks", "pixels", "pixels"]


def test_one_task_serves_all_that_comes_in_a_moment(
    database_url: str,
    engine: Engine,
    dependencies: Dependencies,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert job_queue.DEBOUNCE_SECONDS < job_queue.SOON_SECONDS
    # A moment that lasts until the worker starts, however long a busy machine takes for the pictures.
    monkeypatch.setattr(job_queue, "DEBOUNCE_SECONDS", PATIENCE)
    monkeypatch.setattr(job_queue, "SOON_SECONDS", 0)
    job_queue._enqueued_until.clear()
    assert job_queue.enqueue_debounced(database_url, jobs.COMPARE)
    put(engine, dependencies, tmp_path, jpeg(artwork(1)), jpeg(artwork(1), 50))
    assert not job_queue.enqueue_debounced(database_url, jobs.COMPARE)
    with working(database_url, dependencies):
        wait_until(lambda: left(engine) is None)
    assert kinds(engine) == ["looks"]


def test_a_picture_that_cannot_be_read_holds_up_nothing(
    engine: Engine, dependencies: Dependencies, tmp_path: Path
) -> None:
    one = jpeg(artwork(1))
    first, *_ = put(engine, dependencies, tmp_path, one, commented(one), jpeg(artwork(1), 50))
    with Session(engine) as session:
        dependencies.storage.delete(session.get_one(Image, first).stored_filename)
    DuplicateScanner(lambda: Session(engine), dependencies.storage).work()
    assert left(engine) is None
    assert kinds(engine) == ["looks", "looks", "looks"]


def test_in_a_process_that_ends_nothing_is_begun(
    engine: Engine, dependencies: Dependencies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = put(engine, dependencies, tmp_path, jpeg(artwork(1)))
    with monkeypatch.context() as ending:
        ending.setattr("concurrent.futures.thread._shutdown", True)
        DuplicateScanner(lambda: Session(engine), dependencies.storage).work()
    assert left(engine) == number


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority of its own")
def test_it_gives_way_to_everybody_else(
    engine: Engine, dependencies: Dependencies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, dependencies, tmp_path, jpeg(artwork(1)))
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    priorities = []
    real = detection.compare

    def watched(*arguments: Any) -> None:
        priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        real(*arguments)

    monkeypatch.setattr(detection, "compare", watched)
    DuplicateScanner(lambda: Session(engine), dependencies.storage).work()
    assert priorities == [NICENESS]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
