"""Find Firefox and WebKitGTK for `make test-browsers`, install what is missing, and say what cannot be run and why.

FIREFOX=/path/to/firefox takes another Firefox than the one that is found.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import NamedTuple


class Engine(NamedTuple):
    """One engine: what steers it, and the packages of Debian that bring it."""

    name: str
    programs: tuple[str, ...]
    packages: tuple[str, ...]
    setting: str = ""

    def path(self) -> str:
        """Return the path of what the tests start, or nothing."""
        chosen = os.environ.get(self.setting, "") if self.setting else ""
        return chosen or next(filter(_starts, map(shutil.which, self.programs)), None) or ""

    def missing(self) -> str:
        """Say in a few words what lacks for running it; nothing when it can be run."""
        if not self.path():
            return f"no {self.programs[0]} on this computer"
        if "xvfb" in self.packages and not shutil.which("Xvfb"):
            return "no Xvfb on this computer"
        return ""


ENGINES = {
    "firefox": Engine("Firefox", ("firefox-esr", "firefox"), ("firefox-esr",), setting="FIREFOX"),
    "webkit": Engine("WebKitGTK", ("WebKitWebDriver",), ("webkit2gtk-driver", "xvfb")),
}


def main() -> int:
    """Install what is missing and write one line for each engine; one that cannot be had is no failure."""
    for engine in ENGINES.values():
        why = install(engine.packages) if engine.missing() else ""
        if missing := engine.missing():
            print(f"{engine.name} is left out: {missing}{why}.")
        else:
            print(f"{engine.name} for the tests: {engine.path()}")
    return 0


def _starts(path: str | None) -> bool:
    """Return whether a program is there; Ubuntu's package of Firefox is a stub that only says where to get it."""
    return (
        path is not None
        and subprocess.run([path, "--help"], capture_output=True, check=False).returncode == 0
    )


def install(packages: tuple[str, ...]) -> str:
    """Install packages of Debian; give the reason, with which a sentence can go on, when that cannot be done here."""
    if shutil.which("apt-get") is None:
        return ", and there is no apt-get to install it with"
    if os.geteuid() != 0:
        return f", and only root can install it (apt-get install {' '.join(packages)})"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", "update"], env=environment, check=False, stdout=subprocess.DEVNULL)
    command = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages]
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)
    return "" if done.returncode == 0 else ", and apt-get could not install it"


if __name__ == "__main__":
    sys.exit(main())
