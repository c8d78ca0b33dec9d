"""The embedded server: any folder, any end, one server for all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from artworks.adapters.postgres import account as postgres_account
from artworks.adapters.postgres import processes as postgres_processes
from artworks.adapters.postgres import server as postgres
from artworks.adapters.postgres import watchdog as postgres_watchdog
from artworks.adapters.postgres.server import EmbeddedPostgres, PostgresError, libpq_url, sqlalchemy_url
from tests.outside.processes import is_alive
from tests.support.databases import put_database
from tests.support.program import PATIENCE, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """Yield one server for the whole module, in a folder that is hard on shells and on libpq."""
    with tempfile.TemporaryDirectory(prefix='it\'s, $HOME `x` "é" ') as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        yield server
        server.stop()


def other(server: EmbeddedPostgres) -> EmbeddedPostgres:
    """Return another process's view of the same folder."""
    return EmbeddedPostgres(server.folder)


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row
        return row[0]


def pid_of(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def kill_all(server: EmbeddedPostgres) -> None:
    """Kill the server as a power cut does: nothing is tidied up."""
    process = psutil.Process(pid_of(server))
    process.kill()
    process.wait(PATIENCE)


def test_it_starts_in_any_folder(server: EmbeddedPostgres) -> None:
    assert ask(server.start(), "SELECT 1") == 1


def test_it_knows_the_letters_of_every_script(server: EmbeddedPostgres) -> None:
    assert ask(server.start(), "SELECT lower('ÉCOLE ЖУК ΣΟΦΙΑ')") == "école жук σοφια"


def test_nobody_else_can_reach_it(server: EmbeddedPostgres) -> None:
    url = server.start()
    assert ask(url, "SHOW listen_addresses") == ""
    folder = Path(str(ask(url, "SHOW unix_socket_directories")).strip('"'))
    assert (server.data.stat().st_mode & 0o077, folder.stat().st_mode & 0o077) == (0, 0)


def test_it_stops_with_the_last_who_shares_it(server: EmbeddedPostgres) -> None:
    url, second = server.start(), other(server)
    assert second.start() == url
    server.stop()
    assert ask(url, "SELECT 1") == 1
    second.stop()
    assert not (server.data / "postmaster.pid").exists()


def test_a_killed_process_gives_its_share_back(server: EmbeddedPostgres) -> None:
    code = (
        "import sys, time; from pathlib import Path; from artworks.adapters.postgres.server import EmbeddedPostgres\n"
        "EmbeddedPostgres(Path(sys.argv[1]), durable=False).start(); print('up', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(server.folder)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        server.start()
        process.kill()
    server.stop()
    assert not (server.data / "postmaster.pid").exists()


def test_it_is_not_stopped_under_somebody_who_uses_it(server: EmbeddedPostgres) -> None:
    url, second = server.start(), other(server)
    second.start()
    server.stop()
    assert not postgres_watchdog._is_unused(server.folder)
    assert not other(server).stop_unused()
    assert ask(url, "SELECT 1") == 1
    second.stop()
    assert postgres_watchdog._is_unused(server.folder)


def test_a_killed_watchdog_is_replaced(server: EmbeddedPostgres) -> None:
    server.start()
    first = watchdog_of(server)
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while int((server.folder / postgres_watchdog.FILE).read_text() or first) == first:
        assert time.monotonic() < deadline
        server.revive()


def test_there_is_one_watchdog_and_it_ends_with_the_server(server: EmbeddedPostgres) -> None:
    server.start()
    first = watchdog_of(server)
    other(server).revive()
    assert watchdog_of(server) == first
    server.stop()
    wait_until(
        "the end of the watchdog", lambda: not (psutil.pid_exists(first) and is_alive(psutil.Process(first)))
    )


def watchdog_of(server: EmbeddedPostgres) -> int:
    """Wait for the watchdog, which begins a moment after the server, and return its number."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with (server.folder / postgres_watchdog.FILE).open("r+b") as file:
            if not postgres_watchdog.take_lock(file) and (written := file.read()):
                return int(written)
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_was_written_survives_a_kill(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    kill_all(server)
    server.stop()
    assert ask(server.start(), "SELECT answer FROM kept") == 42


def test_the_number_of_a_killed_server_may_belong_to_another_process(server: EmbeddedPostgres) -> None:
    server.start()
    path = server.data / "postmaster.pid"
    before = path.read_text()
    kill_all(server)
    server.stop()
    # As in a restarted container, where numbers begin again: here it is now our own.
    path.write_text(before.replace(before.splitlines()[0], str(os.getppid()), 1))
    assert ask(server.start(), "SELECT 1") == 1


def test_a_dead_server_is_revived(server: EmbeddedPostgres) -> None:
    url = server.start()
    kill_all(server)
    server.revive()
    assert ask(url, "SELECT 1") == 1


def test_a_server_that_waits_for_its_connections_to_end_is_revived(server: EmbeddedPostgres) -> None:
    """As after a SIGTERM of somebody else, for ever: those are our own."""
    url = server.start()
    with psycopg.connect(url):
        process = int((server.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(process, signal.SIGTERM)
        wait_until("it stops", lambda: "stopping" in (server.data / "postmaster.pid").read_text())
        server.revive()
        assert ask(url, "SELECT 1") == 1


def test_a_server_that_was_stopped_is_not_revived(ended_server: EmbeddedPostgres) -> None:
    ended_server.start()
    ended_server.stop()
    ended_server.revive()
    assert not postgres_processes.find(ended_server.data)


def test_who_starts_next_finds_no_watchdog_that_is_about_to_end(ended_server: EmbeddedPostgres) -> None:
    ended_server.start()
    stopped = psutil.Process(watchdog_of(ended_server))
    # As on a busy machine: it does not come to end itself.
    stopped.suspend()
    ended_server.stop()
    ended_server.start()
    assert watchdog_of(ended_server) != stopped.pid


def test_a_half_made_folder_is_made_anew(fresh_server: EmbeddedPostgres) -> None:
    half = fresh_server.folder / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert ask(fresh_server.start(), "SELECT 1") == 1


def test_who_was_killed_while_making_the_folder_leaves_nobody_who_makes_it(
    fresh_server: EmbeddedPostgres,
) -> None:
    code = (
        "import sys; from pathlib import Path; from artworks.adapters.postgres.server import EmbeddedPostgres\n"
        "EmbeddedPostgres(Path(sys.argv[1]), durable=False).start()"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(fresh_server.folder)]) as process:
        starter = psutil.Process(process.pid)
        wait_until("the making of the folder", lambda: named(starter, "initdb"))
        makers = named(starter, "initdb")
        makers[0].suspend()
        process.kill()
    assert ask(fresh_server.start(), "SELECT 1") == 1
    assert not any(map(is_alive, makers))


def named(starter: psutil.Process, name: str) -> list[psutil.Process]:
    return [child for child in starter.children() if child.name() == name]


def test_a_server_that_has_only_begun_is_waited_for_and_stopped(ended_server: EmbeddedPostgres) -> None:
    url = ended_server.start()
    server, pid_file = psutil.Process(pid_of(ended_server)), ended_server.data / "postmaster.pid"
    whole = pid_file.read_text()
    # As it is for the first moments.
    pid_file.write_text("".join(whole.splitlines(keepends=True)[:4]) + "\n")
    again = other(ended_server)
    timer = threading.Timer(0.5, pid_file.write_text, [whole])
    timer.start()
    assert again.start() == url
    timer.join()
    again.stop()
    pid_file.unlink()
    ended_server.stop()
    assert not is_alive(server)


def test_an_empty_file_of_a_killed_server_is_in_nobodys_way(ended_server: EmbeddedPostgres) -> None:
    ended_server.start()
    ended_server.stop()
    (ended_server.data / "postmaster.pid").touch()
    assert ask(ended_server.start(), "SELECT 1") == 1


def test_who_only_reads_the_data_folder_is_no_server(server: EmbeddedPostgres) -> None:
    server.start()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", str(server.data)]) as reader:
        found = postgres_processes.find(server.data)
        reader.kill()
    assert [process.pid for process in found] == [pid_of(server)]


def test_what_breaks_off_a_start_leaves_no_server(
    ended_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def break_off(running: object) -> bool:
        if not (found := postgres_processes.find(ended_server.data)):
            return False
        started.extend(found)
        raise KeyboardInterrupt

    monkeypatch.setattr(postgres, "_answers", break_off)
    with pytest.raises(KeyboardInterrupt):
        ended_server.start()
    assert started
    assert not any(map(is_alive, started))


def test_data_of_another_version_are_left_alone(fresh_server: EmbeddedPostgres) -> None:
    fresh_server.data.mkdir(parents=True)
    (fresh_server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(
        PostgresError, match=r"was made by PostgreSQL 16, but this program brings PostgreSQL 18\.$"
    ):
        fresh_server.start()


def test_damaged_data_are_told_in_one_sentence(fresh_server: EmbeddedPostgres) -> None:
    fresh_server.data.mkdir(parents=True, mode=0o700)
    (fresh_server.data / "PG_VERSION").write_text("18\n")
    with pytest.raises(PostgresError, match=r"^The database did not start: [^\n]+\.$"):
        fresh_server.start()


def test_a_very_long_path_gets_a_socket_elsewhere(
    fresh_server: EmbeddedPostgres, made_database: Path
) -> None:
    deep = EmbeddedPostgres(fresh_server.folder / ("long" * 30) / "postgres", durable=False)
    put_database(made_database, deep.data)
    try:
        url = deep.start()
        assert ask(url, "SELECT 1") == 1
        elsewhere = Path(str(ask(url, "SHOW unix_socket_directories")).strip('"'))
    finally:
        deep.stop()
    assert deep.folder not in elsewhere.parents
    assert not elsewhere.exists()


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(server: EmbeddedPostgres) -> None:
    server.start()
    assert os.getpgid(pid_of(server)) != os.getpgid(0)
    assert os.getsid(pid_of(server)) != os.getsid(0)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_was_forked_does_not_stop_the_server(server: EmbeddedPostgres) -> None:
    url = server.start()
    child = os.fork()
    if child == 0:
        server.stop()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    time.sleep(0.1)
    assert ask(url, "SELECT 1") == 1


@pytest.mark.parametrize(
    "scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg", "POSTGRES"]
)
def test_every_spelling_of_the_scheme_is_read(scheme: str) -> None:
    given = f"{scheme}://u:p%40ss@host:5433/name?sslmode=require"
    assert sqlalchemy_url(given) == "postgresql+psycopg2://u:p%40ss@host:5433/name?sslmode=require"
    assert libpq_url(given) == "postgresql://u:p%40ss@host:5433/name?sslmode=require"


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite:///file", "host/name", "postgresqlx://host"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(PostgresError, match="only PostgreSQL is supported"):
        sqlalchemy_url(url)


def test_folders_are_opened_to_the_account_alone_and_for_passing_only(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        assert postgres_account.choose(tmp_path) == {}
        return
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "postgres").mkdir()
    account = postgres_account.choose(closed / "postgres")
    stranger = {"user": 65533, "group": 65533, "extra_groups": []}

    def can(who: dict[str, object], *command: str) -> bool:
        return subprocess.run(command, capture_output=True, check=False, **who).returncode == 0  # type: ignore[call-overload,no-any-return]

    assert can(account, "test", "-d", str(closed / "postgres"))
    assert not can(account, "ls", str(closed))
    assert not can(stranger, "test", "-d", str(closed / "postgres"))
