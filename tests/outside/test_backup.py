"""A backup of the embedded database, made and restored with the very lines that the program prints."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import Config
from artworks.cli.startup import database, prepare
from models import db
from tests.outside.conftest import Command
from tests.support.factories import picture, upload
from tests.support.program import PATIENCE, Program, main_command

NAME = "Ärger 東京.png"


@pytest.fixture
def program(made_database: Path) -> Iterator[Program]:
    """Yield an installation in a folder with a space and a quote in its name, with one picture."""
    with tempfile.TemporaryDirectory(prefix="the artist's café ") as folder:
        program = Program(Path(folder))
        program.environment["WEB_PROCESSES"] = "1"
        program.put_database(made_database)
        add_picture(program)
        yield program
        if program.process and program.process.returncode is None:
            program.end(signal.SIGTERM)


def add_picture(program: Program) -> None:
    with database(Config.from_env(program.environment)) as (running, _):
        app = prepare(running)
        upload(app.test_client(), (picture("PNG"), NAME))
        with app.app_context():
            db.engine.dispose()


def run_printed(program: Program, name: str) -> None:
    """Start the database alone, run the line that it prints for one of PostgreSQL's programs, and end it."""
    program.start(*main_command("database"))
    assert program.process
    assert program.process.stdout
    line = next(line for line in program.process.stdout if f"/{name}" in line)
    command = ["sh", "-c", line.strip()]
    done = subprocess.run(command, cwd=program.folder, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert program.end(signal.SIGINT)[0] == 130
    assert program.database() is None


@pytest.mark.usefixtures("asked_here")
def test_a_backup_is_made_and_restored_with_the_lines_that_are_printed(
    program: Program, command: Command
) -> None:
    run_printed(program, "pg_dump")
    (program.folder / "instance/postgres").rename(program.folder / "old")
    run_printed(program, "pg_restore")
    # A database from a backup is a copy, as long as nobody says that it has the pictures now.
    status, said = command(program, "adopt")
    assert status == 0
    assert said.endswith("belong to this database from now on. No other one deletes there.\n"), said
    assert program.start().startswith("Artwork Image Manager is ready")
    assert program.names() == [NAME]
    assert program.get("/images/1")[0] == 200
