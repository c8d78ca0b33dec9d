"""A client's socket: answers wait for the client without a thread, and one that stands still is given up."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from artworks.adapters.gunicorn import socket as web_socket
from artworks.adapters.gunicorn.socket import MOST_UNSENT, STALL_SECONDS, ClientSocket, LeaveThread
from tests.support.program import PATIENCE, wait_until


class Clock:
    """A clock that only moves when it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        """Read it."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pair(clock: Clock) -> Iterator[tuple[ClientSocket, socket.socket]]:
    """Yield our end of a connection and the client's, whose kernel holds little."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE)
        client.connect(listener.getsockname())
        with ClientSocket(listener.accept()[0], clock) as ours:
            yield ours, client


def read(client: socket.socket, size: int) -> bytes:
    """Read so many bytes, and fewer only at the end."""
    found = bytearray()
    while len(found) < size and (data := client.recv(min(65536, size - len(found)))):
        found += data
    return bytes(found)


def fill(ours: ClientSocket, letter: bytes) -> int:
    """Hand over bytes until some are held back; return how many."""
    size = 0
    while not ours.has_unsent:
        ours.sendall(letter * 65536)
        size += 65536
    return size


def flush(ours: ClientSocket) -> None:
    """Send until everything is taken, as the main thread has it done."""
    while not ours.flush():
        time.sleep(0.001)


def test_an_answer_that_is_not_read_holds_no_thread(pair: tuple[ClientSocket, socket.socket]) -> None:
    ours, client = pair
    size = fill(ours, b"a")
    ours.sendall(b"b" * 1000)
    thread = threading.Thread(target=flush, args=(ours,), daemon=True)
    thread.start()
    assert read(client, size + 1000) == b"a" * size + b"b" * 1000
    thread.join(PATIENCE)
    assert not ours.has_unsent


def test_a_file_holds_no_thread_and_may_be_closed(
    pair: tuple[ClientSocket, socket.socket], tmp_path: Path
) -> None:
    ours, client = pair
    content = bytes(range(256)) * 40_000
    (tmp_path / "file").write_bytes(content)
    with (tmp_path / "file").open("rb") as file:
        assert ours.sendfile(file, 256, len(content) - 256) == len(content) - 256
    assert ours.has_unsent
    ours.sendall(b"end")
    threading.Thread(target=flush, args=(ours,), daemon=True).start()
    assert read(client, len(content) - 256 + 3) == content[256:] + b"end"


def test_a_file_that_became_shorter_ends_the_connection(pair: tuple[ClientSocket, socket.socket]) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"short")
        file.flush()
        with pytest.raises(ConnectionResetError):
            pair[0].sendfile(file, 0, 100)


def test_a_long_answer_waits_for_its_reader_and_one_who_takes_nothing_is_given_up(
    pair: tuple[ClientSocket, socket.socket], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock jumps by a quarter of the patience whenever nothing happens; a little is read twice in between."""
    monkeypatch.setattr(web_socket, "LOOK_SECONDS", 0.01)
    ours, client = pair
    fill(ours, b"a")
    looks = []
    is_stalled = ours.is_stalled

    def look() -> bool:
        looks.append(clock.now)
        clock.now += STALL_SECONDS / 4
        if len(looks) in (3, 6):
            # Not enough to make room, but it was taken. Ours hears of it when there is room for more at the client's,
            # and asks for itself ever more seldom.
            moved = ours.moved()
            wait_until("It is told", lambda: bool(read(client, 1000)) and ours.moved() != moved)
        return is_stalled()

    monkeypatch.setattr(ours, "is_stalled", look)
    with pytest.raises(ConnectionResetError, match="takes nothing"):
        ours.sendall(b"b" * 2 * MOST_UNSENT)
    assert len(looks) >= 9


class Later:
    """Pieces of an answer that are sent later."""

    left = 0

    def leave(self) -> None:
        """Count it."""
        self.left += 1

    def go_on(self) -> bool:
        """Do nothing."""
        return True

    def end(self) -> None:
        """Do nothing."""


def test_an_answer_in_pieces_leaves_its_thread_after_a_piece_too_many(
    pair: tuple[ClientSocket, socket.socket],
) -> None:
    ours, client = pair
    size, ours.pieces = fill(ours, b"a"), Later()
    with pytest.raises(LeaveThread):
        while True:
            ours.sendall(b"b" * 65536)
            size += 65536
    size += 65536
    assert (ours.is_full, ours.pieces.left) == (True, 1)
    threading.Thread(target=flush, args=(ours,), daemon=True).start()
    # The piece too many was not lost.
    assert len(read(client, size)) == size


def test_a_client_that_sends_nothing_is_given_up(
    pair: tuple[ClientSocket, socket.socket], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_socket, "LOOK_SECONDS", 0.01)
    ours, client = pair
    assert ours.receive(10) is None
    client.sendall(b"some")
    assert ours.recv(10) == b"some"
    is_stalled = ours.is_stalled

    def look() -> bool:
        clock.now += 7
        return is_stalled()

    monkeypatch.setattr(ours, "is_stalled", look)
    before = clock.now
    with pytest.raises(TimeoutError):
        ours.recv(10)
    assert STALL_SECONDS <= clock.now - before < STALL_SECONDS + 7


def test_who_is_given_up_is_not_waited_for(pair: tuple[ClientSocket, socket.socket]) -> None:
    ours, client = pair
    found: list[bytes] = []
    thread = threading.Thread(target=lambda: found.append(ours.recv(10)))
    thread.start()
    while not ours.is_waiting:
        time.sleep(0.001)
    ours.give_up()
    thread.join(PATIENCE)
    assert found == [b""]
    # What goes without waiting is still sent.
    ours.sendall(b"The end.")
    assert read(client, 8) == b"The end."
    fill(ours, b"a")
    with pytest.raises(ConnectionResetError):
        ours.sendall(b"b" * 2 * MOST_UNSENT)


def test_a_client_that_is_gone_is_noticed(pair: tuple[ClientSocket, socket.socket]) -> None:
    ours, client = pair
    fill(ours, b"a")
    client.close()
    deadline = time.monotonic() + PATIENCE
    with pytest.raises(OSError):
        while time.monotonic() < deadline:
            ours.flush()
    assert ours.receive(10) == b""
