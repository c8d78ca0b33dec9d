"""Find a Chromium for the browser tests, install one when there is none, and say which one it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The shell draws pages as the others do, without the rest of a browser: the tests take half as long with it.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    """Make sure of a browser; status 1, with a sentence, when none can be had."""
    for install in (None, _from_debian, _from_playwright):
        if install is not None:
            install()
        if found := installed() or playwrights_own():
            print(f"Browser for the tests: {found}")
            return 0
    print("No Chromium could be installed. Install one, then start the tests again.", file=sys.stderr)
    return 1


def installed() -> str | None:
    """Return the path of a Chromium of this computer that starts, if there is one."""
    for path in filter(None, map(shutil.which, NAMES)):
        # Ubuntu's package is a stub that only says that the browser is to be had elsewhere.
        if subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    return None


def playwrights_own() -> str | None:
    """Return the path of the Chromium that Playwright has installed for itself, if there is one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _from_debian() -> None:
    """Install the system's package; only root on Debian and its kin can."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", "update"], env=environment, check=False)
    # Debian has had the shell as a package of its own since version 12.
    for package in ("chromium-headless-shell", "chromium"):
        command = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", package]
        if subprocess.run(command, env=environment, check=False).returncode == 0:
            return


def _from_playwright() -> None:
    """Download the browser that Playwright was made for, as root with the libraries that it needs."""
    libraries = ["--with-deps"] if os.geteuid() == 0 else []
    subprocess.run([sys.executable, "-m", "playwright", "install", *libraries, "chromium"], check=False)


if __name__ == "__main__":
    sys.exit(main())
