"""A model service of our own: Chat Completions over real HTTP on loopback, told how to behave per request.

By hand: `python -m tests.fakes.openai_server --port 8901 --slow`, then OPENAI_BASE_URL=http://127.0.0.1:8901/v1.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import threading
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import pytest

from tests.fakes.openai_behaviours import Behaviour, error, ok
from tests.fakes.openai_wire import Gone, Reply, Seen

MODELS = (200, json.dumps({"data": [{"id": "text-embedding-3"}, {"id": "gpt-5.6-luna"}]}).encode())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def fake(self) -> FakeOpenAI:
        return cast("_Server", self.server).fake

    def do_POST(self) -> None:
        """Read a request, note it, and behave as told."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(body, headers, self.path, self.client_address[1])
        behaviour = self.fake.note(seen)
        if self.path != "/v1/chat/completions":
            behaviour = self.fake.elsewhere
        try:
            behaviour(Reply(self, self.fake.closing, seen))
        except (Gone, OSError):
            self.close_connection = True
            seen.hung_up.set()

    def do_GET(self) -> None:
        """Note the request and say which models there are."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.fake.note_looked(Seen({}, headers, self.path, self.client_address[1]))
        status, body = self.fake.models if self.path == "/v1/models" else (404, b"{}")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the output of the tests clean."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    fake: FakeOpenAI

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that hang up; they do so on purpose here."""


class FakeOpenAI:
    """A running fake service. Use it as a context manager.

    `script(...)` lines up behaviours for the next requests, one each; when they are used up, `default`
    answers. `requests` is what arrived so far.
    """

    def __init__(self, port: int = 0, default: Behaviour | None = None) -> None:
        self.default = default or ok()
        # What is answered at any other address.
        self.elsewhere = error(404, code="not_found")
        self.requests: list[Seen] = []
        # Who asked for the models there are, and what is answered.
        self.looked: list[Seen] = []
        self.models = MODELS
        self.closing = threading.Event()
        self._script: deque[Behaviour] = deque()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        """Return the address to set as OPENAI_BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def script(self, *behaviours: Behaviour) -> None:
        """Line up behaviours for the next requests."""
        with self._lock:
            self._script.extend(behaviours)

    def note(self, seen: Seen) -> Behaviour:
        """Remember a request and choose its behaviour; called by the handler."""
        with self._lock:
            self.requests.append(seen)
            return self._script.popleft() if self._script else self.default

    def note_looked(self, seen: Seen) -> None:
        """Remember who asked for the models; called by the handler."""
        with self._lock:
            self.looked.append(seen)

    def reset(self) -> None:
        """Forget requests and script, and behave well again."""
        with self._lock:
            self.requests.clear()
            self.looked.clear()
            self.models = MODELS
            self._script.clear()
            self.default = ok()

    def __enter__(self) -> FakeOpenAI:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def running(port: int = 0, default: Behaviour | None = None) -> Iterator[FakeOpenAI]:
    """Run a fake service for the time of a with block."""
    with FakeOpenAI(port, default) as fake:
        yield fake


@pytest.fixture
def openai_server() -> Iterator[FakeOpenAI]:
    """Yield a test a fake service of its own; import this name in a conftest to use it."""
    with running() as fake:
        yield fake


def _main() -> None:
    parser = argparse.ArgumentParser(description="Run a fake model service on loopback.")
    parser.add_argument("--port", type=int, default=8901)
    parser.add_argument("--slow", action="store_true", help="write as slowly as a real model")
    options = parser.parse_args()
    with running(options.port, ok(pause=0.03 if options.slow else 0.0)) as fake:
        print(f"OPENAI_BASE_URL={fake.base_url}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    _main()
