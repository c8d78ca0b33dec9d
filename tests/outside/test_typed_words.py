"""A server that is killed in the middle of a save: what was typed is there, and nothing of it is half published."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.outside.processes import web_processes
from tests.support.databases import MIGRATED
from tests.support.program import PATIENCE, Program, wait_until

TYPED = {"tab": "tab-1", "number": 7}
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def program(tmp_path: Path, make_database: Callable[[str], str]) -> Iterator[Program]:
    """Yield an installation with a database that is not its own, so that it outlives its processes."""
    program = Program(tmp_path)
    program.environment |= {
        "DATABASE_URL": make_database(MIGRATED).replace("+psycopg2", ""),
        "WEB_PROCESSES": "1",
    }
    program.start()
    yield program
    if program.process and program.process.returncode is None:
        program.end(signal.SIGKILL)


def call(program: Program, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the API; None when the answer never came."""
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(
        program.url + path, data, {"Content-Type": "application/json"}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)
    except OSError:
        return None


def test_a_server_that_is_killed_in_the_middle_of_a_save_loses_and_halves_nothing(program: Program) -> None:
    program.upload("Heron.png")
    (image,) = call(program, "GET", "/api/images")["images"]
    address = f"/api/images/{image['id']}"
    call(program, "PUT", f"{address}/autosaves/description", {**TYPED, "text": "Mist over the reeds."})
    edit = {"version": image["version"], "description": "Mist over the reeds.", "autosave": TYPED}
    url = program.environment["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:")
    engine = create_engine(url, poolclass=NullPool)
    with ThreadPoolExecutor(1) as page, engine.connect() as other, other.begin():
        other.execute(text("SELECT id FROM image FOR UPDATE"))
        saving = page.submit(call, program, "PATCH", address, edit)
        with engine.connect() as looking:
            wait_until("it waits for the row", lambda: looking.scalar(WAITING))
        (process,) = web_processes(program)
        process.kill()
        assert saving.result() is None
    # Another process has taken its place.
    wait_until("somebody answers", lambda: program.get("/readyz")[0] == 200)
    assert call(program, "GET", address) == image
    (left,) = call(program, "GET", "/api/autosaves")["autosaves"]
    assert left["text"] == "Mist over the reeds."
    # The page tries again, twice.
    for _ in range(2):
        assert call(program, "PATCH", address, edit)["version"] == image["version"] + 1
    assert call(program, "GET", "/api/autosaves")["autosaves"] == []
    assert len(call(program, "GET", f"{address}/revisions")["revisions"]) == 2
