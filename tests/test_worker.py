"""The worker does what was rung for, once, and outlives its database."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from app import Config
from artworks import maintenance
from artworks import worker as jobs
from artworks.adapters import job_queue
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from artworks.dependencies import Dependencies, make_dependencies
from tests.support.batching import wait_until
from tests.support.program import PATIENCE


@pytest.fixture
def sweeps(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Count the sweeps instead of sweeping."""
    seen: list[object] = []
    monkeypatch.setattr(maintenance, "clean_up", lambda _session, storage, _temporary: seen.append(storage))
    return seen


@pytest.fixture
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> Dependencies:
    folder = tmp_path_factory.mktemp("pictures")
    return make_dependencies(Config.from_env({"STORAGE_URL": str(folder), "INSTANCE_DIR": str(folder)}), 2)


@pytest.fixture
def worker(database_url: str, dependencies: Dependencies, sweeps: list[object]) -> Iterator[jobs.QueueWorker]:
    worker = jobs.QueueWorker(database_url, dependencies, concurrency=2)
    worker.start()
    yield worker
    worker.stop()


def status(engine: Engine) -> str | None:
    with engine.connect() as connection:
        found: str | None = connection.scalar(text("SELECT status::text FROM procrastinate_jobs"))
        return found


def waiting(engine: Engine, task: str = jobs.SWEEP) -> int:
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :task")
        return int(connection.scalar(query, {"task": task}) or 0)


def test_a_task_waits_once_however_often_it_is_rung_for(database_url: str, engine: Engine) -> None:
    assert [job_queue.enqueue(database_url, jobs.SWEEP) for _ in range(3)] == [True, False, False]
    assert waiting(engine) == 1


def test_tasks_with_other_ids_wait_beside_each_other(database_url: str, engine: Engine) -> None:
    assert [job_queue.enqueue(database_url, "some.task", item_id=number) for number in (1, 2, 1)] == [
        True,
        True,
        False,
    ]
    assert waiting(engine, "some.task") == 2


def test_ringing_without_a_database_is_told_in_one_sentence() -> None:
    with pytest.raises(job_queue.QueueError, match=r"^The queue cannot be reached: [^\n]+$"):
        job_queue.enqueue("postgresql+psycopg2://u:geheim@127.0.0.1:1/x", jobs.SWEEP)


def test_what_was_rung_for_is_done_and_forgotten(
    database_url: str,
    engine: Engine,
    worker: jobs.QueueWorker,
    sweeps: list[object],
    dependencies: Dependencies,
) -> None:
    job_queue.enqueue(database_url, jobs.SWEEP)
    wait_until(lambda: sweeps and not waiting(engine))
    # At a full hour once more.
    assert sweeps in ([dependencies.storage], [dependencies.storage] * 2)


def test_a_job_whose_worker_was_killed_is_dropped(
    database_url: str, engine: Engine, worker: jobs.QueueWorker
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)"
                " VALUES ('default', 'some.task', 'doing', '{}')"
            )
        )
    job_queue.enqueue(database_url, jobs.TIDY)
    wait_until(lambda: not waiting(engine, "some.task"))


def test_stopping_an_idle_worker_takes_no_time_out(
    worker: jobs.QueueWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up: list[bool] = []
    monkeypatch.setattr(jobs, "GRACE_SECONDS", PATIENCE)
    monkeypatch.setattr(worker, "_abandon", lambda: given_up.append(True))
    worker.stop()
    assert not worker.is_alive()
    assert not given_up


def test_a_job_that_hangs_does_not_keep_the_worker_from_stopping(
    database_url: str, worker: jobs.QueueWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        begun.set()
        released.wait()

    monkeypatch.setattr(maintenance, "clean_up", hang)
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.5)
    job_queue.enqueue(database_url, jobs.SWEEP)
    assert begun.wait(PATIENCE)
    worker.stop()
    try:
        wait_until(lambda: not worker.is_alive())
    finally:
        released.set()


def test_jobs_run_beside_each_other(
    database_url: str, worker: jobs.QueueWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = threading.Barrier(2)
    met: list[int] = []
    monkeypatch.setattr(maintenance, "clean_up", lambda *_: met.append(meeting.wait(PATIENCE)))
    job_queue.enqueue(database_url, jobs.SWEEP)
    wait_until(lambda: meeting.n_waiting)
    job_queue.enqueue(database_url, jobs.SWEEP)
    wait_until(lambda: len(met) == 2)


def test_a_failing_job_is_reported_and_kept(
    database_url: str,
    engine: Engine,
    worker: jobs.QueueWorker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no such shelf")

    monkeypatch.setattr(maintenance, "clean_up", fail)
    job_queue.enqueue(database_url, jobs.SWEEP)
    wait_until(lambda: "no such shelf" in caplog.text)
    wait_until(lambda: status(engine) == "failed")


def test_the_worker_goes_on_when_its_database_comes_back(
    dependencies: Dependencies,
    sweeps: list[object],
    ended_server: EmbeddedPostgres,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "RETRY_SECONDS", 0.2)
    url = sqlalchemy_url(ended_server.start())
    worker = jobs.QueueWorker(url, dependencies, concurrency=2)
    worker.start()
    try:
        job_queue.enqueue(url, jobs.SWEEP)
        wait_until(lambda: sweeps)
        ended_server.stop()
        sweeps.clear()
        assert sqlalchemy_url(ended_server.start()) == url
        job_queue.enqueue(url, jobs.SWEEP)
        wait_until(lambda: sweeps)
    finally:
        worker.stop()
