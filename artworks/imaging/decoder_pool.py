"""The decoders of this process: how many there are, who asks them when, and that none outlives its use.

They are started when they are needed, or before by `start_in_background`, and kept for the next picture. A forked
process has its own.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from artworks.adapters.parent_process import SENT_TO_ALL
from artworks.core.errors import DamagedFile, DecoderEnded
from artworks.imaging.decoder_messages import Message
from artworks.imaging.decoder_process import Decoder, not_started

# Of a core that others want too, a tenth. Not less: what others wait for may wait for such a one.
NICENESS = 10
# One more than there may be is idle for so long, in seconds, and ends.
IDLE_SECONDS = 60.0
# How long an idle one may take to end by itself, in seconds.
IDLE_END_SECONDS = 1.0
# Then another one takes its place, before what the libraries forget to give back adds up.
MOST_PICTURES = 1_000
log = logging.getLogger(__name__)


class Pool:
    """Decoders of one niceness, at most `size` at a time; `kept` of them stay when there is nothing to do."""

    def __init__(self, size: int, kept: int, niceness: int, starter: Starter, heavy: threading.Lock) -> None:
        self._slots = threading.BoundedSemaphore(size)
        self._kept = kept
        self._niceness = niceness
        self._starter = starter
        self._heavy = heavy
        self._lock = threading.Lock()
        self._idle: list[Decoder] = []

    def ask(self, question: Message, seconds: float) -> Message:
        """Return a decoder's answer; waits for a free one, and for the other heavy picture if this is one too.

        Raises DamagedFile for a picture that cannot be opened, DecoderEnded, which is logged, when it was not to be
        found out within `seconds`, and OSError when its file cannot be read.
        """
        question.values["heavy"] = False
        answer = self._ask_decoder(question, seconds)
        if answer.values.get("heavy"):
            question.values["heavy"] = True
            # It waits without a decoder, so that light ones pass by.
            with self._heavy:
                answer = self._ask_decoder(question, seconds)
        return _raise_failure(answer)

    def warm(self) -> None:
        """Start a decoder before one is needed; what stands in the way is logged, and met again when it is."""
        try:
            self.check()
        except DecoderEnded as error:
            log.error("%s", error.detail)

    def check(self) -> None:
        """Start a decoder if there is none; raises DecoderEnded."""
        with self._slots, self._decoder() as decoder:
            decoder.wait_until_ready()

    def end_idle(self) -> None:
        """End those that have had nothing to do for long, but for the ones that are kept."""
        before = time.monotonic() - IDLE_SECONDS
        with self._lock:
            # The first ones have been idle for longest.
            count = sum(one.idle_since < before for one in self._idle[: len(self._idle) - self._kept])
            old, self._idle = self._idle[:count], self._idle[count:]
        _end_all(old)

    def end(self) -> None:
        """End all that are not at work."""
        with self._lock:
            idle, self._idle = self._idle, []
        _end_all(idle)

    def forget(self) -> None:
        """Close the sockets of all decoders in a forked process: they belong to its parent."""
        for decoder in self._idle:
            decoder.forget()

    def _ask_decoder(self, question: Message, seconds: float) -> Message:
        try:
            with self._slots, self._decoder() as decoder:
                return decoder.ask(question, seconds)
        except DecoderEnded as error:
            log.error("%s", error.detail)
            raise

    @contextmanager
    def _decoder(self) -> Iterator[Decoder]:
        decoder = self._take_idle() or self._starter.start(self._niceness)
        yield decoder
        # One that failed was ended.
        decoder.idle_since = time.monotonic()
        with self._lock:
            self._idle.append(decoder)

    def _take_idle(self) -> Decoder | None:
        """Return the one that worked last: its memory is warm, and the others may end."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                decoder = self._idle.pop()
            if decoder.asked < MOST_PICTURES and decoder.is_alive():
                return decoder
            _end_all([decoder])


def _end_all(idle: list[Decoder]) -> None:
    """End decoders that wait for a question: they do so by themselves."""
    for decoder in idle:
        decoder.end(IDLE_END_SECONDS)


def _raise_failure(answer: Message) -> Message:
    """Raise what the answer says went wrong."""
    if sentence := answer.values.get("damaged"):
        raise DamagedFile(str(sentence))
    if number := answer.values.get("errno"):
        raise OSError(int(number), os.strerror(int(number)))
    if said := answer.values.get("failed"):
        raise RuntimeError(f"A decoder of pictures failed:\n{said}")
    return answer


class Starter:
    """A thread that starts decoders: the kernel ends them with the thread that did, so it is one that does not end."""

    def __init__(self, on_idle: Callable[[], None]) -> None:
        self._wanted: queue.SimpleQueue[tuple[int, Future[Decoder]]] = queue.SimpleQueue()
        self._on_idle = on_idle
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start the thread, unless it runs; it gets the priority of the thread that calls first."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._start_decoders, name="decoders", daemon=True)
                self._thread.start()

    def start(self, niceness: int) -> Decoder:
        """Start a decoder; raises DecoderEnded when the system has no room for a process."""
        self.begin()
        begun: Future[Decoder] = Future()
        self._wanted.put((niceness, begun))
        try:
            return begun.result()
        except OSError as error:
            raise not_started(str(error.strerror or error)) from error

    def _start_decoders(self) -> None:
        # What a terminal sends to everybody must not end a decoder before it has come to ignore it.
        signal.pthread_sigmask(signal.SIG_BLOCK, SENT_TO_ALL)
        while True:
            try:
                niceness, begun = self._wanted.get(timeout=IDLE_SECONDS / 2)
            except queue.Empty:
                self._on_idle()
                continue
            try:
                begun.set_result(Decoder(niceness))
            except BaseException as error:  # noqa: BLE001 - it is raised again by who waits.
                begun.set_exception(error)


class Decoders:
    """All decoders of one process: for those who wait for a picture, and for work in the background.

    `processes` is how many processes like this one share the computer.
    """

    def __init__(self, processes: int = 1) -> None:
        self.starter = starter = Starter(self.end_idle)
        heavy = threading.Lock()
        # No more pictures at a time than cores, and one at a time of those that need much memory. Of the cores twice a
        # fair share, because those who upload are not shared out fairly.
        cores = os.cpu_count() or 1
        self.usual = Pool(max(2, min(cores, 2 * cores // processes)), 1, 0, starter, heavy)
        # Nobody waits for it, so none is kept.
        self.low_priority = Pool(1, 0, NICENESS, starter, heavy)

    def end_idle(self) -> None:
        """End what has had nothing to do for long."""
        self.usual.end_idle()
        self.low_priority.end_idle()

    def end(self) -> None:
        """End all that are not at work."""
        self.usual.end()
        self.low_priority.end()

    def forget(self) -> None:
        """Close the sockets of all decoders in a forked process."""
        self.usual.forget()
        self.low_priority.forget()


_decoders = Decoders()
_of_thread = threading.local()


def lower_priority() -> None:
    """Let this thread, and what decodes for it, run only where others leave processor time; it cannot be undone."""
    _of_thread.in_background = True
    # Before, so that decoders for others do not get the low priority too.
    _decoders.starter.begin()
    if sys.platform == "linux":
        # There, and only there, every thread has a priority of its own.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def ask(question: Message, seconds: float) -> Message:
    """Return the answer of a decoder of this process, of low priority where the thread is; raises as Pool.ask."""
    in_background = getattr(_of_thread, "in_background", False)
    return (_decoders.low_priority if in_background else _decoders.usual).ask(question, seconds)


def start_in_background(processes: int, then: Callable[[], None]) -> None:
    """Start a decoder in the background, so that the first picture need not wait; `processes` as for Decoders.

    To be called before a picture is opened. `then` is called when the decoder has started.
    """
    global _decoders
    _decoders.end()
    _decoders = Decoders(processes)
    pool = _decoders.usual

    def warm() -> None:
        pool.warm()
        then()

    threading.Thread(target=warm, name="warm decoder", daemon=True).start()


def check() -> str:
    """Start a decoder and return what `check` prints then; raises DecoderEnded with the reason as its detail."""
    _decoders.usual.check()
    return "can be opened, in processes of their own"


def _reset_after_fork() -> None:
    global _decoders
    _decoders.forget()
    _decoders = Decoders()


os.register_at_fork(after_in_child=_reset_after_fork)
atexit.register(lambda: _decoders.end())
