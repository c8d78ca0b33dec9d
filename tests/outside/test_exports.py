"""Exports of a real program that nobody reads, or slowly: pages go on, and whatever ends gives its place back."""

from __future__ import annotations

import http.client
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from tests.outside.processes import is_alive, web_processes
from tests.outside.visitors import Visitor
from tests.support.databases import MIGRATED
from tests.support.people import PASSWORD, add_person
from tests.support.program import PATIENCE, Program, wait_until

ROWS, ROW_BYTES = 3_000, 8_000
FILL = (
    "INSERT INTO image (original_filename, stored_filename, description)"
    f" SELECT 'heron.jpg', n || '.jpg', repeat('x', {ROW_BYTES}) FROM generate_series(1, {ROWS}) AS n"
)
COPIES = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state <> 'idle'"
WRITING = f"SELECT pid {COPIES}"
BREAK_OFF = f"SELECT pg_terminate_backend(pid) {COPIES} AND wait_event_type = 'Lock'"
Ask = Callable[..., socket.socket]


@pytest.fixture(scope="module")
def engine(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """Yield a database with three people."""
    engine = create_engine(make_database(MIGRATED), poolclass=NullPool)
    with Session(engine) as session:
        for name in ("ana", "ben", "cleo"):
            add_person(session, "owner", PASSWORD, email=f"{name}@studio.example")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Program]:
    """Yield an installation with that database, started once for all tests here, with 24 MB of words.

    That is more than sockets hold. The rows come after the start, which looks for the files of some pictures.
    """
    program = Program(tmp_path_factory.mktemp("exports"))
    program.environment["DATABASE_URL"] = engine.url.render_as_string(False).replace("+psycopg2", "")
    program.environment |= {"SIGN_IN": "required", "WEB_THREADS": "16"}
    assert "is ready" in program.start()
    with engine.begin() as connection:
        connection.execute(text(FILL))
    yield program
    if program.process and program.process.returncode is None:
        program.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def people(program: Program) -> dict[str, Visitor]:
    """Return three people who are signed in."""
    found = {}
    for name in ("ana", "ben", "cleo"):
        found[name] = Visitor(program)
        found[name].sign_in(f"{name}@studio.example", PASSWORD)
        found[name].leave()
    return found


@pytest.fixture
def ask(program: Program, people: dict[str, Visitor]) -> Iterator[Ask]:
    """Yield a function that asks for a CSV in somebody's name and does not read it; all are closed at the end."""
    with ExitStack() as opened:

        def begin(name: str, path: str = "/export.csv") -> socket.socket:
            client = opened.enter_context(socket.socket())
            client.settimeout(PATIENCE)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", program.port))
            cookie = people[name].headers["Cookie"]
            client.sendall(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{program.port}\r\nCookie: {cookie}\r\n\r\n".encode()
            )
            return client

        yield begin


def answer_of(client: socket.socket) -> http.client.HTTPResponse:
    """Read the head of an answer."""
    answer = http.client.HTTPResponse(client)
    answer.begin()
    return answer


def may_begin(visitor: Visitor, path: str = "/export.csv") -> bool:
    """Return whether somebody could begin an export now."""
    status = visitor.ask("GET", f"{path}?ready=1")[0]
    visitor.leave()
    return status == 204


def rows_of(engine: Engine, query: str) -> int:
    """Return how many rows a query has."""
    with engine.connect() as connection:
        return len(connection.execute(text(query)).all())


def memory(program: Program) -> float:
    """Return how many MB the web processes hold that no other has."""
    held: int = sum(process.memory_full_info().uss for process in web_processes(program))
    return held / 2**20


def test_twenty_unread_exports_leave_the_pages_and_the_database_alone(
    program: Program, engine: Engine, people: dict[str, Visitor], ask: Ask
) -> None:
    paths = ["/export.csv", "/usage.csv", "/audit.csv"]
    # What a process takes for its first pages, exports and refusals is taken before; which one answers is chance.
    for _ in range(24):
        assert people["cleo"].ask("GET", "/")[0] == people["cleo"].ask("GET", "/export.csv")[0] == 200
        people["cleo"].leave()
    before = memory(program)
    waiting = [ask(name) for _ in range(10) for name in ("ana", "ben")]
    answers = [answer_of(client) for client in waiting]
    assert sorted(answer.status for answer in answers) == [200] * 4 + [429] * 16
    assert {answer.headers["Retry-After"] for answer in answers if answer.status == 429} == {"10"}
    for path in paths:
        assert not may_begin(people["cleo"], path)
    for _ in range(10):
        assert people["cleo"].ask("GET", "/")[0] == 200
        people["cleo"].leave()
    wait_until("the end of the transactions", lambda: not rows_of(engine, WRITING))
    assert memory(program) - before < 24
    # Whoever reads late gets all of it, and its end.
    slow = next(answer for answer in answers if answer.status == 200)
    lines = slow.read().split(b"\r\n")
    assert (len(lines), len(lines[1]) > ROW_BYTES, lines[-1]) == (ROWS + 2, True, b"")
    for answer in answers:
        answer.close()
    for client in waiting:
        client.close()
    wait_until("free places", lambda: all(may_begin(people[name]) for name in people))


def test_a_killed_process_leaves_no_file_and_no_place(
    program: Program, people: dict[str, Visitor], ask: Ask
) -> None:
    for name in ("ana", "ana", "ben", "ben"):
        assert answer_of(ask(name)).status == 200
    assert not may_begin(people["cleo"])
    killed = web_processes(program)
    for process in killed:
        process.kill()
    wait_until("the end of the processes", lambda: not any(map(is_alive, killed)))
    wait_until("free places", lambda: all(may_begin(people[name]) for name in people))
    left = {path.name for path in (program.folder / "instance/exports").iterdir()}
    assert left == {"slots", *(f"slot-{number}" for number in range(4))}


def test_an_export_that_breaks_off_has_no_end(
    program: Program, engine: Engine, people: dict[str, Visitor], ask: Ask
) -> None:
    with engine.connect() as other, other.begin():
        other.execute(text("LOCK TABLE category IN ACCESS EXCLUSIVE MODE"))
        answer = answer_of(ask("ana"))
        assert answer.read1(3) == b"id,"
        wait_until("the end of its connection", lambda: rows_of(engine, BREAK_OFF))
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
    wait_until("a free place", lambda: may_begin(people["ana"]))
