"""A small S3 server of our own, in a process of its own, that fails when and how it is told to."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BUCKET = "pics"
# Nothing of an answer may reach a person or the log.
TOLD = "SECRET-DETAIL"
PATIENCE = 60.0


class Server(ThreadingHTTPServer):
    """Keeps files and what to do next: after `after` calls of `methods`, fail `times` times in the way `how`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.plan: dict[str, Any] = {}
        self.calls: list[str] = []
        self.lock = threading.Lock()

    def due(self, method: str, path: str) -> dict[str, Any] | None:
        """Return the fault for this call, if it is its turn."""
        with self.lock:
            self.calls.append(f"{method} {path}")
            plan = self.plan
            if not plan or method not in plan.get("methods", [method]):
                return None
            plan["after"] = plan.get("after", 0) - 1
            if plan["after"] >= 0 or plan.get("times", 1 << 30) <= 0:
                return None
            plan["times"] = plan.get("times", 1 << 30) - 1
            return plan


class Handler(BaseHTTPRequestHandler):
    """Answers the calls that the object-store library makes, and those that tell it how to fail."""

    server: Server
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        """Do what is asked, or fail."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        where = urlsplit(self.path)
        if where.path == "/__plan":
            self.server.plan, self.server.calls = json.loads(body), []
            self.answer(200, b"")
        elif where.path == "/__seen":
            seen = {"files": sorted(self.server.files), "calls": self.server.calls}
            self.answer(200, json.dumps(seen).encode())
        elif (plan := self.server.due(self.command, where.path)) is not None:
            self.fail(plan)
        else:
            self.work(where.path.removeprefix(f"/{BUCKET}").lstrip("/"), parse_qs(where.query), body)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any  # noqa: N815

    def fail(self, plan: dict[str, Any]) -> None:
        """Answer with an error, say nothing for long, hang up, or stop in the middle."""
        how = plan.get("how", "answer")
        if how == "silence":
            time.sleep(PATIENCE)
        elif how == "half":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"x" * 100)
        if how != "answer":
            self.close_connection = True
            return
        self.error(plan["status"], plan["code"])

    def error(self, status: int, code: str) -> None:
        """Answer with an error as S3 shapes it."""
        text = f"<Error><Code>{code}</Code><Message>{TOLD}</Message></Error>" if code else "<html>Oops</html>"
        self.answer(status, text.encode())

    def work(self, key: str, query: dict[str, list[str]], body: bytes) -> None:
        """Store, give, list or delete a file."""
        files = self.server.files
        if self.command == "PUT":
            files[key] = body
            self.answer(200, b"")
        elif self.command == "DELETE":
            files.pop(key, None)
            self.answer(204, b"")
        elif "list-type" in query:
            # All of it is new: a clean-up leaves new files alone.
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            rows = "".join(
                f"<Contents><Key>{name}</Key><Size>{len(data)}</Size><LastModified>{now}</LastModified></Contents>"
                for name, data in sorted(files.items())
            )
            text = f"<ListBucketResult><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
            self.answer(200, text.encode())
        elif key in files:
            self.answer(200, files[key])
        else:
            self.error(404, "NoSuchKey")

    def answer(self, status: int, body: bytes) -> None:
        """Send an answer; one to HEAD has only its length."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@dataclass
class FaultyS3:
    """The server as the tests see it; `process` can be stopped and killed."""

    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """The STORAGE_URL of its bucket."""
        return f"s3://{BUCKET}?region=us-east-1&endpoint=http://127.0.0.1:{self.port}"

    def fail(self, **plan: Any) -> None:
        """Let calls fail from now on, or no more: status, code, how, after, times, methods (see Server and Handler)."""
        self._call("__plan", json.dumps(plan).encode())

    def seen(self) -> dict[str, list[str]]:
        """Return the names of the files it has, and the calls since the last `fail`."""
        found: dict[str, list[str]] = json.loads(self._call("__seen", b""))
        return found

    def _call(self, path: str, body: bytes) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", body)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            data: bytes = answer.read()
            return data


@contextmanager
def faulty_s3() -> Iterator[FaultyS3]:
    """Start the server and end it. A process of its own: the library holds our interpreter while it lists."""
    process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield FaultyS3(int(process.stdout.readline()), process)
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    with Server() as running:
        print(running.server_port, flush=True)
        running.serve_forever()
