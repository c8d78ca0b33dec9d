"""A client that speaks HTTP byte by byte, from an address of its own, and reads or does not as a test wants."""

from __future__ import annotations

import socket
import time
from typing import NamedTuple

from tests.support.program import PATIENCE, Program

MOST_READ = 1024 * 1024


class Answer(NamedTuple):
    """One answer as it came: whether it is whole is to be seen from the length."""

    status: int
    fields: dict[str, str]
    body: bytes

    @property
    def is_whole(self) -> bool:
        """Return whether the body is as long as it was announced."""
        return len(self.body) == int(self.fields["content-length"])

    @property
    def is_last(self) -> bool:
        """Return whether the connection closes after it."""
        return self.fields["connection"] == "close"


class RawClient:
    """One connection; `address` is where it comes from."""

    def __init__(
        self, program: Program, address: str = "127.0.0.1", *, port: int = 0, receive_buffer: int = 0
    ) -> None:
        self.program = program
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.bind((address, 0))
        self.socket.connect(("127.0.0.1", port or program.port))
        self._held = bytearray()

    def send(self, data: bytes) -> RawClient:
        """Send bytes."""
        self.socket.sendall(data)
        return self

    def begin(self, line: str, *fields: str, host: str = "") -> RawClient:
        """Send the head of a request with a body, or what there is of it, without the end."""
        return self.send(self._head(line, *fields, host=host))

    def _head(self, line: str, *fields: str, host: str) -> bytes:
        host = host or f"127.0.0.1:{self.program.port}"
        return "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", *fields]).encode()

    def ask(self, line: str, *fields: str, body: bytes = b"", host: str = "") -> RawClient:
        """Send a whole head, and a body or the beginning of one."""
        # At once: whoever is turned away by then cannot send a second time.
        return self.send(self._head(line, *fields, host=host) + b"\r\n\r\n" + body)

    def answer(self) -> Answer:
        """Read one answer, or as much of it as comes."""
        while b"\r\n\r\n" not in self._held and self._read():
            pass
        head, _, rest = self._held.partition(b"\r\n\r\n")
        self._held = rest
        line, *lines = head.decode().split("\r\n")
        pairs = [one.partition(": ") for one in lines]
        fields = {name.lower(): value for name, _, value in pairs}
        size = int(fields.get("content-length", 0))
        while len(self._held) < size and self._read():
            pass
        body = bytes(self._held[:size])
        del self._held[:size]
        return Answer(int(line.split()[1]) if line else 0, fields, body)

    def take(self, size: int) -> None:
        """Read a few bytes of what has come; `answer` has them, too."""
        self._held += self.socket.recv(size)

    def has_answer(self) -> bool:
        """Return whether anything has come, without waiting."""
        self.socket.setblocking(False)
        try:
            return bool(self._held) or bool(self.socket.recv(1, socket.MSG_PEEK)) or True
        except BlockingIOError:
            return False
        finally:
            self.socket.settimeout(PATIENCE)

    def is_closed(self) -> bool:
        """Return whether nothing but the end comes any more; waits for it."""
        return not self._held and not self._read()

    def close(self) -> None:
        """Leave."""
        self.socket.close()

    def _read(self) -> bool:
        try:
            data = self.socket.recv(MOST_READ)
        except ConnectionResetError:
            data = b""
        self._held += data
        return bool(data)


def page_seconds(
    program: Program, address: str, path: str = "/healthz", port: int = 0, host: str = ""
) -> float:
    """Ask for a page on a new connection and return how long it took; it has to come."""
    begun = time.monotonic()
    client = RawClient(program, address, port=port).ask(f"GET {path}", "Connection: close", host=host)
    answer = client.answer()
    client.close()
    assert (answer.status, answer.is_whole) == (200, True)
    return time.monotonic() - begun
