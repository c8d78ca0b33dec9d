"""The processes of an embedded PostgreSQL server: which ones there are, and how they are stopped."""

from __future__ import annotations

import signal
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

PROGRAMS = ("postgres", "initdb")
Steps = Sequence[tuple[signal.Signals, float]]
# How the server is told to stop, and for how many seconds it may take: cutting connections off, at once, killed.
STOPPING: Steps = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 6.0), (signal.SIGKILL, 10.0))
# When whoever used it was killed: nobody reads its answer, and it recovers at the next start.
STOPPING_UNUSED: Steps = ((signal.SIGINT, 2.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 2.0))


def find(folder: Path) -> list[psutil.Process]:
    """Return the programs that were started on a data folder, without the children that they have.

    A server that is starting is not in its `postmaster.pid` yet, or not with everything.
    """
    found = {process.pid: process for process in psutil.process_iter() if runs_on(process, folder)}
    return [process for process in found.values() if not _is_child_or_gone(process, found)]


def runs_on(process: psutil.Process, folder: Path) -> bool:
    """Return whether a process lives and was started on this data folder; a stranger may have a reused number."""
    try:
        command = process.cmdline()
        # Whoever copies the folder has it in the command, too.
        started = str(folder) in command and Path(command[0]).name in PROGRAMS
        return started and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def stop(folder: Path, steps: Steps) -> bool:
    """Stop the server of a data folder, and kill it when it does not stop; tell whether the first step sufficed."""
    asked = 0
    for how, seconds in steps:
        servers = find(folder)
        if not servers:
            break
        asked += 1
        for server in servers:
            _send(server, how)
        deadline = time.monotonic() + seconds
        while any(runs_on(server, folder) for server in servers) and time.monotonic() < deadline:
            time.sleep(0.02)
    return asked < 2


def kill(folder: Path) -> None:
    """Kill what was started on a data folder and left behind, such as an `initdb`."""
    stop(folder, [step for step in STOPPING if step[0] == signal.SIGKILL])


@contextmanager
def no_signals() -> Iterator[None]:
    """Put off Ctrl-C and the like: a process that is cut off while it begins cannot be found yet, and stays."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stop_fast(pid: int) -> None:
    """Have a server end without waiting for those that are connected to it; returns at once."""
    with suppress(psutil.NoSuchProcess):
        _send(psutil.Process(pid), signal.SIGINT)


def _send(server: psutil.Process, how: signal.Signals) -> None:
    """Send a signal; a server is killed with what it has started, which would otherwise outlive it when it hangs."""
    with suppress(psutil.NoSuchProcess):
        if how == signal.SIGKILL:
            # Stopped, it starts nothing more that would be missed here.
            server.suspend()
            for child in server.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
        server.send_signal(how)


def _is_child_or_gone(process: psutil.Process, found: Container[int]) -> bool:
    """Return whether a process has its parent among those found; a server's child may have ended meanwhile."""
    try:
        return process.ppid() in found
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False
