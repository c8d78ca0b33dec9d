"""A database whose disk is full, for real: what it says at the start, in `check`, on pages; and nothing is lost."""

from __future__ import annotations

import json
import os
import re
import signal
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.outside.conftest import Command
from tests.support.program import PATIENCE, Program, wait_until
from tests.support.small_disk import small_disk

# Either the server does not start, or it does and has no room for anything.
FULL = re.compile(r"The disk of the database is full\.|because the disk is full where it is \(/")


@pytest.fixture
def disk() -> Iterator[Path]:
    """Yield a disk of 120 MB, most of which an empty database takes."""
    # Not pytest's own folder: another run as root closes that one to the database's account again.
    with (
        tempfile.TemporaryDirectory(prefix="artwork-tests-") as folder,
        small_disk(Path(folder), 120 * 1024) as made,
    ):
        yield made


@pytest.fixture
def program(disk: Path, made_database: Path, tmp_path: Path) -> Iterator[Program]:
    """Yield an installation whose database is on the small disk, and its pictures are not; started."""
    program = Program(disk)
    program.put_database(made_database)
    program.environment |= {"STORAGE_URL": str(tmp_path / "pictures"), "WEB_PROCESSES": "1"}
    assert program.start().startswith("Artwork Image Manager is ready")
    yield program
    if program.process and program.process.returncode is None:
        program.end(signal.SIGTERM)


def fill(disk: Path) -> Path:
    """Fill a disk to the last byte, with a file that can be deleted."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return ballast


def save(program: Program, description: str) -> tuple[int, str]:
    """Change the words of the first picture; give status and answer."""
    version = json.loads(program.get("/api/images/1")[1])["version"]
    typed = json.dumps({"version": version, "description": description}).encode()
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{program.url}/api/images/1", typed, kind, method="PATCH")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def save_until_full(program: Program) -> tuple[str, str]:
    """Save until it fails; give what was saved last, and the answer."""
    saved = ""
    for _ in range(200):
        typed = os.urandom(2400).hex()
        status, answer = save(program, typed)
        if status != 200:
            assert status == 507, answer
            return saved, answer
        saved = typed
    raise AssertionError("the disk never filled")


def wait_for_ready(program: Program, status: int) -> None:
    wait_until(f"status {status} of /readyz", lambda: program.get("/readyz")[0] == status)


def test_a_full_disk_is_told_and_nothing_is_lost(program: Program, command: Command, disk: Path) -> None:
    program.upload("heron.png")
    assert program.get("/readyz")[0] == 200
    ballast = fill(disk)
    saved, answer = save_until_full(program)
    assert "The disk of the database is full, so this was not saved." in answer
    # A moment later, because it is not tried out anew for every call.
    wait_for_ready(program, 503)
    assert not json.loads(program.get("/readyz")[1])["database"]
    assert json.loads(program.get("/api/images/1")[1])["description"] == saved
    assert program.get("/")[0] == 200
    ballast.unlink()
    assert save(program, "There is room.")[0] == 200
    wait_for_ready(program, 200)

    fill(disk)
    program.end(signal.SIGKILL)
    line = program.start()
    assert FULL.search(line), line
    assert program.process
    program.rest()
    assert program.process.returncode == 1
    status, said = command(program, "check")
    assert status == 1
    assert re.search(f"! Database .*({FULL.pattern})", said), said
    assert "Traceback" not in said

    ballast.unlink()
    assert program.start().startswith("Artwork Image Manager is ready")
    assert json.loads(program.get("/api/images/1")[1])["description"] == "There is room."
