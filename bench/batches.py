"""How close batches come to what is possible: against slow calls, and against a service with a limit.

Real workers (`python main.py worker`), a real PostgreSQL, a service in a process of its own, all on this machine.
Promised: at most 1.07 times the ideal for 1,000 calls of 0.5 s, 32 at once; at least 97 % of a limit used with fewer
than 0.1 % of the calls refused, with one worker and with three.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

import migrations
from app import Config
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from artworks.batches.batch import MAX_WORKER_SLOTS
from artworks.dependencies import make_dependencies
from tests.support.batching import add_pictures, enqueue, read, start
from tests.support.program import ROOT, UNSET

CALLS, SECONDS, AT_ONCE = 1_000, 0.5, 32
PER_MINUTE, MINUTES = 600, 2


@contextmanager
def service(seconds: float, per_minute: int = 0) -> Iterator[str]:
    """Run the model service."""
    command = [sys.executable, "-m", "tests.fakes.limited_service"]
    options = ["--seconds", str(seconds), "--per-minute", str(per_minute)]
    process = subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield process.stdout.readline().strip()
    process.kill()
    process.communicate()


@contextmanager
def workers(environment: dict[str, str], count: int) -> Iterator[None]:
    """Run so many worker processes."""
    command = [sys.executable, str(ROOT / "main.py"), "worker"]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    for process in running:
        assert process.stdout
        process.stdout.readline()
    yield
    for process in running:
        process.send_signal(signal.SIGTERM)
    for process in running:
        process.communicate()


def run(
    pictures: int, address: str, processes: int, calls_at_once: int, per_minute: int
) -> tuple[float, dict[str, float]]:
    """Work one batch off; gives the seconds it took and what the service counted."""
    with tempfile.TemporaryDirectory(prefix="artwork-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        url = sqlalchemy_url(server.start())
        settings = {
            "DATABASE_URL": url,
            "STORAGE_URL": f"{folder}/uploads",
            "INSTANCE_DIR": f"{folder}/instance",
            "OPENAI_BASE_URL": address,
            "OPENAI_API_KEY": "sk-bench",
            "AI_REQUESTS_PER_MINUTE": str(per_minute),
            "AI_TOKENS_PER_MINUTE": "1000000000",
            "AI_BUDGET_USD_PER_MONTH": "0",
            "WORKER_CONCURRENCY": str(calls_at_once),
        }
        try:
            migrations.upgrade(url)
            engine = create_engine(url, poolclass=NullPool)
            dependencies = make_dependencies(Config.from_env(settings), calls_at_once)
            ids = add_pictures(engine, dependencies, pictures)
            with workers({**os.environ, **UNSET, **settings}, processes):
                time.sleep(2)
                batch = start(engine, dependencies, ids)
                enqueue(url, min(pictures, MAX_WORKER_SLOTS))
                while (found := read(engine, batch)).finished_at is None:
                    # Seldom: whoever looks takes time from those who work.
                    time.sleep(1)
                took = (found.finished_at - found.created_at).total_seconds()
            engine.dispose()
        finally:
            server.stop()
    with urllib.request.urlopen(address.removesuffix("/v1") + "/counts") as answer:  # noqa: S310 - loopback.
        return took, json.loads(answer.read())


def main() -> None:
    """Print the ratios."""
    ideal = math.ceil(CALLS / AT_ONCE) * SECONDS
    print(
        f"{CALLS:,} calls of {SECONDS} s, {AT_ONCE} at once; ideal {ideal:.1f} s; promised at most 1.07 times"
    )
    for processes in (1, 2):
        with service(SECONDS) as address:
            took, _ = run(CALLS, address, processes, AT_ONCE // processes, 1_000_000)
        print(f"  {processes} x {AT_ONCE // processes}: {took:.2f} s = {took / ideal:.3f} times the ideal")
    print(
        f"a service that allows {PER_MINUTE} calls a minute, {MINUTES} minutes; promised 97 % used, < 0.1 % refused"
    )
    for processes in (1, 3):
        # The setting allows more: the limit is learned from the service's answers.
        with service(SECONDS, PER_MINUTE) as address:
            _, counts = run(PER_MINUTE * MINUTES, address, processes, 8, PER_MINUTE)
        used = (counts["answered"] - 1) / (counts["seconds"] / 60 * PER_MINUTE)
        refused = counts["refused"] / (counts["answered"] + counts["refused"])
        print(f"  {processes} x 8: {used:.1%} used, {refused:.2%} refused")


if __name__ == "__main__":
    main()
