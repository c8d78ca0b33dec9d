"""One decoder's process, as the one that asks it sees it: begun, asked with a deadline, ended; and why it ended.

A process of our own over a pair of sockets, and none of the libraries' pools: those give their processes the whole
environment and all that the main module imports, take pickled answers from them and know no limit of memory.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from artworks.core.errors import AppError, DamagedFile, DecoderEnded
from artworks.imaging.checks.decode_plan import TOO_LONG
from artworks.imaging.decoder_messages import Message, MessageError, receive, send

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (
    "import sys; sys.path[:] = {path!r}; "
    "from artworks.imaging import decoder_worker; decoder_worker.main({parent}, {nice})"
)
# All that it is given of the environment: where the system finds libraries that are not in their usual place.
ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
# One heap for all threads of glibc: what is freed in one of several stays with that one.
MEMORY = {"MALLOC_ARENA_MAX": "1"}
# It takes a tenth of a second where the machine has time.
START_SECONDS = 60.0
# How long one that ends by itself, or was killed, may take to be gone.
END_SECONDS = 5.0
# Signals that a process gets for what it does itself: it has stumbled over the picture.
CRASH_SIGNALS = frozenset(
    (
        signal.SIGSEGV,
        signal.SIGBUS,
        signal.SIGABRT,
        signal.SIGILL,
        signal.SIGFPE,
        signal.SIGTRAP,
        signal.SIGSYS,
    )
)
BROKE_OFF = (
    "This picture cannot be opened: reading it broke off. Please save it again in the usual way and retry."
)
ENDED = "This picture could not be opened just now, as what was reading it was ended from outside. Please try again."
NO_ANSWER = (
    "Opening this picture took so long that it was given up. Please try again when there is less to do."
)
NOT_STARTED = "No picture can be opened right now. Whoever runs this program finds the reason in its log."
log = logging.getLogger(__name__)


class Decoder:
    """A process that decodes; begun in a thread that lives as long as this process, and asked by one at a time."""

    def __init__(self, niceness: int) -> None:
        ours, theirs = socket.socketpair()
        self._channel = ours
        self._ready = False
        self.asked = 0
        self.idle_since = time.monotonic()
        path = [str(ROOT), *(str(Path(place).resolve()) for place in sys.path)]
        program = PROGRAM.format(path=path, parent=os.getpid(), nice=niceness)
        with theirs:
            try:
                self.process = subprocess.Popen(
                    # Without what the environment and the current folder could have Python import.
                    [sys.executable, "-I", "-S", "-c", program],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    env={**MEMORY, **{name: os.environ[name] for name in ENVIRONMENT if name in os.environ}},
                    cwd="/",
                )
            except BaseException:
                ours.close()
                raise

    def is_alive(self) -> bool:
        """Return whether it still runs."""
        return self.process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait until it can be asked; raises DecoderEnded when it cannot begin."""
        if self._ready:
            return
        try:
            receive(self._channel, time.monotonic() + START_SECONDS)
        except (EOFError, OSError, MessageError) as error:
            status, said = self.end(END_SECONDS if isinstance(error, EOFError) else 0)
            reason = "no answer" if isinstance(error, TimeoutError) else _describe(status)
            raise not_started(f"{reason}; {said}" if said else reason) from None
        self._ready = True

    def ask(self, question: Message, seconds: float) -> Message:
        """Return the answer; raises DamagedFile or DecoderEnded when it ends, or is ended after `seconds`, instead."""
        self.wait_until_ready()
        self.asked += 1
        deadline = time.monotonic() + seconds
        try:
            send(self._channel, question, deadline)
            return receive(self._channel, deadline)
        except TimeoutError:
            self.end()
            detail = f"A decoder of pictures did not answer within {seconds:.0f} s and was killed."
            raise DecoderEnded(NO_ANSWER, retry_after=5, detail=detail) from None
        except (EOFError, ConnectionError):
            raise _ended_error(*self.end(END_SECONDS)) from None
        except MessageError as error:
            self.end()
            log.error("A decoder of pictures answered nonsense and was killed: %s", error)
            raise DamagedFile(BROKE_OFF) from None
        except BaseException:
            # What is left of the answer must not be taken for that to the next question.
            self.end()
            raise

    def end(self, patience: float = 0) -> tuple[int, str]:
        """End it; returns its status, as subprocess tells it, and what it said last.

        It is killed, whatever it does, unless it ends by itself within `patience` seconds.
        """
        self._channel.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)
        return self.process.returncode or 0, self._last_words()

    def _last_words(self) -> str:
        assert self.process.stderr  # noqa: S101 - it was asked for.
        with self.process.stderr as errors:
            os.set_blocking(errors.fileno(), False)
            said = errors.read(100_000) or b""
        lines = said.decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else ""

    def forget(self) -> None:
        """Close its socket in a forked process: it belongs to the parent."""
        self._channel.close()
        self.process.returncode = 0


def not_started(reason: str) -> DecoderEnded:
    """Return the error that says why no decoder can be started."""
    detail = f"No decoder of pictures can be started: {reason}."
    return DecoderEnded(NOT_STARTED, retry_after=5, detail=detail)


def _ended_error(status: int, said: str) -> AppError:
    """Return what a person is told about a decoder that ended before it had answered."""
    if status == -signal.SIGPROF:
        return DamagedFile(TOO_LONG)
    detail = f"A decoder of pictures ended with {_describe(status)}. {said}".rstrip()
    if -status in CRASH_SIGNALS:
        log.warning("%s", detail)
        return DamagedFile(BROKE_OFF)
    return DecoderEnded(ENDED, retry_after=5, detail=detail)


def _describe(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"
