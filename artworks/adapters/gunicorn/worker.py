"""Gunicorn's worker with threads, changed so that no thread ever waits for a client that is slow or says nothing."""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar
from wsgiref.types import WSGIApplication

from gunicorn.workers.gthread import ThreadWorker

from artworks.adapters.gunicorn.bodies import ArrivingBody, BrokenBodyError, SmallChunksError
from artworks.adapters.gunicorn.connection import (
    BROKEN,
    ENDING,
    TOO_SLOW,
    Connection,
    ThreadSlots,
    WaitForSlot,
    run,
)
from artworks.adapters.gunicorn.connection_counts import ConnectionCounts
from artworks.adapters.gunicorn.early_answers import write_answer
from artworks.adapters.gunicorn.socket import LOOK_SECONDS, ClientSocket, LeaveThread, allow_files

# A head has so long, from the moment when the connection was made or its first byte came.
HEAD_SECONDS = 10.0
# After an answer that comes before the whole request, so much of the rest is read and dropped before the end.
DRAIN_SECONDS, DRAIN_BYTES = 2.0, 1024 * 1024
# At the end of the program, a client that moves fewer bytes than these in so many seconds is not waited for.
ENDING_SECONDS, ENDING_BYTES = 2.0, 20_000
MOST_CONNECTIONS = 200
# Connections that are taken before anybody else is served.
ACCEPTED_AT_ONCE = 32
HEAD_READ, BODY_READ, SWEEP_SECONDS = 16 * 1024, 64 * 1024, 0.25
NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
TOO_MANY = "Too many connections from your address are open. Close some of them, then try again."
SMALL = "This request came in far too many small pieces. Send it again in larger ones."
NO_ROOM = "There is no room left on the disk for this. Whoever runs this program has to make some."
COUNTS = ConnectionCounts()
# What a thread says of a request that has to wait until fewer bodies are being read.
_LATER = object()
Step = Callable[[Connection], None]
log = logging.getLogger(__name__)


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """Reads heads, and bodies that are no files, in the main thread, and writes answers without a thread that waits.

    A thread is given when a request is there. Of the bodies with files, which threads read, at most half of the
    threads read one at a time; the other requests wait here. So what clients do not send or take costs a connection
    and no thread, and each connection has a deadline. One address holds at most `most_connections`, over all
    processes; None is for a program behind a proxy, which counts those of its own clients.
    """

    most_connections: ClassVar[int | None] = MOST_CONNECTIONS
    wsgi: WSGIApplication

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Here the main process still has the word, before it forks.
        self._row = COUNTS.reserve()
        self._slots = ThreadSlots(max(1, self.cfg.threads // 2))
        self._connections: set[Connection] = set()
        # Who is waited for, the one that has waited longest first, and what is done when the deadline has passed.
        self._waiting: dict[Connection, Step] = {}
        self._queue: deque[Connection] = deque()
        self._next_sweep = self._next_ending = 0.0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Raise RuntimeError for what only gunicorn's own workers can do."""
        if cfg.is_ssl or cfg.proxy_protocol != "off":
            raise RuntimeError(
                "This worker speaks plain HTTP. Leave --certfile and --proxy-protocol to a proxy in front."
            )

    def init_process(self) -> None:
        """Begin to serve."""
        COUNTS.claim(self._row)
        allow_files(2 * self.worker_connections)
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application, whose answers may leave their thread."""
        super().load_wsgi()
        self.wsgi = partial(run, self.wsgi)

    # Connections: how they begin and end.

    def accept(self, listener: Any) -> None:
        """Take new connections, as many as wait."""
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted, address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in NO_FILES:
                    raise
                self._make_room()
                return
            self._take(accepted, address, listener)

    def _take(self, accepted: socket.socket, address: Any, listener: Any) -> None:
        client = ClientSocket(accepted)
        connection = Connection(self.cfg, client, address, listener.getsockname(), self._slots)
        # A socket file has no addresses: a proxy is at its other end.
        if connection.host and not COUNTS.add(self._row, connection.host, self.most_connections):
            self._turn_away(client)
            return
        self.nr_conns += 1
        self._connections.add(connection)
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        self._watch(connection, self._read_head, self._end_head, time.monotonic() + HEAD_SECONDS)
        # Most have sent something by now.
        self._do(self._read_head, connection)

    def _turn_away(self, client: ClientSocket) -> None:
        with suppress(OSError):
            client.receive(BODY_READ)
            client.sendall(write_answer(429, TOO_MANY))
            client.shutdown(socket.SHUT_WR)
        client.close()

    def _make_room(self) -> None:
        """End the connection that has waited longest for its client, when there are as many as may be."""
        for connection, late in self._waiting.items():
            if late in (self._end_head, self._end_body):
                self._drop(connection)
                return

    def _drop(self, connection: Connection) -> None:
        """Close a connection without another word."""
        if connection not in self._connections:
            return
        self._unwatch(connection)
        self._connections.remove(connection)
        self.nr_conns -= 1
        if connection.host:
            COUNTS.remove(self._row, connection.host)
        try:
            connection.release()
        except Exception:
            log.exception("What an answer was made from could not be closed.")
        connection.close()

    def _do(self, step: Step, connection: Connection) -> None:
        """Do a step in the main thread; what goes wrong in it ends its connection, and never the whole process."""
        try:
            step(connection)
        except Exception as error:
            # A client may be gone at any moment.
            if not isinstance(error, ConnectionError):
                log.exception("A connection broke off.")
            self._drop(connection)

    def _watch(
        self,
        connection: Connection,
        ready: Step,
        late: Step,
        deadline: float,
        event: int = selectors.EVENT_READ,
    ) -> None:
        """Wait for a client without a thread: `ready` when it has sent or taken something, `late` at the deadline."""
        connection.deadline = deadline
        self._waiting[connection] = late
        self.poller.register(connection.sock, event, lambda _socket: self._do(ready, connection))
        connection.is_polled = True

    def _unwatch(self, connection: Connection) -> None:
        self._waiting.pop(connection, None)
        if connection.is_polled:
            connection.is_polled = False
            self.poller.unregister(connection.sock)

    # Requests: head, body, thread, answer.

    def _await_request(self, connection: Connection) -> None:
        """Wait for the next request on a connection that is kept; it may be here already."""
        connection.held += connection.take_rest()
        connection.release()
        connection.is_idle = not connection.held
        seconds = self.cfg.keepalive if connection.is_idle else HEAD_SECONDS
        self._watch(connection, self._read_head, self._end_head, time.monotonic() + seconds)
        if connection.held:
            self._parse_head(connection)

    def _read_head(self, connection: Connection) -> None:
        data = connection.sock.receive(HEAD_READ)
        if data:
            if connection.is_idle:
                connection.is_idle = False
                connection.deadline = time.monotonic() + HEAD_SECONDS
            connection.held += data
            self._parse_head(connection)
        elif data is not None:
            self._drop(connection)

    def _parse_head(self, connection: Connection) -> None:
        try:
            request = connection.parse_head()
        except Exception as error:  # noqa: BLE001 - gunicorn sorts them into answers
            self._unwatch(connection)
            self.handle_error(None, connection.sock, connection.client, error)
            self._linger(connection)
            return
        if request is not None:
            self._unwatch(connection)
            self._begin_body(connection)

    def _end_head(self, connection: Connection) -> None:
        """End a connection whose next request did not come; one that has begun is told."""
        if connection.held:
            self._refuse(connection, 408, TOO_SLOW)
        else:
            self._drop(connection)

    def _begin_body(self, connection: Connection) -> None:
        """Give a thread to a request that is there, or that a thread has to read."""
        framing = connection.request and connection.request.framing
        if framing is None:
            self.enqueue_req(connection)
            return
        connection.arriving = ArrivingBody(framing, time.monotonic())
        self._watch(connection, self._read_body, self._end_body, connection.arriving.deadline)
        if not self._take_in(connection, connection.take_rest()):
            connection.ask_for_body()

    def _read_body(self, connection: Connection) -> None:
        data = connection.sock.receive(BODY_READ)
        if data:
            self._take_in(connection, data)
        elif data is not None:
            self._refuse(connection, 400, BROKEN)

    def _take_in(self, connection: Connection, data: bytes) -> bool:
        """Add to a body what has come; return True when nothing more of it is waited for."""
        try:
            rest = connection.arriving.feed(data, time.monotonic())
        except BrokenBodyError as error:
            self._refuse(connection, 400, SMALL if isinstance(error, SmallChunksError) else BROKEN)
            return True
        except OSError as error:
            log.error("No room for a request: %s", error)
            self._refuse(connection, 507, NO_ROOM)
            return True
        connection.deadline = connection.arriving.deadline
        if not connection.arriving.is_complete:
            return False
        self._unwatch(connection)
        connection.hold_body(rest)
        self.enqueue_req(connection)
        return True

    def _end_body(self, connection: Connection) -> None:
        self._refuse(connection, 408, TOO_SLOW)

    def handle(self, connection: Connection) -> Any:
        """Handle a request in a thread, or send more of an answer; return whether the connection is kept."""
        if connection.is_sending:
            return connection.send_more()
        try:
            kept = super().handle(connection)
        except WaitForSlot:
            return _LATER
        except LeaveThread:
            return False
        connection.sock.pieces = None
        return kept

    def finish_request(self, connection: Connection, future: Future[Any]) -> None:
        """Go on with a connection after a thread; in the main thread."""
        kept = not future.cancelled() and not future.exception() and future.result()
        if kept is _LATER:
            self._queue.append(connection)
        else:
            self._free_slot(connection)
            connection.is_kept = bool(kept)
            self._do(self._go_on, connection)
        self._admit()

    def _go_on(self, connection: Connection) -> None:
        """Wait until an answer is taken, then for the next request or the end."""
        if connection.sock.has_unsent:
            connection.sock.watch()
            later = time.monotonic() + LOOK_SECONDS
            self._watch(connection, self._send_more, self._check_taking, later, selectors.EVENT_WRITE)
        elif connection.is_kept:
            self._await_request(connection)
        else:
            self._linger(connection)

    def _send_more(self, connection: Connection) -> None:
        """Have a thread send more: it may have to read a file, from a disk that is slow."""
        self._unwatch(connection)
        connection.is_sending = True
        self.enqueue_req(connection)

    def _check_taking(self, connection: Connection) -> None:
        if connection.sock.is_stalled():
            self._drop(connection)
        else:
            connection.deadline = time.monotonic() + LOOK_SECONDS

    def _free_slot(self, connection: Connection) -> None:
        if connection.has_slot:
            connection.has_slot = False
            self._slots.give_back()

    def _admit(self) -> None:
        """Give free slots to those that have waited longest for one."""
        while self._queue and self._slots.take():
            connection = self._queue.popleft()
            connection.has_slot = True
            self.enqueue_req(connection)

    # Ends.

    def _refuse(self, connection: Connection, status: int, sentence: str) -> None:
        """Answer a request that never became whole, and end its connection."""
        self._unwatch(connection)
        request = connection.request
        as_json = request is not None and (request.path or "").startswith("/api/")
        with suppress(OSError):
            connection.sock.sendall(write_answer(status, sentence, as_json=as_json))
        self._linger(connection)

    def _linger(self, connection: Connection) -> None:
        """Say that nothing more comes, and drop what still arrives for a while: else the answer might be lost."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(connection)
            return
        self._watch(connection, self._drain, self._drop, time.monotonic() + DRAIN_SECONDS)

    def _drain(self, connection: Connection) -> None:
        data = connection.sock.receive(BODY_READ)
        if data == b"":
            self._drop(connection)
        connection.drained += len(data or b"")
        if connection.drained >= DRAIN_BYTES and connection.is_polled:
            # Nothing more is read, but the client still has time to read.
            connection.is_polled = False
            self.poller.unregister(connection.sock)

    def murder_keepalived(self, force: bool = False) -> None:
        """Do nothing: kept connections have their deadline like all the others."""

    def murder_pending(self) -> None:
        """End what has passed its deadline; gunicorn calls this again and again."""
        now = time.monotonic()
        if now < self._next_sweep:
            return
        self._next_sweep = now + SWEEP_SECONDS
        for connection, late in list(self._waiting.items()):
            if connection.deadline <= now and self._waiting.get(connection) is late:
                self._do(late, connection)
        if not self.alive:
            self._end_slow(now)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what happens next, and for no longer than until somebody may be late."""
        super().wait_for_and_dispatch_events(min(timeout, SWEEP_SECONDS) if self._waiting else timeout)

    def _end_slow(self, now: float) -> None:
        """While the program ends: give up the clients that hold it up."""
        while self._queue:
            self._refuse(self._queue.popleft(), 503, ENDING)
        if now < self._next_ending:
            return
        is_first, self._next_ending = not self._next_ending, now + ENDING_SECONDS
        for connection in list(self._connections):
            moved = connection.sock.moved()
            is_slow, connection.moved_before = moved - connection.moved_before < ENDING_BYTES, moved
            if is_slow and not is_first:
                self._do(self._give_up, connection)

    def _give_up(self, connection: Connection) -> None:
        if connection in self._waiting:
            self._drop(connection)
        elif connection.sock.is_waiting:
            connection.sock.give_up()

    def handle_quit(self, sig: int, frame: Any) -> None:
        """End at once: no thread waits for a client any more."""
        for connection in list(self._connections):
            connection.sock.give_up()
        super().handle_quit(sig, frame)
