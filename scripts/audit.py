"""Ask whether a package that the program needs has a known vulnerability; what cannot be asked stops nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "requirements.txt"
SECONDS = 60
# The lock names every package with its version, so nothing is resolved or installed.
COMMAND = (
    sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--no-deps", "--disable-pip",
    "--format", "json", "--progress-spinner", "off", "--timeout", "10",
)  # fmt: skip


def main() -> int:
    """Print what was found; status 1 when something can be mended by a newer version."""
    try:
        done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return _not_checked(f"no answer within {SECONDS} s")
    except OSError as error:
        return _not_checked(f"pip-audit does not start ({error.strerror})")
    try:
        packages = json.loads(done.stdout)["dependencies"]
        asked = [package for package in packages if "skip_reason" not in package]
        found = [line for package in asked for line in _lines(package)]
    except (ValueError, KeyError, TypeError):
        return _not_checked(_last_line(done.stderr))
    if not asked:
        return _not_checked("the service knows none of them")
    return _told(found, len(asked), len(packages))


def _lines(package: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return what is known about one package, each with whether a newer version mends it."""
    return [
        (
            f"{package['name']} {package['version']}: {one['id']}"
            + (
                f", mended in {', '.join(one['fix_versions'])}" if one["fix_versions"] else ", not mended yet"
            ),
            bool(one["fix_versions"]),
        )
        for one in package["vulns"]
    ]


def _told(found: list[tuple[str, bool]], asked: int, every: int) -> int:
    for line, _ in found:
        print(line)
    rest = f"; {every - asked} are not known to the service" if asked < every else ""
    if any(mended for _, mended in found):
        print(f"Packages with known vulnerabilities: run `make lock`, then the tests{rest}.", file=sys.stderr)
        return 1
    print(f"Packages: {asked} checked, {'none can be mended' if found else 'no known vulnerability'}{rest}.")
    return 0


def _not_checked(reason: str) -> int:
    print(f"Packages were not checked for known vulnerabilities: {reason}.")
    return 0


def _last_line(said: str) -> str:
    """Return the last thing that pip-audit said, shortened."""
    lines = said.strip().splitlines()
    return lines[-1].strip()[:200].rstrip(".") if lines else "no answer that can be read"


if __name__ == "__main__":
    sys.exit(main())
