"""Whatever is killed in mid-batch, the batch goes on by itself: no picture is lost, none gets two paid results.

Real processes, a real PostgreSQL that keeps what it was told, and a fake model service over HTTP.
"""

from __future__ import annotations

import re
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app import Config
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from artworks.batches import batch_item
from artworks.batches import worker as batch_worker
from artworks.dependencies import make_dependencies
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI, running
from tests.support.batching import add_pictures, calls, images, read, start, wait_until
from tests.support.databases import put_database
from tests.support.drafting import Held
from tests.support.program import PATIENCE, Program

pytestmark = pytest.mark.slow

PICTURES = 24
KILL_AFTER = 8
# Four calls at once, and as many worker slots that are ready or storing words.
WORKER_SLOTS = 8
LONG = 90.0
# The program's own worker, but three times as quick to take the silence of another one for death.
QUICKLY = """
import sys
import main
from artworks.batches import batch_item, worker
batch_item.LEASE_SECONDS //= 3
worker.HEARTBEAT_SECONDS /= 3
sys.exit(main.main(["worker"]))
"""


class Site:
    """A database and a worker on it, each of which can be killed."""

    def __init__(self, server: EmbeddedPostgres, folder: Path, fake: FakeOpenAI) -> None:
        self.server, self.fake = server, fake
        self.url = sqlalchemy_url(server.start())
        self.engine: Engine = create_engine(self.url, poolclass=NullPool)
        self.worker = Program(folder)
        self.worker.environment |= {
            "DATABASE_URL": self.url,
            "OPENAI_BASE_URL": fake.base_url,
            "OPENAI_API_KEY": "sk-test",
            "AI_REQUESTS_PER_MINUTE": "1000000",
            "AI_TOKENS_PER_MINUTE": "1000000000",
            "WORKER_CONCURRENCY": "4",
        }
        self.dependencies = make_dependencies(Config.from_env(self.worker.environment), 64)

    def work(self) -> None:
        """Start the worker unless it works already, and return when it works."""
        if not self._is_working():
            process = self.worker.begin(sys.executable, "-c", QUICKLY)
            assert process.stdout
            # Before that come warnings: the pictures here have no files.
            assert any(line.startswith("Working the queue") for line in process.stdout)

    def _is_working(self) -> bool:
        return self.worker.process is not None and self.worker.process.returncode is None

    def kill_worker(self) -> None:
        """Kill the worker as a failing machine does."""
        if self._is_working():
            self.worker.end(signal.SIGKILL)

    def kill_database(self) -> None:
        """Kill every process of PostgreSQL."""
        pid = int((self.server.data / "postmaster.pid").read_text().splitlines()[0])
        postmaster = psutil.Process(pid)
        for process in [postmaster, *postmaster.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs([postmaster], timeout=PATIENCE)

    def revive_database(self) -> None:
        """Start PostgreSQL again."""
        assert sqlalchemy_url(self.server.start()) == self.url

    def let_leases_run_out(self) -> None:
        """Let the time pass after which a silent worker's pictures are requeued."""
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE batch_item SET lease_until = now() WHERE state = 'working'"))

    def end(self) -> None:
        """End everything."""
        self.kill_worker()
        self.engine.dispose()
        self.server.stop()


@pytest.fixture(scope="module")
def site(made_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a database of the module's own, which keeps what it was told through a kill, and a worker on it.

    A worker that outlives a test works in the next one: to start takes a while.
    """
    with tempfile.TemporaryDirectory(prefix="artwork-tests-") as folder, running() as fake:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        put_database(made_database, server.data)
        made = Site(server, tmp_path_factory.mktemp("site"), fake)
        yield made
        made.end()


@pytest.fixture
def openai_server(site: Site) -> FakeOpenAI:
    """Return the fake model service that the workers ask, well behaved and without a memory."""
    site.fake.reset()
    return site.fake


def is_done(site: Site, batch: int) -> bool:
    """Return whether a batch is done; not while the database is away."""
    try:
        return read(site.engine, batch).state == "done"
    except DBAPIError:
        return False


def kill_the_worker(site: Site) -> None:
    site.kill_worker()
    # When everything is killed, that time is really waited for.
    site.let_leases_run_out()
    site.work()


def kill_the_database(site: Site) -> None:
    site.kill_database()
    site.revive_database()


def kill_everything(site: Site) -> None:
    site.kill_database()
    site.kill_worker()
    site.revive_database()
    site.work()


def test_a_worker_that_lives_says_so_well_before_its_pictures_are_handed_on() -> None:
    # The times themselves, which the workers here shorten alike.
    assert 3 * batch_worker.HEARTBEAT_SECONDS < batch_item.LEASE_SECONDS <= 15


def test_a_worker_that_ends_waits_for_its_calls(site: Site, openai_server: FakeOpenAI) -> None:
    held = Held(does.ok())
    openai_server.script(*[held] * 4)
    # None of these is asked for, unless the worker is slow to stop.
    openai_server.default = does.ok(pause=0.05)
    ids = add_pictures(site.engine, site.dependencies, 12)
    batch = start(site.engine, site.dependencies, ids)
    site.work()
    wait_until(lambda: len(openai_server.requests) >= 4)
    worker = site.worker.process
    assert worker
    assert worker.stdout
    worker.terminate()
    assert any("Waiting for words under way" in line for line in worker.stdout)
    held.go.set()
    site.worker.rest()
    assert worker.returncode == 0
    found = read(site.engine, batch)
    assert found.done == len(openai_server.requests) < 12
    assert found.held_usd == 0
    openai_server.default = does.ok()
    site.work()
    wait_until(lambda: is_done(site, batch), LONG)
    assert len(openai_server.requests) == 12


# In this order, because a database that came up a moment ago lets leases run on.
@pytest.mark.parametrize("kill", [kill_everything, kill_the_worker, kill_the_database])
def test_a_batch_goes_on_after_a_kill(
    site: Site, openai_server: FakeOpenAI, kill: Callable[[Site], None]
) -> None:
    openai_server.default = does.ok(pause=0.015)
    ids = add_pictures(site.engine, site.dependencies, PICTURES)
    batch = start(site.engine, site.dependencies, ids)
    site.work()
    wait_until(lambda: len(openai_server.requests) >= KILL_AFTER)
    kill(site)
    wait_until(lambda: is_done(site, batch), LONG)
    found = read(site.engine, batch)
    assert (found.total, found.done, found.failed, found.skipped) == (PICTURES, PICTURES, 0, 0)
    assert all(image.description for image in images(site.engine, ids))
    # What was held back for a call that the outage kept from being sent cost nothing.
    made = calls(site.engine, batch)
    assert not any(call.usd for call in made if call.state == "cancelled")
    states = Counter(call.state for call in made if call.state != "cancelled")
    # Exactly one result for each picture; what was cut off by the kill is counted and shown.
    assert states == {"ok": PICTURES, **({"lost": found.lost} if found.lost else {})}
    asked = Counter(re.search(r"Study \d+", request.text).group() for request in openai_server.requests)  # type: ignore[union-attr]
    assert len(asked) == PICTURES
    assert sum(asked.values()) - PICTURES <= found.lost <= WORKER_SLOTS
    assert found.held_usd == 0
    assert found.spent_usd == sum(call.usd for call in made)
