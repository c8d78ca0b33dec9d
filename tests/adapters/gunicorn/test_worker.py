"""The worker by itself, with an application of a few lines: who is ended when there is no room, and broken answers."""

from __future__ import annotations

import os
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from artworks.adapters.gunicorn import worker as web_worker
from artworks.adapters.gunicorn.connection import run
from artworks.adapters.gunicorn.socket import MOST_UNSENT, ClientSocket
from artworks.adapters.gunicorn.worker import COUNTS, BufferingWorker
from tests.support.program import PATIENCE

pytestmark = pytest.mark.slow

PIECE = b"x" * 100_000
MOST = 10


class Broken:
    """An answer that breaks off after many pieces, and is closed."""

    closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(100):
            yield PIECE
        raise ValueError("the disk is gone")

    def close(self) -> None:
        """Remember it."""
        self.closed.set()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer with a word, with much of known length, or with what breaks off."""
    path = environ["PATH_INFO"]
    if path == "/word":
        start_response("200 OK", [("Content-Length", "4")])
        return [b"word"]
    start_response("200 OK", [("Content-Length", str(200 * len(PIECE)))])
    return Broken() if path == "/broken" else (PIECE for _ in range(200))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[BufferingWorker, Callable[[], socket.socket]]]:
    """Yield a worker with one thread that runs, and a function that connects to it."""
    monkeypatch.setattr(BufferingWorker, "most_connections", None)
    cfg = Config()
    cfg.set("threads", 1)
    cfg.set("worker_connections", MOST)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = BufferingWorker(
            0, os.getppid(), [listener], SimpleNamespace(wsgi=lambda: application), 30, cfg, Logger(cfg)
        )
        COUNTS.claim(made._row)
        made.tpool, made.poller = made.get_thread_pool(), selectors.DefaultSelector()
        made.method_queue.init()
        made.load_wsgi()
        assert isinstance(made.wsgi, partial)
        assert made.wsgi.func is run
        address = listener.getsockname()
        thread = threading.Thread(target=made.run)
        thread.start()
        opened = []

        def connect() -> socket.socket:
            opened.append(socket.create_connection(address, PATIENCE))
            return opened[-1]

        yield made, connect
        made.handle_exit(15, None)
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert not made._connections
        assert COUNTS.count("127.0.0.1") == 0
        made.tmp.close()
        for one in opened:
            one.close()


def ask(client: socket.socket, path: str) -> socket.socket:
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


def has_word(client: socket.socket) -> bool:
    """Read an answer and tell whether it is the word: its head and its body may come one after the other."""
    found = bytearray()
    while not found.endswith(b"word") and (data := client.recv(1000)):
        found += data
    return found.endswith(b"word")


def read_until_end(client: socket.socket) -> bytes:
    """Read until the connection ends, in whatever way."""
    found = bytearray()
    try:
        while data := client.recv(1024 * 1024):
            found += data
    except ConnectionResetError:
        pass
    return bytes(found)


def test_whoever_has_waited_longest_makes_room(
    worker: tuple[BufferingWorker, Callable[[], socket.socket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that nobody is ended by the time that passes.
    monkeypatch.setattr(web_worker, "HEAD_SECONDS", 2 * PATIENCE)
    connect = worker[1]
    silent = [connect() for _ in range(3 * MOST)]
    assert has_word(ask(connect(), "/word"))
    assert [client.recv(1) for client in silent[: 2 * MOST]] == [b""] * 2 * MOST
    # One of the last ones may still begin.
    assert has_word(ask(silent[-1], "/word"))


def test_answers_that_are_not_read_leave_the_only_thread(
    worker: tuple[BufferingWorker, Callable[[], socket.socket]],
) -> None:
    connect = worker[1]
    unread = [ask(connect(), "/much") for _ in range(MOST // 2)]
    assert has_word(ask(connect(), "/word"))
    # Each has its answer in the end, and another one after it.
    for client in unread:
        ask(client, "/word")
        client.shutdown(socket.SHUT_WR)
        found = read_until_end(client)
        assert (found.count(b"x"), found.endswith(b"word")) == (200 * len(PIECE), True)


def test_an_answer_that_breaks_off_later_ends_its_connection(
    worker: tuple[BufferingWorker, Callable[[], socket.socket]], caplog: pytest.LogCaptureFixture
) -> None:
    Broken.closed.clear()
    client = ask(worker[1](), "/broken")
    found = read_until_end(client)
    assert MOST_UNSENT < found.count(b"x") <= 100 * len(PIECE)
    assert Broken.closed.wait(PATIENCE)
    assert "the disk is gone" in caplog.text
    assert has_word(ask(worker[1](), "/word"))


WAITING = b"POST /word HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"


def test_a_client_that_is_gone_before_it_is_asked_for_its_body_ends_nobody_else(
    worker: tuple[BufferingWorker, Callable[[], socket.socket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, receive = threading.Event(), ClientSocket.receive

    def received(client: ClientSocket, size: int) -> bytes | None:
        data = receive(client, size)
        gone.wait(PATIENCE)
        return data

    monkeypatch.setattr(ClientSocket, "receive", received)
    client = worker[1]()
    client.sendall(WAITING)
    # Ends it with a reset.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    gone.set()
    assert has_word(ask(worker[1](), "/word"))


def test_what_goes_wrong_with_one_connection_ends_no_other(
    worker: tuple[BufferingWorker, Callable[[], socket.socket]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = ask(worker[1](), "/word")
    assert has_word(other)
    with monkeypatch.context() as broken:
        broken.setattr(web_worker, "ArrivingBody", "nothing that can be called")
        client = worker[1]()
        client.sendall(WAITING)
        assert read_until_end(client) == b""
    assert "A connection broke off." in caplog.text
    assert has_word(ask(other, "/word"))


@pytest.mark.parametrize(("name", "value"), [("certfile", "cert.pem"), ("proxy_protocol", True)])
def test_what_the_worker_cannot_do_stops_the_start_with_a_sentence(name: str, value: object) -> None:
    cfg = Config()
    cfg.set(name, value)
    with pytest.raises(RuntimeError, match="speaks plain HTTP"):
        BufferingWorker.check_config(cfg, None)
