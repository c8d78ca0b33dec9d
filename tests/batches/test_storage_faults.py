"""A picture store that fails while the queue is worked: what may pass is tried again, what lasts is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from artworks import worker as jobs
from artworks.adapters.storage import bucket as storage_bucket
from artworks.adapters.storage import faults as storage_faults
from artworks.adapters.storage.url import storage_from_url
from artworks.core.errors import AppError, StorageAway, StorageUnusable
from artworks.dependencies import Dependencies
from artworks.duplicates import detection
from artworks.duplicates.detection import DuplicateScanner
from tests.duplicates.test_detection import jpeg
from tests.duplicates.test_scanner import put
from tests.fakes.faulty_s3 import FaultyS3, faulty_s3
from tests.fakes.openai_server import FakeOpenAI
from tests.imaging.test_perceptual_hash import artwork
from tests.support.batching import add_pictures, enqueue, items, read, start, wait_until, working


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyS3]:
    with faulty_s3() as running:
        yield running


@pytest.fixture
def in_bucket(
    dependencies: Dependencies, server: FaultyS3, soon: None, monkeypatch: pytest.MonkeyPatch
) -> Dependencies:
    """Return dependencies whose pictures are in a bucket that works until it is told to fail."""
    monkeypatch.setattr(storage_bucket, "SECONDS", 2.0)
    monkeypatch.setattr(storage_faults, "RETRY_AFTER", 0.01)
    server.fail()
    return replace(
        dependencies, storage=storage_from_url(server.url, access_key_id="key", secret_access_key="secret")
    )


@pytest.mark.parametrize("plan", [{"status": 503, "code": "SlowDown"}, {"how": "cut"}], ids=["busy", "cut"])
def test_a_batch_waits_for_a_store_that_is_away_for_a_moment(
    database_url: str,
    engine: Engine,
    in_bucket: Dependencies,
    server: FaultyS3,
    openai_server: FakeOpenAI,
    plan: dict[str, object],
) -> None:
    batch = start(engine, in_bucket, add_pictures(engine, in_bucket, 2))
    server.fail(times=3, **plan)
    with working(database_url, in_bucket, concurrency=1):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).state == "done")
    assert (read(engine, batch).done, read(engine, batch).failed) == (2, 0)
    assert len(openai_server.requests) == 2


def test_a_batch_tells_of_a_store_that_has_to_be_mended_and_pays_nothing(
    database_url: str, engine: Engine, in_bucket: Dependencies, server: FaultyS3, openai_server: FakeOpenAI
) -> None:
    batch = start(engine, in_bucket, add_pictures(engine, in_bucket, 2))
    server.fail(status=404, code="NoSuchBucket")
    with working(database_url, in_bucket, concurrency=1):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).state == "done")
    assert {(item.state, item.code, item.message) for item in items(engine, batch)} == {
        ("failed", "unavailable", storage_faults.UNUSABLE)
    }
    assert openai_server.requests == []


def test_comparing_goes_on_where_it_was_when_the_store_is_back(
    engine: Engine, in_bucket: Dependencies, server: FaultyS3, tmp_path: Path
) -> None:
    first, _second = put(engine, in_bucket, tmp_path, jpeg(artwork(1)), jpeg(artwork(1), 50))
    server.fail(status=403, code="InvalidAccessKeyId")
    comparing = DuplicateScanner(lambda: Session(engine), in_bucket.storage)
    with pytest.raises(StorageUnusable):
        comparing.work()
    with Session(engine) as session:
        assert detection.next_uncompared(session) is not None
    server.fail()
    comparing.work()
    with Session(engine) as session:
        assert detection.next_uncompared(session) is None
    assert first


@pytest.mark.parametrize(
    ("error", "news"),
    [
        (StorageAway("Away.", detail="The object store cannot be used."), False),
        (AppError("Odd."), True),
        (RuntimeError("a bug"), True),
    ],
)
def test_a_job_that_the_store_failed_is_not_reported_a_second_time(error: Exception, news: bool) -> None:
    record = logging.LogRecord("procrastinate.worker", logging.ERROR, "", 0, "Failed", None, None)
    record.exc_info = (type(error), error, None)
    assert jobs._should_report(record) is news
