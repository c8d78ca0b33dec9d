"""A mail server on a real socket that keeps what it is given; it can ask for a password, speak TLS, or misbehave."""

from __future__ import annotations

import base64
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.support.program import PATIENCE


@dataclass
class FakeSmtp:
    """What the server is told to do, and what it was given."""

    port: int = 0
    login: tuple[str, str] | None = None
    refuses: str = ""
    tls: ssl.SSLContext | None = None
    lines: list[str] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        """Its address for SMTP_URL, without encryption."""
        return f"smtp://127.0.0.1:{self.port}?starttls=off"

    def wait(self, count: int = 1) -> list[EmailMessage]:
        """Wait until so many letters are there."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.letters) >= count, PATIENCE)
        return self.letters

    def reset(self) -> None:
        """Forget what came, and behave again."""
        self.login, self.refuses = None, ""
        for kept in (self.lines, self.envelopes, self.letters):
            kept.clear()


@contextmanager
def smtp_server(tls: ssl.SSLContext | None = None, *, wrapped: bool = False) -> Iterator[FakeSmtp]:
    """Run a server; with `tls` it offers STARTTLS, or with `wrapped` speaks TLS from the first byte."""
    fake = FakeSmtp(tls=None if wrapped else tls)

    class Conversation(_Conversation):
        state = fake

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def get_request(self) -> tuple[socket.socket, object]:
            connection, address = super().get_request()
            if wrapped and tls is not None:
                # The handshake comes with the first words, in the thread of the conversation.
                connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            return connection, address

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: the other side trusts nobody, or has gone."""

    with Server(("127.0.0.1", 0), Conversation) as server:
        fake.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield fake
        server.shutdown()
        thread.join()


class _Conversation(socketserver.StreamRequestHandler):
    state: FakeSmtp
    timeout = PATIENCE

    def handle(self) -> None:
        self.sender, self.to = "", list[str]()
        self.say("220 fake ESMTP")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self.state.lines.append(line)
            word = line.split(" ", 1)[0].upper()
            if self.state.refuses and word == self.state.refuses:
                self.say("550 no")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.answer(word, line)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        if self.connection is not self.request:
            self.connection.close()

    def answer(self, word: str, line: str) -> None:
        if word == "EHLO":
            self.say("250-fake", *(["250-STARTTLS"] if self.state.tls else []), "250 AUTH PLAIN")
        elif word == "STARTTLS" and self.state.tls:
            self.say("220 go on")
            self.connection = self.state.tls.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        elif word == "AUTH":
            _, user, password = base64.b64decode(line.rsplit(" ", 1)[1]).decode().split("\0")
            self.say("235 come in" if (user, password) == self.state.login else "535 no")
        elif word == "MAIL":
            self.sender = line
            self.say("250 ok")
        elif word == "RCPT":
            self.to.append(line)
            self.say("250 ok")
        elif word == "DATA":
            self.say("354 go on")
            self.take()
        else:
            self.say("250 ok")

    def take(self) -> None:
        data = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            data += line.removeprefix(b".")
        letter = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
        with self.state.arrived:
            self.state.envelopes.append((self.sender, self.to))
            self.state.letters.append(letter)
            self.state.arrived.notify_all()
        self.say("250 kept")

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
        self.wfile.flush()
