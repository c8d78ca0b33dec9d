"""A known hole in an npm package stops `make test`, unless a list says why not; a missing network never does."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from scripts import audit_npm
from tests.support.program import PATIENCE

CHECKED = "npm packages: 134 checked, "
NOT_CHECKED = "npm packages were not checked for known vulnerabilities: "
FAILS = "npm packages with known vulnerabilities: run `make lock`, then the tests."


def hole(number: str, title: str = "It runs what it reads") -> dict[str, Any]:
    url = f"https://github.com/advisories/{number}"
    return {"source": 1, "url": url, "title": title, "severity": "high", "range": "<99"}


def answer(**packages: list[dict[str, Any] | str]) -> str:
    """Write a program that answers as npm does: what a package is said to have stands in `via`."""
    body = {
        "auditReportVersion": 2,
        "vulnerabilities": {
            name: {"name": name, "via": via, "nodes": [f"node_modules/{name}"], "fixAvailable": False}
            for name, via in packages.items()
        },
        "metadata": {"dependencies": {"prod": 1, "dev": 134, "total": 134}},
    }
    return (
        f"import sys; print({json.dumps(body)!r}); print('npm warn something', file=sys.stderr); sys.exit(1)"
    )


Run = tuple[int, list[str]]


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str) -> Run:
    monkeypatch.setattr(audit_npm, "COMMAND", (sys.executable, "-c", program))
    return said(capsys)


def said(capsys: pytest.CaptureFixture[str]) -> Run:
    status = audit_npm.main()
    captured = capsys.readouterr()
    return status, [*captured.out.splitlines(), *captured.err.splitlines()]


def locked(name: str) -> str:
    lock = json.loads((audit_npm.ROOT / "package-lock.json").read_text(encoding="utf-8"))
    version: str = lock["packages"][f"node_modules/{name}"]["version"]
    return version


def test_nothing_known_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, capsys, answer()) == (0, [f"{CHECKED}no known vulnerability."])


def test_a_known_hole_fails_and_is_told_once_with_the_package_that_has_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(eslint=[hole("GHSA-1"), hole("GHSA-2")], globals=["eslint"])
    status, lines = run(monkeypatch, capsys, found)
    assert status == 1
    assert lines[:2] == [
        f"eslint {locked('eslint')}: GHSA-{number} (high), It runs what it reads" for number in (1, 2)
    ]
    assert len(lines) == 3
    assert lines[2].startswith(FAILS)


@pytest.mark.parametrize(
    ("ignored", "status"),
    [
        ({"GHSA-1": "We never give it a file of others.", "GHSA-2": "Only on Windows."}, 0),
        ({"GHSA-1": "We never give it a file of others."}, 1),
        ({"GHSA-1": "We never give it a file of others.", "GHSA-2": " "}, 1),
    ],
)
def test_what_the_list_gives_a_reason_for_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ignored: dict[str, str], status: int
) -> None:
    monkeypatch.setattr(audit_npm, "IGNORED", ignored)
    found = run(monkeypatch, capsys, answer(eslint=[hole("GHSA-1"), hole("GHSA-2")]))
    assert found[0] == status
    assert found[1][0].endswith(". Ignored: We never give it a file of others.")
    assert (f"{CHECKED}none but what is ignored." in found[1]) == (status == 0)


def test_what_is_ignored_for_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit_npm, "IGNORED", {"GHSA-9": "It was mended since."})
    status, lines = run(monkeypatch, capsys, answer())
    assert (status, len(lines)) == (0, 2)
    assert lines[0].startswith("GHSA-9 is ignored and nothing has it any more")


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("print('<html>a gateway</html>')", "no answer that can be read"),
        ("print('[]')", "no answer that can be read"),
        ("print('{}')", "no answer that can be read"),
        ('print(\'{"vulnerabilities": {"eslint": {}}}\')', "no answer that can be read"),
        ("", "no answer that can be read"),
        ('print(\'{"message": "405 Method Not Allowed\\\\nmore"}\')', "405 Method Not Allowed"),
    ],
)
def test_without_an_answer_one_line_says_so_and_the_tests_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str, reason: str
) -> None:
    assert run(monkeypatch, capsys, program) == (0, [f"{NOT_CHECKED}{reason}."])


def test_a_service_that_does_not_answer_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit_npm.SECONDS <= 60
    monkeypatch.setattr(audit_npm, "SECONDS", 0.2)
    found = run(monkeypatch, capsys, "import time; time.sleep(60)")
    assert found == (0, [f"{NOT_CHECKED}no answer within 0.2 s."])


def test_a_missing_program_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit_npm, "COMMAND", ("/nowhere/node",))
    assert said(capsys) == (0, [f"{NOT_CHECKED}npm does not start (No such file or directory)."])


class Registry(BaseHTTPRequestHandler):
    """Answers what npm asks for: 404, or the advisories that a test wrote down."""

    advisories: dict[str, Any] | None = None

    def do_POST(self) -> None:
        """Answer what is known of all packages."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._send(self.advisories)

    def do_GET(self) -> None:
        """Know no package."""
        self._send(None)

    def _send(self, content: dict[str, Any] | None) -> None:
        body = json.dumps(content).encode()
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Registry]]:
    """Let the real npm ask a registry of this computer; what a person has set for it does not count."""

    class Own(Registry):
        """One for each test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}/")
    for name in ("HTTP_PROXY", "http_proxy", "npm_config_proxy"):
        monkeypatch.delenv(name, raising=False)
    # With either of these npm alone would call everything safe.
    monkeypatch.setenv("npm_config_offline", "true")
    monkeypatch.setenv("NODE_ENV", "production")
    yield Own
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE)


def test_the_real_npm_asks_for_what_is_in_the_lock(
    registry: type[Registry], capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = said(capsys)
    assert (status, len(lines)) == (0, 1)
    assert lines[0].startswith(f"{NOT_CHECKED}404 Not Found")
    registry.advisories = {}
    status, lines = said(capsys)
    assert (status, len(lines)) == (0, 1)
    assert lines[0].endswith(" checked, no known vulnerability.")
    about = {**hole("GHSA-1"), "id": 1, "vulnerable_versions": "<99", "cwe": [], "cvss": {"score": 7}}
    registry.advisories = {"eslint": [about]}
    status, lines = said(capsys)
    assert status == 1
    assert lines[0] == f"eslint {locked('eslint')}: GHSA-1 (high), It runs what it reads"
    assert lines[-1].startswith(FAILS)
