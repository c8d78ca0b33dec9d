"""The program behind nginx, set up as the documentation says: slow clients of the proxy stop nobody either."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from tests.outside.raw_client import RawClient, page_seconds
from tests.support.program import ROOT, Program, free_port, wait_until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed, so the documented example was not tried"
)

NAME = "art.example.org"
MANY, HONEST = "127.0.0.1", "127.0.0.2"
JSON, FILES = "Content-Type: application/json", "Content-Type: multipart/form-data; boundary=x"
# What is not in the example: everything is kept in one folder, and nothing is logged.
AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {example}
}}
"""


class Site(NamedTuple):
    """A program and the port of the nginx in front of it."""

    program: Program
    port: int


def example(program: Program, port: int) -> str:
    """Return the documented example for nginx, with other ports and without a certificate."""
    (found,) = re.findall(
        r"^With nginx:\n\n```\n(.*?)^```", (ROOT / "docs" / "deployment.md").read_text(), re.DOTALL | re.M
    )
    return (
        str(found)
        .replace("443 ssl", f"127.0.0.1:{port}")
        .replace("127.0.0.1:5000", f"127.0.0.1:{program.port}")
    )


@pytest.fixture(scope="module")
def site(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a program of one process with four threads behind nginx."""
    folder = tmp_path_factory.mktemp("nginx")
    program, port = Program(folder / "program"), free_port()
    program.environment |= {
        "DATABASE_URL": make_database().replace("+psycopg2", ""),
        "WEB_PROCESSES": "1",
        "WEB_THREADS": "4",
        "WORKER": "off",
        "ALLOWED_HOSTS": NAME,
        "TRUSTED_PROXIES": "1",
        "SIGN_IN": "required",
    }
    # Else it would give its processes to an account that may not write here.
    user = "" if os.geteuid() else "user root;"
    (folder / "nginx.conf").write_text(
        AROUND.format(user=user, folder=folder, example=example(program, port))
    )
    said = program.start()
    while "is ready" not in said:
        assert program.process
        assert program.process.stdout
        said = program.process.stdout.readline()
        assert said
    with subprocess.Popen([str(NGINX), "-p", folder, "-c", folder / "nginx.conf"]) as nginx:
        wait_until("nginx", lambda: (folder / "nginx.pid").exists() and (folder / "nginx.pid").read_text())
        yield Site(program, port)
        nginx.terminate()
    program.end(signal.SIGTERM)


@pytest.fixture
def connect(site: Site) -> Iterator[Callable[..., RawClient]]:
    """Yield a function that connects to nginx from an address; all is closed afterwards."""
    opened: list[RawClient] = []

    def connect(address: str = MANY) -> RawClient:
        opened.append(RawClient(site.program, address, port=site.port))
        return opened[-1]

    yield connect
    for client in opened:
        client.close()


def test_half_heads_and_slow_bodies_of_one_address_hold_nobody_up(
    site: Site, connect: Callable[..., RawClient]
) -> None:
    half = [connect().begin("GET /", "X-Long: ", host=NAME) for _ in range(500)]
    for _ in range(200):
        connect().ask("POST /sign-in", JSON, "Content-Length: 1000", body=b"{", host=NAME)
    assert min(page_seconds(site.program, HONEST, "/first-owner", site.port, NAME) for _ in range(10)) < 1
    # Nginx counts those whose head is whole.
    wait_until("a refusal", lambda: connect().ask("GET /healthz", host=NAME).answer().status == 429)
    assert not any(client.has_answer() for client in half)


@pytest.mark.parametrize(
    ("status", "line", "kind"),
    [(401, "POST /api/images", FILES), (415, "POST /sign-in", FILES), (413, "POST /sign-in", JSON)],
)
@pytest.mark.parametrize("sent", [100_000, 900_000])
def test_an_early_answer_arrives_whole(
    connect: Callable[..., RawClient], status: int, line: str, kind: str, sent: int
) -> None:
    size = max(2_000_000 if status == 413 else 0, sent + 1)
    client = connect(HONEST).ask(line, kind, f"Content-Length: {size}", host=NAME)
    for _ in range(sent // 10_000):
        client.send(b"x" * 10_000)
    answer = client.answer()
    assert (answer.status, answer.is_whole) == (status, True)
