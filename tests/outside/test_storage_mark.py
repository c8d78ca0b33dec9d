"""Two databases and one place for pictures: whatever starts there by mistake deletes nothing and says so."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.s3_server import KEYS, S3Server
from tests.outside.conftest import Command
from tests.support.databases import MIGRATED
from tests.support.program import Program, wait_until

READY = "Artwork Image Manager is ready: "
ORPHAN = "00000000-0000-4000-8000-000000000000.png"
MakeProgram = Callable[..., Program]


@pytest.fixture
def make_program(make_database: Callable[[str], str], tmp_path: Path) -> Iterator[MakeProgram]:
    """Yield a function that makes an installation with a database of its own; what runs is stopped at the end."""
    made: list[Program] = []

    def make(storage: str) -> Program:
        program = Program(tmp_path / str(len(made)))
        database = make_database(MIGRATED).replace("+psycopg2", "")
        program.environment |= {**KEYS, "DATABASE_URL": database, "STORAGE_URL": storage}
        program.environment["WEB_PROCESSES"] = "1"
        made.append(program)
        return program

    yield make
    for program in made:
        stop(program)


def stop(program: Program) -> None:
    if program.process and program.process.returncode is None:
        program.end(signal.SIGTERM)


def start(program: Program) -> str:
    """Start the program, wait until its first clean-up is through, and give what it said until it was ready."""
    # What a killed upload leaves goes with that clean-up.
    left = program.folder / "instance" / "incoming" / "upload-left.part"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")
    os.utime(left, (1000, 1000))
    said = line = program.start()
    assert program.process
    assert program.process.stdout
    while READY not in line:
        line = program.process.stdout.readline()
        assert line, said
        said += line
    wait_until("the end of what a killed upload left", lambda: not left.exists())
    return said


def ask(program: Program, method: str, path: str) -> int:
    return program._ask(urllib.request.Request(program.url + path, method=method))[0]


def upload_status(program: Program, name: str) -> int:
    try:
        program.upload(name)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return 201


def stored(program: Program, query: str = "") -> dict[str, str]:
    images = json.loads(program.get(f"/api/images{query}")[1])["images"]
    return {image["original_filename"]: image["stored_filename"] for image in images}


def originals(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.png")}


def grow_old(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        os.utime(path, (time.time() - 7200,) * 2)


def check_second_installation(first: Program, second: Program, command: Command) -> None:
    """Let two databases share a place, and see that only the first one's trash is emptied."""
    for name in ("a.png", "b.png"):
        first.upload(name)
    assert "The pictures belong to another database" in start(second)
    second.upload("mine.png")
    assert ask(second, "DELETE", "/api/images/1") == 204
    assert ask(second, "POST", "/api/trash/empty") == 409
    assert b"belong to another database" in second.get("/settings")[1]
    for words in (["tidy"], ["tidy", "--undo"]):
        status, said = command(second, *words)
        assert (status, "does not carry the mark" in said) == (1, True), said
    status, said = command(second, "check")
    assert (status, "! Files" in said, "python main.py adopt" in said) == (1, True, True), said
    assert ask(first, "DELETE", "/api/images/1") == 204
    assert ask(first, "POST", "/api/trash/empty") == 200
    assert "every file is there" in command(first, "check", "--files")[1]
    assert "every file is there" in command(second, "check", "--files")[1]


def test_a_second_installation_on_the_same_folder_deletes_nothing(
    make_program: MakeProgram, command: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "the pictures"
    first = make_program(str(folder))
    start(first)
    first.upload("old.png")
    grow_old(folder)
    second = make_program(str(folder))
    check_second_installation(first, second, command)
    assert originals(folder) == {*stored(first).values(), *stored(second, "?trashed=1").values()}
    # The operator settles it: now it is the other way round.
    assert command(second, "adopt")[0] == 0
    assert ask(second, "POST", "/api/trash/empty") == 200
    assert ask(first, "POST", "/api/trash/empty") == 409
    assert originals(folder) == set(stored(first).values())


def test_a_second_installation_on_the_same_bucket_deletes_nothing(
    make_program: MakeProgram, command: Command, s3: S3Server
) -> None:
    bucket = s3.make_bucket("shared")
    first = make_program(bucket)
    start(first)
    check_second_installation(first, make_program(bucket), command)


def test_a_library_that_is_damaged_while_it_runs_is_told_and_loses_nothing(
    make_program: MakeProgram, command: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "the pictures"
    program = make_program(str(folder))
    start(program)
    for name in ("gone.png", "cut.png", "good.png"):
        program.upload(name)
    gone, cut = (folder / stored(program)[name] for name in ("gone.png", "cut.png"))
    whole = {path: path.read_bytes() for path in (gone, cut)}
    (folder / ORPHAN).write_bytes(b"somebody's original")
    grow_old(folder)
    gone.unlink()
    cut.write_bytes(whole[cut][:-1])

    status, said = command(program, "check", "--files")
    assert status == 1
    for line in (
        f"! {gone.name} is not there (picture 1, gone.png)",
        f"! {cut.name} has other bytes than were stored (picture 2, cut.png)",
        f"! {ORPHAN} belongs to no picture",
        "3 pictures looked at: 1 missing, 1 changed.",
    ):
        assert line in said, said
    assert b"belong to no picture of this database" in program.get("/settings")[1]

    before = originals(folder)
    assert command(program, "tidy")[0] == 0
    assert originals(folder) == before - {ORPHAN}
    assert b"belong to no picture" not in program.get("/settings")[1]
    (kept,) = folder.glob(f"quarantine/*/{ORPHAN}")
    assert kept.read_bytes() == b"somebody's original"
    assert command(program, "tidy", "--undo")[0] == 0
    assert (folder / ORPHAN).read_bytes() == b"somebody's original"
    assert b"1 original and 0 small copies belong to no picture" in program.get("/settings")[1]
    (folder / ORPHAN).unlink()
    for path, data in whole.items():
        path.write_bytes(data)
    assert command(program, "check", "--files")[0] == 0

    # And now the disk is not mounted.
    stop(program)
    away = tmp_path / "the disk"
    folder.rename(away)
    folder.mkdir()
    assert "Is a disk not mounted" in start(program)
    assert upload_status(program, "new.png") == 503
    assert b"Is a disk not mounted" in program.get("/settings")[1]
    assert originals(folder) == set()
    folder.rename(tmp_path / "what was below")
    away.rename(folder)
    wait_until("uploads to go on", lambda: upload_status(program, "new.png") == 201)
    shutil.rmtree(tmp_path / "what was below")


def test_the_commands_tell_the_operator_what_is_wrong_with_a_bucket(
    make_program: MakeProgram, command: Command, s3: S3Server
) -> None:
    program = make_program(s3.storage_url("gone"))
    for words in (["check"], ["tidy"], ["adopt"], ["check", "--files"]):
        status, said = command(program, *words)
        assert status == 1
        assert "The bucket gone " in said.partition("! Files")[2 if words == ["check"] else 0]
        # That is the one who reads this.
        assert "Whoever runs" not in said
