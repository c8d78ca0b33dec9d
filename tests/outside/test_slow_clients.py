"""Clients that send or read slowly or not at all: nobody else waits for them, and each of them has an end."""

from __future__ import annotations

import io
import json
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from PIL import Image as Pillow
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from artworks.accounts import tokens
from tests.outside.raw_client import Answer, RawClient, page_seconds
from tests.support.databases import MIGRATED
from tests.support.people import add_person
from tests.support.program import Program, wait_until

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has addresses such as 127.0.0.2 without setting them up"
)

# The program with less patience for bodies and answers, so that the tests need less, too; for heads it has its own.
RATE, STALL = 3.0, 4.0
IMPATIENT = f"""
import sys
from artworks.adapters.gunicorn import bodies as web_bodies
from artworks.adapters.gunicorn import socket as web_socket
web_bodies.RATE_SECONDS, web_socket.STALL_SECONDS = {RATE}, {STALL}
import main
sys.exit(main.main(sys.argv[1:]))
"""
PROCESSES, THREADS = 2, 4
MANY, HONEST, READER = "127.0.0.1", "127.0.0.2", "127.0.0.3"
JSON = "Content-Type: application/json"
FILES = "Content-Type: multipart/form-data; boundary=x"
MB = 1_000_000


class Site(NamedTuple):
    """A running program, and the header of somebody who may upload there."""

    program: Program
    token: str


@pytest.fixture(scope="module")
def installed(
    make_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Yield a program with two processes of four threads, where people sign in."""
    url = make_database(MIGRATED)
    with Session(create_engine(url, poolclass=NullPool)) as session:
        made = tokens.create(session, add_person(session), name="Script", role="owner", days=1)
        session.commit()
    program = Program(tmp_path_factory.mktemp("slow"))
    program.environment |= {
        "DATABASE_URL": url.replace("+psycopg2", ""),
        "SIGN_IN": "required",
        "WORKER": "off",
    }
    program.environment |= {"WEB_PROCESSES": str(PROCESSES), "WEB_THREADS": str(THREADS)}
    yield Site(program, f"Authorization: Bearer {made.key}")
    if program.process and program.process.returncode is None:
        program.end(signal.SIGKILL)


@pytest.fixture
def site(installed: Site) -> Site:
    """Return it running."""
    process = installed.program.process
    if process is None or process.returncode is not None:
        assert "is ready" in installed.program.start(sys.executable, "-c", IMPATIENT)
    return installed


@pytest.fixture
def connect(site: Site) -> Iterator[Callable[..., RawClient]]:
    """Yield a function that connects from an address; all is closed afterwards."""
    opened: list[RawClient] = []

    def connect(address: str = MANY, receive_buffer: int = 0) -> RawClient:
        opened.append(RawClient(site.program, address, receive_buffer=receive_buffer))
        return opened[-1]

    yield connect
    for client in opened:
        client.close()


def form(name: str, size: int) -> bytes:
    """Return a form with one picture that is as large as wished; another name is another picture."""
    out = io.BytesIO()
    Pillow.new("RGB", (8, 8)).save(out, "PNG")
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    return head + out.getvalue() + name.encode() + b"\0" * size + b"\r\n--x--\r\n"


def length(body: bytes | int) -> str:
    return f"Content-Length: {body if isinstance(body, int) else len(body)}"


def test_half_heads_and_slow_bodies_of_one_address_hold_nobody_up(
    site: Site, connect: Callable[..., RawClient]
) -> None:
    begun = time.monotonic()
    trickling, half = connect().begin("GET /"), connect().begin("GET /", "X-Long: ")
    heads = [half, *(connect().begin("GET /", "X-Long: ") for _ in range(498))]
    bodies = [
        connect().ask("POST /api/collections", JSON, site.token, length(1000), body=b"{") for _ in range(200)
    ]
    silent = [connect() for _ in range(100)]
    # One page under a second shows it: on a busy machine the others may take longer, but each comes.
    assert min(page_seconds(site.program, HONEST, "/sign-in") for _ in range(10)) < 1
    # Whoever holds that many is told to close some.
    turned_away = [client for client in (*heads, *bodies, *silent) if client.has_answer()]
    assert len(turned_away) >= 799 + 1 - 200
    answer = turned_away[-1].answer()
    assert (answer.status, answer.is_whole, answer.is_last) == (429, True, True)
    # A head ends after 10 seconds, whether nothing comes or one byte after the other does.
    wait_until("the end of a head", lambda: trickling.has_answer() or not trickling.send(b"x"))
    assert time.monotonic() - begun > 9
    for client in (trickling, half):
        answer = client.answer()
        assert (answer.status, answer.is_whole, answer.is_last) == (408, True, True)
        assert client.is_closed()


def test_a_body_that_comes_too_slowly_is_told(site: Site, connect: Callable[..., RawClient]) -> None:
    begun = time.monotonic()
    client = connect().ask("POST /api/collections", JSON, site.token, length(100_000), body=b'{"name":')
    wait_until("the end of a body", lambda: client.has_answer() or not client.send(b" "))
    assert time.monotonic() - begun > RATE - 0.5
    answer = client.answer()
    assert (answer.status, answer.is_last, json.loads(answer.body)["error"]["code"]) == (408, True, "timeout")


def test_slow_uploads_leave_half_of_the_threads_and_the_next_ones_wait(
    site: Site, connect: Callable[..., RawClient]
) -> None:
    bodies = {connect(): form(f"slow-{number}.png", 100_000) for number in range(12)}
    for client, body in bodies.items():
        client.ask("POST /api/images", FILES, site.token, length(body), "Expect: 100-continue")

    def begun() -> list[RawClient]:
        return [client for client in bodies if client.has_answer()]

    # Whose body is wanted is told so; at most half of the threads want one.
    wait_until("uploads that have begun", begun)

    def trickle() -> list[RawClient]:
        for client in begun():
            client.send(bodies[client][:1])
            bodies[client] = bodies[client][1:]
        return begun()

    for _ in range(5):
        assert len(trickle()) <= PROCESSES * THREADS // 2
        page_seconds(site.program, HONEST, "/sign-in")
    # Who may not upload is told so, without a turn; nothing of the body is wanted.
    trickle()
    stranger = connect(HONEST).ask("POST /api/images", FILES, length(100), "Expect: 100-continue").answer()
    assert (stranger.status, stranger.is_last) == (401, True)
    # Each has its turn.
    while bodies:
        wait_until("the next one", trickle)
        client = begun()[0]
        assert client.answer().status == 100
        assert client.send(bodies.pop(client)).answer().status == 201


def test_an_upload_of_which_nothing_comes_ends(site: Site, connect: Callable[..., RawClient]) -> None:
    begun = time.monotonic()
    body = form("never.png", 100_000)
    answer = connect().ask("POST /api/images", FILES, site.token, length(body), body=body[:5000]).answer()
    assert time.monotonic() - begun > STALL - 0.5
    assert (answer.status, answer.is_last, json.loads(answer.body)["error"]["code"]) == (408, True, "timeout")
    assert not list((site.program.folder / "instance/incoming").iterdir())


EARLY: dict[str, tuple[int, str, tuple[str, ...], int]] = {
    "upload of a stranger": (401, "POST /api/images", (FILES,), 5 * MB),
    "form of a stranger": (401, "POST /", (FILES,), 5 * MB),
    "upload from another site": (
        403,
        "POST /api/images",
        (FILES, "token", "Origin: https://evil.example"),
        5 * MB,
    ),
    "upload that is too large": (413, "POST /api/images", (FILES, "token"), 2000 * MB),
    "files for something else": (415, "POST /api/collections", (FILES, "token"), 5 * MB),
    "files for signing in": (415, "POST /sign-in", (FILES,), 300_000),
    "files in chunks": (415, "PATCH /api/images/1", (FILES, "token", "Transfer-Encoding: chunked"), 0),
    "files with a GET": (415, "GET /healthz", (FILES,), 300_000),
    "too much JSON": (413, "POST /api/collections", (JSON, "token"), 3 * MB),
    "too much JSON of a stranger": (401, "POST /api/collections", (JSON,), 3 * MB),
    "too much for nothing": (404, "PUT /nowhere", (JSON, "token"), 3 * MB),
    "files for nothing": (404, "DELETE /nowhere", (FILES, "token"), 300_000),
    "too much in another way": (405, "PUT /api/images", (JSON, "token"), 3 * MB),
    "another name": (400, "POST /", (FILES, "Host: evil.example"), 5 * MB),
    "a page": (200, "GET /sign-in", (JSON,), 3 * MB),
}


@pytest.mark.parametrize("kind", EARLY)
def test_an_early_answer_arrives_whole_and_is_the_last_one(
    site: Site, connect: Callable[..., RawClient], kind: str
) -> None:
    status, line, given, size = EARLY[kind]
    fields = [site.token if field == "token" else field for field in given if not field.startswith("Host")]
    host = "evil.example" if "Host: evil.example" in given else ""
    framing = [length(size)] if size else []
    sent = form("never.png", 200_000)[:200_000]
    client = connect(HONEST).ask(
        line, *fields, *framing, body=sent if size else b"30d40\r\n" + sent, host=host
    )
    answer = client.answer()
    assert (answer.status, answer.is_last, answer.is_whole) == (status, True, True)
    # More of the body may still be on its way and hurts nobody; then the connection ends.
    client.send(b"x" * 100_000)
    assert client.is_closed()
    folder = site.program.folder / "instance/incoming"
    assert not folder.exists() or not list(folder.iterdir())


def test_an_answer_reaches_a_client_that_sends_everything_first(
    site: Site, connect: Callable[..., RawClient]
) -> None:
    """As simple clients do; the rest is read and dropped, up to 1 MB of it."""
    client = connect(HONEST).ask("POST /api/images", FILES, length(900_000))
    for _ in range(90):
        client.send(b"x" * 10_000)
    answer = client.answer()
    assert (answer.status, answer.is_whole, client.is_closed()) == (401, True, True)


def test_a_body_that_was_read_keeps_the_connection(site: Site, connect: Callable[..., RawClient]) -> None:
    client = connect(HONEST)
    sent = b'{"name": "Coast"}'
    answer = client.ask("POST /api/collections", JSON, length(sent), body=sent).answer()
    assert (answer.status, answer.is_last) == (401, False)
    # Several requests may come at once, and the client may wait until its body is wanted.
    chunked = (
        b"5\r\n" + sent[:5] + b"\r\n" + b"%x;a=b\r\n" % len(sent[5:]) + sent[5:] + b"\r\n0\r\nX: y\r\n\r\n"
    )
    client.ask("POST /api/collections", JSON, site.token, "Transfer-Encoding: chunked", body=chunked)
    client.ask("GET /healthz")
    client.ask("POST /api/collections", JSON, site.token, length(sent), "Expect: 100-continue")
    assert [client.answer().status for _ in range(3)] == [201, 200, 100]
    # The name is taken now.
    answer = client.send(sent).answer()
    assert (answer.status, answer.is_last) == (409, False)
    old = client.send(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").answer()
    assert (old.status, old.is_last, client.is_closed()) == (200, True, True)


@pytest.mark.parametrize(
    "sent",
    [b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}0\r\n\r\n\r\n", b"2\r\n{"],
    ids=["no size", "no end of a chunk", "broken off"],
)
@pytest.mark.parametrize("files", [False, True], ids=["JSON", "files"])
def test_a_broken_body_is_a_bad_request(
    site: Site, connect: Callable[..., RawClient], sent: bytes, files: bool
) -> None:
    line, kind = ("POST /api/images", FILES) if files else ("POST /api/collections", JSON)
    client = connect(HONEST).ask(line, kind, site.token, "Transfer-Encoding: chunked", body=sent)
    client.socket.shutdown(socket.SHUT_WR)
    answer = client.answer()
    assert (answer.status, answer.is_last, json.loads(answer.body)["error"]["code"]) == (
        400,
        True,
        "bad_request",
    )


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\nHost: x\n\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /" + b"x" * 9000, 414),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 12_000, 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ],
)
def test_a_head_that_cannot_be_read_is_refused_at_once(
    connect: Callable[..., RawClient], sent: bytes, status: int
) -> None:
    client = connect(HONEST).send(sent)
    assert (client.answer().status, client.is_closed()) == (status, True)


def test_who_does_not_read_holds_no_thread_and_who_reads_slowly_gets_everything(
    site: Site, connect: Callable[..., RawClient]
) -> None:
    body = form("large.png", 8 * MB)
    answer = connect(READER).ask("POST /api/images", FILES, site.token, length(body), body=body).answer()
    image = json.loads(answer.body)["images"][0]
    whole, part = f"GET {image['urls']['original']}", "Range: bytes=100-"

    def read() -> tuple[RawClient, RawClient]:
        file = connect(READER, 4096).ask(whole, site.token)
        return file, connect(READER, 4096).ask(whole, site.token, part)

    readers = [read() for _ in range(THREADS * PROCESSES)]
    for _ in range(5):
        page_seconds(site.program, HONEST, "/sign-in")
    # Twice as long as a client may stand still, these take a little now and then.
    patient, until = readers[0], time.monotonic() + 2 * STALL
    while time.monotonic() < until:
        for client in patient:
            client.take(2000)
        time.sleep(0.2)
    for client in patient:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MB)
    answers = [client.answer() for client in patient]
    assert [(one.status, one.is_whole) for one in answers] == [(200, True), (206, True)]
    assert answers[0].body[100:] == answers[1].body
    assert answers[0].body in body
    # The connection of a whole answer goes on, and the others were ended.
    assert all(client.ask("GET /healthz").answer().status == 200 for client in patient)
    assert not any(client.answer().is_whole for client in readers[-1])


def test_the_end_of_the_program_waits_for_no_client(site: Site, connect: Callable[..., RawClient]) -> None:
    body = form("late.png", 100_000)
    slow = [
        connect().begin("GET /"),
        connect().ask("POST /api/collections", JSON, site.token, length(1000), body=b"{"),
        *(
            connect().ask("POST /api/images", FILES, site.token, length(body), body=body[:5000])
            for _ in range(PROCESSES * THREADS)
        ),
        connect(),
    ]
    ended = threading.Event()

    def trickle() -> None:
        while not ended.wait(0.1):
            for client in slow[:-1]:
                try:
                    client.send(b" ")
                except OSError:
                    continue

    threading.Thread(target=trickle, daemon=True).start()
    page_seconds(site.program, HONEST)
    # Else it would be 10 seconds, then the processes would be killed, and the status would be 1.
    status, said = site.program.end(signal.SIGTERM)
    ended.set()
    assert status == 0, said
    assert "Traceback" not in said
    assert 503 in {_answered(client).status for client in slow}


def _answered(client: RawClient) -> Answer:
    try:
        return client.answer()
    except OSError:
        return Answer(0, {}, b"")
