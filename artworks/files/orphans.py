"""Counting files without a picture once a day, in a process of its own: listing them would hold the interpreter."""

from __future__ import annotations

import logging
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.orm import Session

from artworks.files import integrity

LOOK_SECONDS = 0.2
STOP_SECONDS = 2.0
log = logging.getLogger(__name__)


class OrphanCount:
    """Runs a command that counts them when a day has passed since the last time, and tells in the log what it found."""

    def __init__(self, sessions: Callable[[], Session], command: tuple[str, ...] | None) -> None:
        self._sessions = sessions
        self._command = command
        self._stopping = threading.Event()

    def work(self) -> None:
        """Count if that is due; a count that is broken off goes on from there the next time."""
        with self._sessions() as session:
            if self._command is None or self._stopping.is_set() or not integrity.is_orphan_scan_due(session):
                return
        error = self._run_command(self._command)
        with self._sessions() as session:
            found = integrity.describe_last_orphans(session)
        if error:
            log.warning("The files without a picture could not be counted: %s", error)
        elif found:
            log.warning("%s", found)

    def stop(self) -> None:
        """End the count that is under way."""
        self._stopping.set()

    def _run_command(self, command: tuple[str, ...]) -> str:
        """Run the command to its end, or until `stop`; returns the last line of what went wrong, if anything."""
        # Into a file, since a pipe that is read at the end only would stop whoever writes much into it.
        with (
            tempfile.TemporaryFile() as output,
            subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output
            ) as process,
        ):
            while process.poll() is None and not self._stopping.wait(LOOK_SECONDS):
                continue
            if process.poll() is None:
                return self._end_process(process)
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
            return said.splitlines()[-1] if process.returncode and said else ""

    def _end_process(self, process: subprocess.Popen[bytes]) -> str:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        process.kill()
        return ""
