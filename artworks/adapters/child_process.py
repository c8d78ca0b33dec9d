"""Run one function in a process of its own, with a deadline.

A process that forks others may not have used what does not survive a fork: threads, connections, clients of an object
store. What it needs to know from such things it asks here. Two ways lead there: a process with one thread forks, which
takes milliseconds; a process with more threads, of which a fork would lose all but one and keep their locks, begins a
new interpreter, which takes as long as the imports.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

import psutil

from artworks.adapters.parent_process import end_with_parent as end_with_parent

Answer = TypeVar("Answer")

# What a new interpreter runs: it reads the function and its arguments from stdin.
PROGRAM = (
    "import sys; sys.path[:] = {path!r}; from artworks.adapters import child_process as own_process; "
    "own_process.answer_from_stdin({parent}, {answers})"
)
# What a terminal or a supervisor sends, and what the parent may have handlers for that are not the child's to run.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD)


class NoAnswerError(RuntimeError):
    """The process ended or was ended without an answer; the message is one sentence that tells how."""


def ask_in_own_process(function: Callable[..., Answer], *arguments: Any, seconds: float = 60.0) -> Answer:
    """Return what `function(*arguments)` returns in a process of its own, which is gone when this returns.

    What it raises is raised here again. Raise NoAnswerError when it crashes, or when it takes longer than `seconds`:
    then it is killed, whatever it hangs in. The function is one of a module (not of `__main__`), and its arguments,
    its result and its errors can be pickled. It inherits no more than the environment, so it opens what it needs.
    """
    answers, writing = os.pipe()
    try:
        if psutil.Process().num_threads() == 1:
            pid = _fork(function, arguments, writing)
        else:
            pid = _begin_interpreter(function, arguments, writing)
    except BaseException:
        os.close(answers)
        raise
    finally:
        os.close(writing)
    try:
        written = _read_all(answers, time.monotonic() + seconds)
    finally:
        os.close(answers)
        # Also one that has answered and does not end, because a thread of a library hangs.
        status = _kill(pid)
    if written is None:
        raise NoAnswerError(f"there was no answer within {seconds:.0f} s")
    if not written:
        raise NoAnswerError(f"the process that was asked ended with {_describe(status)}")
    is_error, answer = pickle.loads(written)  # noqa: S301 - written by our own child.
    if is_error:
        raise answer
    returned: Answer = answer
    return returned


def _fork(function: Callable[..., Any], arguments: tuple[Any, ...], writing: int) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    # The parent's handlers must not run in the child, not even between the fork and the child's first line.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        pid = os.fork()
        if pid == 0:
            _send_answer(parent, writing, lambda: function(*arguments))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _begin_interpreter(function: Callable[..., Any], arguments: tuple[Any, ...], writing: int) -> int:
    # What cannot be pickled is found before there is a process that waits for it.
    question = pickle.dumps((function, arguments))
    program = PROGRAM.format(path=sys.path, parent=os.getpid(), answers=writing)
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, pass_fds=(writing,))
    # From here on its end is waited for by its number, as that of a forked one.
    process.returncode = 0
    assert process.stdin  # noqa: S101 - it was asked for.
    with suppress(BrokenPipeError), process.stdin as questions:
        questions.write(question)
    return process.pid


def answer_from_stdin(parent: int, writing: int) -> NoReturn:
    """Answer what stands in stdin; the whole life of a new interpreter."""

    def answer() -> Any:
        function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own parent.
        return function(*arguments)

    _send_answer(parent, writing, answer)


def _send_answer(parent: int, writing: int, function: Callable[[], Any]) -> NoReturn:
    """Run the function, write what came of it and leave without any of the parent's `finally` and `atexit`."""
    status = 1
    try:
        for number in SIGNALS:
            # What ends the parent's group is for the parent, which then kills the child.
            signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        end_with_parent(parent)
        written = _pickle_outcome(function)
        # First, because with its answer it is killed.
        sys.stdout.flush()
        sys.stderr.flush()
        with os.fdopen(writing, "wb") as answers:
            answers.write(written)
        status = 0
    finally:
        os._exit(status)


def _pickle_outcome(function: Callable[[], Any]) -> bytes:
    try:
        return pickle.dumps((False, function()))
    except BaseException as error:  # noqa: BLE001 - it is raised again in the parent.
        with suppress(Exception):
            written = pickle.dumps((True, error))
            pickle.loads(written)  # noqa: S301 - just written.
            return written
        return pickle.dumps((True, RuntimeError(f"{type(error).__name__}: {error}")))


def _read_all(answers: int, deadline: float) -> bytes | None:
    """Return everything that is written until the other end is closed; None when that takes too long."""
    poll = select.poll()
    poll.register(answers, select.POLLIN)
    written = b""
    while (left := deadline - time.monotonic()) > 0:
        if poll.poll(left * 1000):
            part = os.read(answers, 1 << 16)
            if not part:
                return written
            written += part
    return None


def _kill(pid: int) -> int:
    """Kill the process unless it has ended, and return how it ended, as `os.waitpid` tells it."""
    # Somebody else who waits for children, such as gunicorn, may have been told already.
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        return os.waitpid(pid, 0)[1]
    return 0


def _describe(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return signal.Signals(-code).name if code < 0 else f"status {code}"
