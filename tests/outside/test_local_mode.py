"""Who is let in without signing in, from outside: a real program whose port is passed on to others."""

from __future__ import annotations

import http.client
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.outside.conftest import Command
from tests.support.databases import MIGRATED
from tests.support.program import PATIENCE, Program


@pytest.fixture
def program(tmp_path: Path, make_database: Callable[[str], str]) -> Iterator[Program]:
    """Yield an installation with a database of its own without a row; it is ended in any case."""
    program = Program(tmp_path)
    program.environment["DATABASE_URL"] = make_database(MIGRATED).replace("+psycopg2", "")
    yield program
    if program.process and program.process.returncode is None:
        program.end(signal.SIGKILL)


def ask(program: Program, host: str) -> int:
    """Ask through a plain TCP forward, which hands on what a browser sends: the name that it sees."""
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=PATIENCE)
    connection.request("GET", "/api/images", headers={"Host": host})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.usefixtures("asked_here")
def test_a_request_from_elsewhere_ends_local_mode_for_every_process(
    program: Program, command: Command
) -> None:
    assert "is ready" in program.start()
    assert ask(program, "127.0.0.1") == 200
    assert ask(program, "art.example:8080") == 400
    # Often enough that both processes answer.
    assert {ask(program, "localhost") for _ in range(12)} == {401}
    # One that starts later goes by it, too.
    assert (
        "\n  Sign-in   This page was opened by the name art.example, so others may reach it"
        in command(program, "check")[1]
    )
    status, said = command(program, "local")
    assert status == 0
    assert "whoever opens the page on this computer can do everything" in said
    assert {ask(program, "localhost") for _ in range(12)} == {200}
    _, said = program.end(signal.SIGTERM)
    assert said.startswith(
        "Nobody has an account yet, so whoever opens the page on this computer can do everything."
    )
    told = re.findall(
        r"by the name art\.example, .* with this code: (?:\w{4}-){3}\w{4}\. .*main\.py local", said
    )
    assert len(told) == 1


def test_check_says_where_sign_in_cannot_be_switched_off(program: Program, command: Command) -> None:
    program.environment |= {"SIGN_IN": "off", "TRUSTED_PROXIES": "1", "ALLOWED_HOSTS": "art.example"}
    assert command(program, "check") == (
        1,
        "SIGN_IN is off, but TRUSTED_PROXIES is 1 and ALLOWED_HOSTS names art.example, so anyone who comes that way "
        "could do everything. Use SIGN_IN=auto, or let only this computer reach the page.\n",
    )
