"""Fixtures of the tests from outside: an S3 server for the whole run of a worker, and the operator's commands."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest

import main
from tests.fakes.s3_server import S3Server, s3_server
from tests.support.program import Program

Command = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """Yield an S3 server that runs as long as the tests of this process; each test makes a bucket of its own."""
    with s3_server() as server:
        yield server


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs one of an installation's commands and tells its status and all that it says.

    In this process: to load the program takes longer than all that a command does.
    """
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def run(program: Program, *words: str) -> tuple[int, str]:
        for name, value in program.environment.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        status = main.main(list(words))
        return status, "".join(capfd.readouterr())

    return run
