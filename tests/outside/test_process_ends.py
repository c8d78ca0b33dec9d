"""The end of a running program, in whatever way: nothing that it started outlives it, and the port is free."""

from __future__ import annotations

import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from artworks.adapters.postgres import watchdog as postgres_watchdog
from artworks.adapters.postgres.processes import STOPPING_UNUSED
from tests.outside.processes import decoders, decoders_of, is_alive, main_process, web_processes
from tests.support.program import Program, main_command, wait_until

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux ends a stopped process with its parent"
)
# The program with less patience than it has for operators, so that the tests need less, too.
IMPATIENT = """
import sys
from artworks.adapters.postgres import processes as postgres_processes
from artworks.adapters.gunicorn import server as web_server
web_server.GRACE_SECONDS = 2
postgres_processes.STOPPING = [(how, 1.0) for how, _ in postgres_processes.STOPPING]
import main
sys.exit(main.main(sys.argv[1:]))
"""


# The program with processes that take long to begin.
SLOW = """
import sys, time
from artworks.adapters.gunicorn import server as web_server
end_with_parent = web_server.end_with_parent
web_server.end_with_parent = lambda parent: (end_with_parent(parent), time.sleep(1.5))
import main
sys.exit(main.main())
"""


# The program with a database that takes long to start, as after a crash.
STARTING = """
import sys
from artworks.adapters.postgres import server as postgres
postgres._answers = lambda running: False
import main
sys.exit(main.main())
"""


@pytest.fixture(scope="module")
def folder(made_database: Path) -> Iterator[Path]:
    """Yield the folder of an installation with an embedded database that does not run."""
    # Not pytest's own folder: another run as root closes that one to the database's account again.
    with tempfile.TemporaryDirectory(prefix="artwork-tests-") as made:
        Program(Path(made)).put_database(made_database)
        yield Path(made)


@pytest.fixture
def program(folder: Path) -> Iterator[Program]:
    """Yield the installation, which does not run; it is ended in any case."""
    program = Program(folder)
    yield program
    if program.process and program.process.returncode is None:
        program.end(signal.SIGKILL)
    wait_until("the end of the database", lambda: program.database() is None)
    wait_until("the end of the watchdog", lambda: not has_watchdog(program))


def everybody(program: Program) -> list[psutil.Process]:
    """Return every process that the program has started, and their own: web processes, decoders, database, watchdog."""
    server = program.database()
    assert server
    of_database = [server, *server.children(recursive=True), watchdog(program)]
    return [*web_processes(program), *decoders(program), *of_database]


def watchdog(program: Program) -> psutil.Process:
    """Return the process that stops the database when nobody uses it any more; it begins a moment after that."""
    file = program.folder / "instance/postgres" / postgres_watchdog.FILE
    wait_until("a watchdog", lambda: file.exists() and file.read_text())
    return psutil.Process(int(file.read_text()))


def has_watchdog(program: Program) -> bool:
    with (program.folder / "instance/postgres" / postgres_watchdog.FILE).open("ab") as file:
        return not postgres_watchdog.take_lock(file)


def wait_for_end(started: list[psutil.Process]) -> None:
    wait_until(f"the end of {started}", lambda: not any(map(is_alive, started)))


def assert_gone(program: Program, started: list[psutil.Process]) -> None:
    wait_for_end(started)
    assert program.get("/healthz")[0] == 0


def test_the_time_after_which_an_unused_database_is_gone_is_short() -> None:
    wait = postgres_watchdog.UNUSED_SECONDS + 2 * postgres_watchdog.LOOK_SECONDS
    asked = sum(seconds for how, seconds in STOPPING_UNUSED if how != signal.SIGKILL)
    assert (wait <= 5, wait + asked <= 9) == (True, True)


def test_a_database_that_hangs_does_not_outlive_a_killed_program_for_long(program: Program) -> None:
    program.environment |= {"WEB_PROCESSES": "1"}
    assert "is ready" in program.start()
    server = program.database()
    assert server
    started = [server, *server.children(recursive=True), watchdog(program)]
    for process in started[:-1]:
        process.suspend()
    killed = time.monotonic()
    program.end(signal.SIGKILL)
    assert_gone(program, started)
    # Promised are 10 seconds, on a machine that has time. Patience as at a clean end would be 20 at the least.
    assert time.monotonic() - killed < 18


@pytest.mark.parametrize(
    ("how", "status"),
    [(signal.SIGKILL, -9), (signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 128 + signal.SIGHUP)],
)
def test_a_database_that_starts_does_not_outlive_the_program(
    program: Program, how: signal.Signals, status: int
) -> None:
    main = psutil.Process(program.begin(sys.executable, "-c", STARTING).pid)
    wait_until("the start of the database", lambda: servers(main))
    started = servers(main)
    assert program.end(how)[0] == status
    wait_for_end(started)


def servers(main: psutil.Process) -> list[psutil.Process]:
    """Return the database that a process has started, from its very beginning."""
    found = []
    for child in main.children():
        # Others, such as one that only asks for a version, end meanwhile.
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.name() == "postgres":
                found.append(child)
    return found


@linux_only
def test_nothing_outlives_a_killed_main_process_not_even_what_hangs(program: Program) -> None:
    started: list[psutil.Process] = []
    for how in (signal.SIGKILL, signal.SIGSEGV):
        # The port is free at once, and the next start takes the database up, whether it still runs or not.
        assert "is ready" in program.start()
        assert program.get("/readyz")[0] == 200
        started = everybody(program) + started
        started[0].suspend()
        main_process(program).send_signal(how)
        wait_for_end(started[:2])
    assert_gone(program, started)


@linux_only
def test_sigterm_kills_what_hangs_after_the_grace_and_says_so(program: Program) -> None:
    program.environment |= {"WORKER": "off"}
    program.start(sys.executable, "-c", IMPATIENT)
    started = everybody(program)
    started[0].suspend()
    assert program.process
    program.process.terminate()
    said = program.rest()
    assert program.process.returncode == 1
    assert "Killed 1 web process that did not end in time" in said
    assert "Traceback" not in said
    assert_gone(program, started)


def test_a_database_that_hangs_is_killed_and_told(program: Program) -> None:
    program.start(sys.executable, "-c", IMPATIENT, "worker")
    server = program.database()
    assert server
    started = [server, *server.children(), watchdog(program)]
    server.suspend()
    status, said = program.end(signal.SIGTERM)
    assert status == 1
    assert "The database did not stop in time and was killed. It recovers when it is started again.\n" in said
    assert "Traceback" not in said
    assert_gone(program, started)


def test_a_killed_worker_leaves_the_database_to_the_pages_and_sigterm_ends_all(program: Program) -> None:
    assert "is ready" in program.start()
    pages = program.process
    program.process = None
    assert "Working" in program.start(*main_command("worker"))
    program.end(signal.SIGKILL)
    program.process = pages
    assert not postgres_watchdog._is_unused(program.folder / "instance/postgres")
    assert program.get("/readyz")[0] == 200
    started = everybody(program)
    assert pages
    pages.terminate()
    said = program.rest()
    # Who is let in was told at the start, and nothing since.
    assert (pages.returncode, said.count("\n"), program.database()) == (0, 1, None)
    assert_gone(program, started)


@linux_only
def test_the_database_of_a_killed_worker_is_stopped_and_its_decoder(program: Program) -> None:
    assert "Working" in program.start(*main_command("worker"))
    server = program.database()
    assert server
    main = main_process(program)
    wait_until("a decoder", lambda: decoders_of(main))
    started = [server, watchdog(program), *decoders_of(main)]
    main.kill()
    assert_gone(program, started)


def test_who_is_told_to_end_while_it_begins_ends(program: Program) -> None:
    program.environment |= {"WORKER": "off"}
    program.start(sys.executable, "-c", SLOW)
    main = main_process(program)
    wait_until("a fork", lambda: any(child.cmdline() == main.cmdline() for child in main.children()))
    status, said = program.end(signal.SIGTERM)
    assert (status, said.count("\n")) == (0, 1)
