"""A client's socket: what the client does not take at once waits here, and one that stands still is given up."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import select
import socket
import struct
import sys
import termios
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

# A client that takes or sends not one byte for so long is given up.
STALL_SECONDS = 60.0
# Bytes of an answer that are held for a client; the thread that makes more waits until it has taken some.
MOST_UNSENT = 512 * 1024
# How often somebody who waits looks whether anything has moved.
LOOK_SECONDS = 1.0
PIECE_BYTES = 256 * 1024


def needs_no_thread(environ: dict[str, Any]) -> bool:
    """Return whether the answer to a request, of known length, is sent without holding a thread: by our own worker."""
    return isinstance(environ.get("gunicorn.socket"), ClientSocket)


class LeaveThread(BaseException):
    """Leave an answer for now: it is gone on with when the client has taken some of it.

    No Exception, so that nothing that handles those answers it.
    """


class Pieces(Protocol):
    """What makes the pieces of an answer, and can go on with it later."""

    def leave(self) -> None:
        """Keep what the next pieces are made from."""

    def go_on(self) -> bool:
        """Send more pieces; return whether the connection is kept. Raises LeaveThread, and what making them raises."""

    def end(self) -> None:
        """Close what they are made from."""


class ClientSocket(socket.socket):
    """A socket that never blocks: answers are queued, and a thread only waits for bytes that it needs.

    What was handed over by `sendall` and `sendfile` goes out as far as the client takes it; `flush` goes on with it.
    So an answer of usual size, or one that is a file, holds no thread however slowly it is read. Of a longer one that
    is made piece by piece, the next pieces are made when there is room: with `pieces`, `sendall` raises LeaveThread
    after it has queued one too many. Without, the thread waits for the reader: as long as that takes something, and
    for `STALL_SECONDS` when it does not, which ends in ConnectionResetError.
    """

    def __init__(self, accepted: socket.socket, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, accepted.detach())
        super().setblocking(False)
        self._clock = clock
        self._unsent: deque[_Bytes | _FilePart] = deque()
        self._sent = self._received = 0
        self.is_waiting = self.is_given_up = False
        self.pieces: Pieces | None = None
        self._seen, self._since = 0, clock()

    def setblocking(self, flag: bool) -> None:
        """Do nothing: gunicorn switches between both, and this one stays as it is."""

    @property
    def has_unsent(self) -> bool:
        """Return whether the client has not taken everything yet."""
        return bool(self._unsent)

    @property
    def is_full(self) -> bool:
        """Return whether no more of an answer is to be made before the client takes some."""
        return sum(part.size for part in self._unsent if isinstance(part, _Bytes)) > MOST_UNSENT

    def moved(self) -> int:
        """Return how many bytes the client has sent and taken; those in our own kernel are not taken."""
        return self._received + self._sent - _in_kernel(self)

    def watch(self) -> None:
        """Begin to measure how long nothing moves."""
        self._seen, self._since = self.moved(), self._clock()

    def is_stalled(self) -> bool:
        """Return whether nothing has moved for too long."""
        moved, now = self.moved(), self._clock()
        if moved != self._seen:
            self._seen, self._since = moved, now
        return now - self._since >= STALL_SECONDS

    def give_up(self) -> None:
        """Let nobody wait for this client any more; what it still takes by itself is sent."""
        self.is_given_up = True
        with suppress(OSError):
            # Wakes up a thread that waits in `recv`.
            self.shutdown(socket.SHUT_RD)

    def receive(self, size: int) -> bytes | None:
        """Return what has arrived, b"" when the client is gone, and None when there is nothing yet."""
        try:
            data = super().recv(size)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""
        self._received += len(data)
        return data

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Wait for bytes; returns b"" at the end and when the client is given up, raises TimeoutError after a stall."""
        while not self.is_given_up:
            data = self.receive(size)
            if data is not None:
                return data
            if not self._wait(select.POLLIN):
                raise TimeoutError("The client sent nothing.")
        return b""

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send bytes, or hold them until the client takes them; waits only while too many are held."""
        self._unsent.append(_Bytes(memoryview(data)))
        while not self.flush() and self.is_full:
            if self.pieces:
                self.pieces.leave()
                raise LeaveThread
            if self.is_given_up or not self._wait(select.POLLOUT):
                raise ConnectionResetError(errno.ECONNRESET, "The client takes nothing.")

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send a part of a file, or have it sent when the client takes it; it may be closed afterwards."""
        if count is None:
            count = os.fstat(file.fileno()).st_size - offset
        if count > 0:
            self._unsent.append(_FilePart(os.dup(file.fileno()), offset, count))
            self.flush()
        return count

    def flush(self) -> bool:
        """Send as much as the client takes now, and tell whether that was all; raises OSError when it is gone."""
        while self._unsent:
            try:
                sent = self._unsent[0].send(self)
            except (BlockingIOError, InterruptedError):
                return False
            self._sent += sent
            if not self._unsent[0].size:
                self._unsent.popleft().close()
        return True

    def forget(self) -> None:
        """Forget what was still to be sent."""
        while self._unsent:
            self._unsent.popleft().close()

    def close(self) -> None:
        """Close it, and the files that were still to be sent."""
        self.forget()
        super().close()

    def _wait(self, event: int) -> bool:
        """Wait until the client sends or takes something; return False when nothing has moved for too long."""
        poll = select.poll()
        poll.register(self, event)
        self.watch()
        self.is_waiting = True
        try:
            while not poll.poll(LOOK_SECONDS * 1000):
                if self.is_stalled():
                    return False
                if self.is_given_up:
                    break
        finally:
            self.is_waiting = False
        return True


class _Bytes:
    """Bytes to be sent."""

    def __init__(self, data: memoryview) -> None:
        self._data = data

    @property
    def size(self) -> int:
        return len(self._data)

    def send(self, to: socket.socket) -> int:
        sent = to.send(self._data)
        self._data = self._data[sent:]
        return sent

    def close(self) -> None:
        self._data.release()


class _FilePart:
    """A part of a file to be sent, read when it is sent."""

    def __init__(self, file: int, offset: int, size: int) -> None:
        self._file = file
        self._offset = offset
        self.size = size

    def send(self, to: socket.socket) -> int:
        sent = os.sendfile(to.fileno(), self._file, self._offset, min(self.size, PIECE_BYTES))
        if not sent:
            raise ConnectionResetError(errno.ECONNRESET, "The file became shorter while it was sent.")
        self._offset += sent
        self.size -= sent
        return sent

    def close(self) -> None:
        os.close(self._file)


def _in_kernel(client: socket.socket) -> int:
    """Return how many bytes are sent and not taken yet, where the system tells."""
    with suppress(OSError, ValueError):
        if sys.platform == "darwin":
            # SO_NWRITE, which has no name in Python.
            return client.getsockopt(socket.SOL_SOCKET, 0x1024)
        found: int = struct.unpack("i", fcntl.ioctl(client, termios.TIOCOUTQ, bytes(4)))[0]
        return found
    return 0


def allow_files(most: int) -> None:
    """Allow this process as many open files as its connections and their answers may take, and some more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + 512
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
