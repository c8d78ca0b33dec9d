"""Starts of the program that are forked from a process which has loaded it: to load it takes longer than the rest."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Each start is forked by a process of its own, which tells its number and waits for its end. What begins there has
# nothing open but its standard streams, and is the leader of a session, as when it is started by itself.
LOADER = """
import json, os, signal, socket, sys
import main  # Loaded here, for all.
asked = socket.socket(fileno=0)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    said, files, _, _ = socket.recv_fds(asked, 1 << 20, 2)
    if not said:
        os._exit(0)
    told, output = files
    if os.fork():
        os.close(told), os.close(output)
        continue
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if number := os.fork():
        os.close(output)
        os.write(told, f"{number}\\n".encode())
        os.write(told, f"{os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])}\\n".encode())
        os._exit(0)
    break
os.setsid()
os.dup2(output, 1), os.dup2(output, 2)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.closerange(3, 4096)
given = json.loads(said)
os.environ.clear()
os.environ.update(given["environment"])
sys.argv[1:] = given["arguments"]
exec(given["program"])
"""
MAIN = "import main, sys; sys.exit(main.main(sys.argv[1:]))"


class Started:
    """A process that was forked, with what the tests use of a `subprocess.Popen`."""

    def __init__(self, told: int, output: int) -> None:
        self.stdout = os.fdopen(output, encoding="utf-8")
        self._told = os.fdopen(told)
        self.pid = int(self._told.readline())
        self.returncode: int | None = None

    def wait(self) -> int:
        """Wait for its end and return its status."""
        if self.returncode is None:
            with self._told:
                self.returncode = int(self._told.readline())
        return self.returncode

    def terminate(self) -> None:
        """Tell it to end."""
        os.kill(self.pid, signal.SIGTERM)


@cache
def _loader() -> socket.socket:
    """Start the process that loads the program, once for all tests of this process, and return the way to ask it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            (sys.executable, "-c", LOADER), cwd=ROOT, stdin=theirs.fileno(), start_new_session=True
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def start(command: Sequence[str], environment: Mapping[str, str]) -> Started | None:
    """Start `main.py` or a program given by `-c` in a fork; None where that is not what the command does."""
    if sys.platform != "linux" or command[0] != sys.executable:
        return None
    if command[1] == str(ROOT / "main.py"):
        program, arguments = MAIN, command[2:]
    elif command[1] == "-c":
        program, arguments = command[2], command[3:]
    else:
        return None
    what = {"program": program, "arguments": arguments, "environment": dict(environment)}
    told, tell = os.pipe()
    output, write = os.pipe()
    socket.send_fds(_loader(), [json.dumps(what).encode()], [tell, write])
    os.close(tell)
    os.close(write)
    return Started(told, output)
