"""Known vulnerabilities stop `make test` when a newer version mends them; a missing network never does."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from scripts import audit
from tests.support.program import PATIENCE


def package(name: str, *vulns: tuple[str, list[str]]) -> dict[str, Any]:
    return {
        "name": name,
        "version": "1.0",
        "vulns": [{"id": number, "fix_versions": fixes, "aliases": []} for number, fixes in vulns],
    }


def unknown(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": f"Dependency not found on PyPI and could not be audited: {name}"}


def answer(*packages: dict[str, Any], status: int = 0) -> str:
    """Write a program that answers as pip-audit does."""
    body = json.dumps({"dependencies": list(packages), "fixes": []})
    return f"import sys; print({body!r}); print('WARNING: something', file=sys.stderr); sys.exit({status})"


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str
) -> tuple[int, list[str]]:
    monkeypatch.setattr(audit, "COMMAND", (sys.executable, "-c", program))
    status = audit.main()
    said = capsys.readouterr()
    return status, [*said.out.splitlines(), *said.err.splitlines()]


def test_nothing_known_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = run(monkeypatch, capsys, answer(package("flask"), package("jinja2")))
    assert (status, said) == (0, ["Packages: 2 checked, no known vulnerability."])


def test_what_a_newer_version_mends_fails_with_a_plain_list(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = package("flask", ("PYSEC-1", ["1.1", "2.0"]), ("GHSA-2", []))
    status, said = run(monkeypatch, capsys, answer(found, package("jinja2"), status=1))
    assert status == 1
    assert said == [
        "flask 1.0: PYSEC-1, mended in 1.1, 2.0",
        "flask 1.0: GHSA-2, not mended yet",
        "Packages with known vulnerabilities: run `make lock`, then the tests.",
    ]


def test_what_nobody_has_mended_is_told_but_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = run(monkeypatch, capsys, answer(package("flask", ("GHSA-2", [])), status=1))
    assert status == 0
    assert said == ["flask 1.0: GHSA-2, not mended yet", "Packages: 1 checked, none can be mended."]


def test_packages_that_the_service_does_not_know_are_not_called_safe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = run(monkeypatch, capsys, answer(unknown("flask"), unknown("jinja2")))
    assert (status, len(said)) == (0, 1)
    assert "were not checked" in said[0]
    status, said = run(monkeypatch, capsys, answer(package("flask"), unknown("ours")))
    expected = "Packages: 1 checked, no known vulnerability; 1 are not known to the service."
    assert (status, said) == (0, [expected])


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.exit('Traceback\\nConnectionError: no network')",
        "print('<html>a gateway</html>')",
        "print('[]')",
        'print(\'{"dependencies": [{"name": "flask"}]}\')',
        "",
    ],
)
def test_without_an_answer_one_line_says_so_and_the_tests_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str
) -> None:
    status, said = run(monkeypatch, capsys, program)
    assert status == 0
    assert len(said) == 1
    assert said[0].startswith("Packages were not checked for known vulnerabilities: ")
    if "ConnectionError" in program:
        assert said[0].endswith("ConnectionError: no network.")


def test_a_service_that_does_not_answer_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.SECONDS <= 60
    monkeypatch.setattr(audit, "SECONDS", 0.2)
    status, said = run(monkeypatch, capsys, "import time; time.sleep(60)")
    assert (status, said) == (
        0,
        ["Packages were not checked for known vulnerabilities: no answer within 0.2 s."],
    )


def test_a_missing_program_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "COMMAND", ("/nowhere/pip-audit",))
    assert audit.main() == 0
    assert "No such file" in capsys.readouterr().out


def test_the_real_program_takes_these_arguments() -> None:
    """Its own dry run reads the lock and asks nobody."""
    command = [*audit.COMMAND, "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert "would have audited" in done.stderr
