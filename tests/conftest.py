"""Fixtures for all tests: a real PostgreSQL in a temporary folder, a migrated database emptied after use."""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import migrations
from artworks.adapters import password_hasher
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from artworks.batches import rate_slots as turns
from models import Base
from tests.support.databases import COUNTED, MIGRATED, put_database
from tests.support.program import asking_here

pytest_plugins = ("tests.support.rows", "tests.support.dependencies")
QUEUE = (
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_jobs",
    "procrastinate_workers",
)
TABLES = (*(table.name for table in reversed(Base.metadata.sorted_tables)), *QUEUE)
# Ten times quicker than TRUNCATE on tables of a few rows; most tables have none.
_EMPTY = "".join(
    f'IF EXISTS (SELECT FROM "{table}") THEN DELETE FROM "{table}"; END IF; ' for table in TABLES
)
_RESTART = (
    "PERFORM setval(seqrelid, 1, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;"
)
# A function, which is planned once. A lock left open by a test would hold the next ones up for ever; and the triggers
# that keep counts are passed over, as the counts are emptied too.
MAKE_EMPTY = (
    "CREATE SCHEMA tests; CREATE FUNCTION tests.empty() RETURNS void LANGUAGE plpgsql "
    f"SET lock_timeout = '60s' SET session_replication_role = replica AS $$ BEGIN {_EMPTY}{_RESTART} END $$"
)
TESTS = Path(__file__).parent
# The files that take longest, for two cores in four groups of about the same time; S3 servers are in one of them.
LONG = (
    (
        "outside/test_processes.py",
        "outside/test_storage_mark.py",
        "outside/test_storage_faults.py",
        "outside/test_bucket.py",
    ),
    ("outside/test_process_ends.py", "outside/test_dump.py"),
    ("cli/test_main.py", "imaging/test_decompression_bombs.py"),
    (
        "batches/test_worker_kills.py",
        "outside/test_full_database.py",
        "outside/test_backup.py",
        "web/http/test_openapi_fuzz.py",
        "search/test_query_plans.py",
    ),
    # Parses all code, and Python 3.11 fails when another thread does so too: before a process has a server.
    ("test_architecture.py",),
)
_numbers = count(1)
# What is imported and collected stays, so nobody need look for garbage in it (`pytest_collection`).
gc.disable()
# A password is hashed in a millisecond here; that the program itself takes its time, a test of its own looks at.
password_hasher._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# Whoever runs the tests in the background may have SIGINT ignored, and what they start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Nor is the disk waited for: what a test writes need not survive a power cut. That pictures do is asked of the storage.
os.fsync = lambda fd: None


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Share the tests among four processes more than there are cores: much of the time goes to waiting.

    For a browser, a server or a disk; what looks at times must not mind. Without those, one more does: each process
    takes five seconds before its first test, and has pages and statements to compile that others have compiled.
    """
    waiting = "not browser" not in config.getoption("markexpr")
    return (os.cpu_count() or 1) + (4 if waiting else 1)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what uses a browser, and what looks at the started program from outside, by their folders.

    A browser on a busy machine sometimes draws too late for what a test presses next: such a test is run once more, and
    the summary names it (RERUN), to be looked at.
    """
    folder = item.path.relative_to(TESTS).parts[0]
    if folder in ("browser", "outside"):
        item.add_marker(folder)
    if folder == "browser":
        item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest at the beginnings of the queues that the processes work off.

    So none of it is left for the end, when others have nothing to do; and nobody takes over half of a file, whose tests
    share a program or a server that takes a while to start: that is done from a queue's end. The tests in a browser
    begin half of the queues and the longest files the others: six browsers at once are slower than three, and late.
    """
    queues = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    half = max(1, queues // 2)
    place = {TESTS / file: (number % half, number) for number, files in enumerate(LONG) for file in files}
    long = sorted((item for item in items if item.path in place), key=lambda item: place[item.path])
    begin = [[item for item in long if place[item.path][0] == queue] for queue in range(queues)]
    browser = [item for item in items if item.get_closest_marker("browser")]
    for queue in range(half, queues):
        share = len(browser) // (queues - queue)
        begin[queue] += browser[:share]
        del browser[:share]
    taken = {item for items in begin for item in items}
    rest = [item for item in items if item not in taken]
    ordered: list[pytest.Item] = []
    for queue, first in enumerate(begin):
        # As pytest-xdist shares them among the processes.
        left = max(0, (len(items) - len(ordered)) // (queues - queue) - len(first))
        ordered += first + rest[:left]
        del rest[:left]
    items[:] = ordered + rest


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the garbage collector pass over what was imported, and look seldom: a sixth of the time went into that."""
    with TESTS.joinpath("conftest.py").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if sys.dont_write_bytecode or any(TESTS.glob("web/*/__pycache__/test_*.pyc")):
            fcntl.flock(file, fcntl.LOCK_UN)
        else:
            # In a new clone one process compiles the tests and works out Hypothesis' letters: the others read that.
            from hypothesis.internal.charmap import intervals_from_codec

            intervals_from_codec("utf-8")
        result = yield
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()
    return result


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def made_database(run_folder: Path) -> Path:
    """Return the data folder of a database on which no server runs, as an earlier start may have left it; to be copied.

    It is made once for all processes of this run.
    """
    with (run_folder / "made.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run_folder / "made").exists():
            # Not there: pytest closes its folders to everybody, and the server may run as somebody else.
            with tempfile.TemporaryDirectory(prefix="artwork-tests-") as folder:
                server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
                url = sqlalchemy_url(server.start())
                migrations.upgrade(url)
                with create_engine(url, poolclass=NullPool).begin() as connection:
                    connection.execute(text(COUNTED))
                server.stop()
                put_database(server.data, run_folder / "half made")
            (run_folder / "half made").rename(run_folder / "made")
    return run_folder / "made"


@pytest.fixture(scope="session")
def postgres(made_database: Path) -> Iterator[str]:
    """URL of a PostgreSQL server that belongs to this process of the tests alone; its own database is migrated."""
    with tempfile.TemporaryDirectory(prefix="artwork-tests-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        put_database(made_database, server.data)
        try:
            yield sqlalchemy_url(server.start())
        finally:
            server.stop()


@pytest.fixture
def fresh_server() -> Iterator[EmbeddedPostgres]:
    """Yield an embedded server that was never started, in a folder of its own; it is stopped in any case."""
    with tempfile.TemporaryDirectory(prefix="artwork-tests-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        yield server
        server.stop()


@pytest.fixture
def ended_server(fresh_server: EmbeddedPostgres, made_database: Path) -> EmbeddedPostgres:
    """Return such a server with a migrated database: to copy one takes a twentieth of the time to make one."""
    put_database(made_database, fresh_server.data)
    return fresh_server


@pytest.fixture(scope="session")
def make_database(postgres: str) -> Callable[..., str]:
    """Return a function that makes one more database, empty or a copy of another one, and returns its URL."""

    def make(template: str = "template1") -> str:
        name = f"test_{next(_numbers)}"
        engine = create_engine(postgres, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            # Copying the files beats writing them through the log when there are as few as here.
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
        return postgres.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture(scope="session")
def migrated(make_database: Callable[..., str]) -> str:
    """URL of the database that the tests share; use `database_url`, which empties it."""
    url = make_database(MIGRATED)
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql(MAKE_EMPTY)
        empty(connection)
    return url


@pytest.fixture(scope="session")
def shared_engine(migrated: str) -> Iterator[Engine]:
    """Engine on the shared database, for fixtures."""
    engine = create_engine(migrated)
    yield engine
    engine.dispose()


@pytest.fixture
def database_url(migrated: str, shared_engine: Engine) -> Iterator[str]:
    """Yield the URL (psycopg2) of a migrated database without a row; what the test commits is removed."""
    yield migrated
    with shared_engine.begin() as connection:
        empty(connection)


def empty(connection: Connection) -> None:
    """Remove every row."""
    connection.exec_driver_sql("SELECT tests.empty()")


@pytest.fixture
def engine(database_url: str, shared_engine: Engine) -> Engine:
    """Engine on the migrated, empty database."""
    return shared_engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Session on the migrated, empty database."""
    with Session(engine) as session:
        yield session


@pytest.fixture
def asked_here() -> Iterator[None]:
    """Let a start in this process try the picture store here."""
    with asking_here():
        yield


@pytest.fixture
def empty_database_url(make_database: Callable[[], str]) -> str:
    """URL of a database without any table, new for each test."""
    return make_database()


class StillClock:
    """A clock on which no time passes, however long the machine takes; it can be moved."""

    now = datetime(2026, 6, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        """Read it as the processes do."""
        return self.now.timestamp()


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[StillClock]:
    """Let the rate limit go by a clock that stands still, in this process and in what it asks the database."""
    clock = StillClock()

    def read(
        _connection: object, _cursor: object, sent: str, values: object, *_: object
    ) -> tuple[str, object]:
        return sent.replace("clock_timestamp()", f"CAST('{clock.now.isoformat()}' AS timestamptz)"), values

    monkeypatch.setattr(turns, "time", clock)
    event.listen(Engine, "before_cursor_execute", read, retval=True)
    yield clock
    event.remove(Engine, "before_cursor_execute", read)
