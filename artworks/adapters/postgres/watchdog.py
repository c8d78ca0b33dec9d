"""The watchdog of an embedded PostgreSQL server: stops it when everybody who used it is gone, killed ones too.

It is a process of its own, in a session of its own, one for each folder, and runs from before the server is started
until that is stopped. Who uses the server holds a shared lock on the file `users`; the kernel takes it back from
whoever ends in whatever way. The watchdog looks whether anybody has one, never without holding `lock`, under which the
server is started and stopped.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

FILE = "watchdog"
LOOK_SECONDS = 0.5
# Nobody has used the server for so long: time enough for a program that is started again to take it up.
UNUSED_SECONDS = 4.0
# A killed watchdog takes no longer to be gone.
END_SECONDS = 5.0
# What its process runs. The one that is started ends when the watchdog is there, for which nobody needs to wait then.
# The server's own code is loaded when there is something to stop, which saves memory until then.
PROGRAM = """
import sys
sys.path[:] = {path!r}
from artworks.adapters.postgres.watchdog import wait_until_unused
for folder in wait_until_unused({folder!r}):
    from artworks.adapters.postgres.server import EmbeddedPostgres
    if EmbeddedPostgres(folder).stop_unused():
        break
"""


def start(folder: Path, log: Path) -> None:
    """Start the watchdog of the server in `folder` unless there is one; what it has to say goes into `log`."""
    with (folder / FILE).open("ab") as file:
        if not take_lock(file):
            return
        # The number of one that was killed may be a stranger's by now.
        file.truncate(0)
    # Its own folder is another one, from which an empty or relative path would lead elsewhere.
    path = [str(Path(entry).absolute()) for entry in sys.path]
    program = PROGRAM.format(path=path, folder=str(folder))
    with log.open("ab") as output:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", program],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            check=False,
        )


def end(folder: Path) -> None:
    """End the watchdog of the server in `folder`, which was stopped; does nothing in the watchdog itself."""
    with suppress(FileNotFoundError), (folder / FILE).open("r+b") as file:
        # While it runs it has the lock, and its number stands in the file.
        if not take_lock(file) and (written := file.read()) and int(written) != os.getpid():
            with suppress(ProcessLookupError):
                os.kill(int(written), signal.SIGKILL)
            # Who starts the server next must not take it for one that watches.
            deadline = time.monotonic() + END_SECONDS
            while not take_lock(file) and time.monotonic() < deadline:
                time.sleep(0.005)


def wait_until_unused(folder: str) -> Iterator[Path]:
    """Yield the folder each time that nobody has used the server for a while; end when there is another watchdog."""
    place = Path(folder)
    # When the folder was deleted, the server in it is stopped or lost.
    with suppress(FileNotFoundError), (place / FILE).open("r+b") as file:
        if not take_lock(file):
            return
        if number := os.fork():
            # The lock is the fork's, too.
            file.truncate()
            file.write(str(number).encode())
            file.flush()
            os._exit(0)
        while True:
            _wait_for_disuse(place)
            yield place


def _wait_for_disuse(folder: Path) -> None:
    unused_since = time.monotonic()
    while time.monotonic() < unused_since + UNUSED_SECONDS:
        time.sleep(LOOK_SECONDS)
        if not _is_unused(folder):
            unused_since = time.monotonic()


def _is_unused(folder: Path) -> bool:
    with (folder / "lock").open("r+b") as lock, (folder / "users").open("r+b") as users:
        return take_lock(lock) and take_lock(users)


def take_lock(file: IO[bytes]) -> bool:
    """Take the exclusive lock on a file until it is closed; tell whether nobody else had one on it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
