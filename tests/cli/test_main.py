"""The operator's door: starts, stops, starts again after anything, and says in one sentence what is wrong."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import main
from app import create_app
from artworks.accounts import local_mode
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from artworks.cli import background, startup
from artworks.cli import files as file_commands
from migrations import HEAD
from tests.support.program import PATIENCE, Program, free_port, main_command, wait_until

pytestmark = pytest.mark.slow

OPEN = (
    "Nobody has an account yet, so whoever opens the page on this computer can do everything. If you pass its port on "
    "to others (ssh -R, docker -p, socat), they can, too: make the owner account first."
)


@pytest.fixture(scope="module")
def installed() -> Iterator[Program]:
    """Yield one installation for the whole module, in a folder with a space and an accent in its name."""
    # Not pytest's own folder: another run as root closes that one to the database's account again.
    with tempfile.TemporaryDirectory(prefix="the artist's café ") as folder:
        program = Program(Path(folder))
        program.loads_anew = True
        yield program
        if program.process and program.process.returncode is None:
            program.end(signal.SIGTERM)


@pytest.fixture
def running(installed: Program) -> Program:
    """Return the installation, serving."""
    if installed.process is None or installed.process.returncode is not None:
        line = installed.start()
        assert line == f"Artwork Image Manager is ready: {installed.url}\n"
    return installed


def test_one_line_tells_the_address(running: Program) -> None:
    assert running.get("/readyz")[0] == 200


def test_a_browser_gets_pages_and_styles_compressed(running: Program) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
    for address in ("/", "/static/css/base.css"):
        for method in ("GET", "HEAD", "GET"):
            connection.request(method, address, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            body = answer.read()
            assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")
            assert len(answer.headers.get_all("Date", [])) == 1
            if method == "GET":
                assert int(answer.headers["Content-Length"]) == len(body)
                assert len(gzip.decompress(body)) > 2 * len(body)
    connection.close()


def test_the_first_start_counts_the_files_that_belong_to_no_picture(running: Program) -> None:
    server = EmbeddedPostgres(running.folder / "instance/postgres")
    counted = text("SELECT finished_at FROM storage_scan WHERE name = 'orphans'")
    with create_engine(sqlalchemy_url(server.start()), poolclass=NullPool).connect() as connection:
        wait_until("a count", lambda: connection.scalar(counted))
    server.stop()


def test_a_dead_database_is_revived_under_the_running_pages(running: Program) -> None:
    server = running.database()
    assert server
    server.kill()
    assert running.get("/healthz")[0] == 200
    wait_until("another database", lambda: running.database() not in (None, server))
    wait_until("a page that is ready", lambda: running.get("/readyz")[0] == 200)


def test_a_picture_survives_the_killing_of_every_process(running: Program) -> None:
    running.upload("kept.png")
    server = running.database()
    assert server
    for process in [server, *server.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    running.end(signal.SIGKILL)
    running.start()
    assert running.names() == ["kept.png"]


def test_a_killed_program_takes_its_running_database_up_again(running: Program) -> None:
    before = running.database()
    running.end(signal.SIGKILL)
    # What a program that starts does first; loading it may take longer on a busy machine than the database waits.
    server = EmbeddedPostgres(running.folder / "instance/postgres")
    server.start()
    assert running.start().startswith("Artwork Image Manager is ready")
    server.stop()
    assert running.get("/readyz")[0] == 200
    assert running.database() == before


def test_a_second_start_finds_the_port_taken(running: Program) -> None:
    again = subprocess.run(
        main_command(),
        cwd=running.folder,
        env=running.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert again.returncode == 1
    assert again.stderr == (
        f"Port {running.port} is taken by another program. Stop that one or set PORT to another number.\n"
    )
    assert running.get("/readyz")[0] == 200


def test_ctrl_c_ends_the_program_and_the_database(running: Program) -> None:
    assert running.database()
    status, said = running.end(signal.SIGINT)
    assert status == 0
    # The second line of the start, and nothing after it.
    assert said.splitlines() == [OPEN]
    assert running.database() is None


def test_gunicorn_loads_the_application_in_several_processes_at_once(installed: Program) -> None:
    command = [sys.executable, "-m", "gunicorn", "main:app", "--workers", "2", "--threads", "4"]
    command += ["--worker-class", "artworks.adapters.gunicorn.worker.BufferingWorker"]
    # Gunicorn's own patience of 30 seconds with a process that loads is short on a busy machine.
    command += ["--bind", f"127.0.0.1:{installed.port}", "--no-control-socket", "--timeout", "120"]
    installed.start(*command)
    wait_until("a page that is ready", lambda: installed.get("/readyz")[0] == 200)
    assert installed.database()
    status, said = installed.end(signal.SIGTERM)
    assert (status, "Traceback" in said) == (0, False), said
    assert installed.database() is None


def test_gunicorn_on_a_public_address_without_sign_in_is_refused_in_a_sentence(
    installed: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(installed.environment, "SIGN_IN", "off")
    command = [sys.executable, "-m", "gunicorn", "main:app", "--bind", f"0.0.0.0:{free_port()}"]
    installed.start(*command, "--no-control-socket")
    assert installed.process
    said = installed.rest()
    assert "SIGN_IN is off, but HOST is 0.0.0.0" in said
    assert "Traceback" not in said


def test_a_public_start_prints_the_code_of_the_first_owner(
    installed: Program, monkeypatch: pytest.MonkeyPatch, empty_database_url: str
) -> None:
    # A database of its own: once there is an account, people sign in.
    monkeypatch.setitem(installed.environment, "DATABASE_URL", empty_database_url)
    monkeypatch.setitem(installed.environment, "STORAGE_URL", str(installed.folder / "other pictures"))
    monkeypatch.setitem(installed.environment, "HOST", "0.0.0.0")
    monkeypatch.setitem(installed.environment, "WORKER", "off")
    line = installed.start()
    assert re.search(r"Nobody has an account yet.* with this code: (\w{4}-){3}\w{4}\n$", line), line
    assert installed.get("/api/images")[0] == 401
    code = line.rsplit(" ", 1)[1].strip()
    typed = {"code": code, "email": "mara@studio.example", "name": "Mara", "password": "a fine heron at dusk"}
    assert installed.post("/first-owner", typed)[0] == 200
    assert b"Sign in" in installed.get("/sign-in")[1]
    assert "code" not in installed.start()
    installed.end(signal.SIGTERM)


def test_the_worker_runs_without_pages(installed: Program) -> None:
    line = installed.start(*main_command("worker"))
    assert line == "Working the queue. Ctrl-C stops it.\n"
    status, said = installed.end(signal.SIGTERM)
    assert (status, said) == (0, "")
    assert installed.database() is None


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "postgresql://u:geheim@127.0.0.1:1/x", "The database cannot be reached: "),
        ("DATABASE_URL", "mysql://u:geheim@127.0.0.1/x", "DATABASE_URL must start with postgresql://"),
        ("PORT", "five", "PORT must be a whole number"),
        ("TIME_ZONE", "../localtime", "TIME_ZONE must be the name of a time zone, such as Europe/Berlin"),
        ("SIGN_IN", "maybe", "SIGN_IN must be auto, required or off"),
        ("SESSION_IDLE_HOURS", "0", "SESSION_IDLE_HOURS must be a whole number"),
        ("STORAGE_URL", "ftp://somewhere", "ftp://somewhere: STORAGE_URL must be a folder or s3://"),
        (
            "STORAGE_URL",
            "s3://k:geheim@pics?region=x",
            "s3://…@pics?region=x: STORAGE_URL must not hold a key",
        ),
        ("STORAGE_URL", "s3://pics?endpoint=http://127.0.0.1:1", "STORAGE_URL names no region"),
        (
            "STORAGE_URL",
            "s3://pics?region=x&endpoint=http://127.0.0.1:1",
            "The object store at http://127.0.0.1:1",
        ),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, sentence: str
) -> None:
    operator.setenv(name, value)
    operator.setenv("AWS_ACCESS_KEY_ID", "key")
    operator.setenv("AWS_SECRET_ACCESS_KEY", "geheim")
    assert main.main(["serve"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(sentence)
    assert said.count("\n") == 1
    assert "geheim" not in said


@pytest.mark.parametrize("name", ["INSTANCE_DIR", "STORAGE_URL"])
def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    # A file in the folder's place, because root may write into any folder.
    (tmp_path / "taken").write_text("a file")
    operator.setenv(name, str(tmp_path / "taken" / "folder"))
    if name == "INSTANCE_DIR":
        operator.setenv("DATABASE_URL", "")
    assert main.main(["serve"]) == 1
    said = capsys.readouterr().err
    assert str(tmp_path / "taken") in said
    assert said.count("\n") == 1


def test_migrate_says_what_it_did(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_database_url: str
) -> None:
    operator.setenv("DATABASE_URL", empty_database_url)
    assert [main.main(["migrate"]), main.main(["migrate"])] == [0, 0]
    assert capsys.readouterr().out.splitlines() == [
        f"The database was brought up to date ({HEAD}).",
        f"The database is up to date ({HEAD}).",
    ]


def test_a_start_after_the_end_of_local_mode_prints_the_code_again(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], session: Session
) -> None:
    config = startup.settings()
    application = create_app(config)
    assert startup.describe_access(config) == OPEN
    startup._print_owner_code(config, application)
    assert capsys.readouterr().out == ""
    local_mode.end(session, "through a proxy", off=False, address="")
    session.commit()
    assert startup.describe_access(config) == ""
    startup._print_owner_code(config, application)
    assert "make the owner account with this code: " in capsys.readouterr().out


@pytest.mark.parametrize("command", ["serve", "worker", "check", "local"])
@pytest.mark.parametrize(
    ("name", "value"), [("TRUSTED_PROXIES", "1"), ("ALLOWED_HOSTS", "localhost,art.example")]
)
def test_nothing_starts_without_sign_in_where_others_can_reach_it(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, name: str, value: str
) -> None:
    operator.setenv("SIGN_IN", "off")
    operator.setenv(name, value)
    assert main.main([command]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"SIGN_IN is off, but {name} ")


def test_a_count_that_the_program_began_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with: list[int] = []
    monkeypatch.setattr(main, "end_with_parent", ends_with.append)
    *_, command, way, parent, number = background.counting_command()
    given = main._parser().parse_args([command, way, parent, number])
    assert main._command(given) is file_commands.count_orphans
    assert ends_with == [os.getpid()]


def test_a_signal_that_another_thread_gets_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, waits = threading.get_ident(), main._wait_for_signal.__code__

    def take_signal() -> None:
        while sys._current_frames()[waiting].f_code is not waits:
            pass
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    monkeypatch.setattr(main, "SIGNAL_SECONDS", 0.05)
    with pytest.raises(KeyboardInterrupt):
        threading.Thread(target=take_signal).start()
        main._wait_for_signal()
