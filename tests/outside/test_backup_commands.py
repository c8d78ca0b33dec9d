"""`backup` and `restore` as an operator runs them: beside the program, killed, to a bucket, into another database."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app import Config
from artworks.adapters.places.url import place_from_url
from artworks.cli.startup import database
from tests.adapters.places.test_places import check_place
from tests.fakes.s3_server import KEYS, S3Server
from tests.outside.conftest import Command
from tests.support.program import Program, main_command, wait_until

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def program(made_database: Path) -> Iterator[Program]:
    """Yield an installation in a folder with a space and a quote in its name."""
    with tempfile.TemporaryDirectory(prefix="the artist's café ") as folder:
        program = Program(Path(folder))
        program.put_database(made_database)
        yield program
        if program.process and program.process.returncode is None:
            program.end(signal.SIGTERM)


def another(program: Program, made_database: Path) -> Program:
    """Return an empty installation beside one."""
    folder = program.folder / "another"
    folder.mkdir()
    made = Program(folder)
    made.put_database(made_database)
    return made


def test_a_bucket_is_a_place(s3: S3Server) -> None:
    address = s3.make_bucket("place").replace("?", "/some/folder?")
    check_place(place_from_url(address, access_key_id="any", secret_access_key="thing"))


@pytest.mark.usefixtures("asked_here")
def test_a_library_goes_to_a_bucket_while_the_program_runs_and_comes_back_elsewhere(
    program: Program, command: Command, made_database: Path, s3: S3Server
) -> None:
    program.environment |= {**KEYS, "BACKUP_PASSPHRASE": PASSPHRASE, "FLASK_SECRET_KEY": ""}
    program.start()
    program.upload("Ärger 東京.png")
    place = s3.make_bucket("backups").replace("?", "/some/folder?")
    status, said = command(program, "backup", place, "--encrypt", "--with-secret", "--keep", "3")
    assert (status, "1 of them new" in said) == (0, True), said
    assert program.names() == ["Ärger 東京.png"]
    assert "The last good backup is of" in command(program, "check")[1]
    status, said = command(program, "restore", place)
    assert (status, "not empty" in said, "1 pictures" in said) == (1, True, True)
    other = another(program, made_database)
    other.environment |= {**KEYS, "BACKUP_PASSPHRASE": "another one than that"}
    assert "The passphrase is another one" in command(other, "backup", place, "--verify")[1]
    other.environment |= {"BACKUP_PASSPHRASE": PASSPHRASE}
    assert command(other, "backup", place, "--verify")[0] == 0
    status, said = command(other, "restore", place)
    assert (status, "was restored" in said) == (0, True), said
    assert command(other, "check", "--files")[0] == 0
    secrets = [(one.folder / "instance" / "secret_key").read_text() for one in (program, other)]
    assert secrets[0] == secrets[1]


@pytest.mark.usefixtures("asked_here")
def test_what_is_killed_counts_for_nothing_and_is_begun_again_by_the_same_command(
    program: Program, command: Command, made_database: Path
) -> None:
    place = program.folder / "backups"
    fifo = program.folder / "pictures" / "studio" / "logo.webp"
    fifo.parent.mkdir(parents=True)
    os.mkfifo(fifo)
    with_logo = "INSERT INTO setting (name, value) VALUES ('studio_logo', 'studio/logo.webp')"
    _run_sql(program, with_logo)
    process = program.begin(*main_command("backup", str(place)))
    # It waits for the logo, which never comes: rows are written, originals are on their way.
    wait_until("the backup has begun", lambda: list(place.glob(".part-*")))
    assert command(program, "backup", str(place)) == (
        1,
        "A backup or a restore runs already. Wait until it ends.\n",
    )
    os.killpg(process.pid, signal.SIGKILL)
    program.rest()
    assert "no backup in this place" in command(program, "backup", str(place), "--verify")[1]
    fifo.unlink()
    fifo.write_bytes(b"a logo")
    assert command(program, "backup", str(place))[0] == 0
    assert command(program, "backup", str(place), "--verify")[0] == 0
    other = another(program, made_database)
    (original,) = (place / "objects").glob("*/*")
    original.unlink()
    os.mkfifo(original)
    process = other.begin(*main_command("restore", str(place)))
    wait_until(
        "the pictures are on their way", lambda: list((other.folder / "instance/incoming").glob("restored-*"))
    )
    os.killpg(process.pid, signal.SIGKILL)
    other.rest()
    original.unlink()
    original.write_bytes(b"a logo")
    assert "was begun and has not ended" in other.start()
    other.rest()
    assert other.process
    assert other.process.returncode == 1
    status, said = command(other, "restore", str(place))
    assert (status, "was restored" in said) == (0, True), said
    assert (other.folder / "pictures/studio/logo.webp").read_bytes() == b"a logo"


def _run_sql(program: Program, statement: str) -> None:
    """Run a statement on an installation's database."""
    with database(Config.from_env(program.environment)) as (running, _):
        engine = create_engine(running.sqlalchemy_url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
