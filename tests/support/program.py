"""One installation of the program, started and ended as an operator does it; used by the tests of real processes."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

import psutil
from PIL import Image as Pillow

from app import Config
from tests.support import preloaded
from tests.support.databases import put_database

ROOT = Path(__file__).resolve().parents[2]
# Seconds that only a failure takes: long enough for a machine whose cores are all busy.
PATIENCE = 60.0
# An empty variable counts as unset and hides what a developer's .env says.
UNSET = {name.upper(): "" for name in Config.model_fields}


def main_command(*arguments: str) -> list[str]:
    """Write the command line of one of the program's commands."""
    return [sys.executable, str(ROOT / "main.py"), *arguments]


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def asking_here() -> Iterator[None]:
    """Let starts of the program in this process try the picture store here.

    This process has threads, so it would begin an interpreter for that, which takes a second. The program forks.
    """

    def ask(function: Callable[..., object], *arguments: object, seconds: float) -> object:
        return function(*arguments)

    with mock.patch("artworks.cli.startup.ask_in_own_process", ask):
        yield


def wait_until(what: str, is_so: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"Waited in vain: {what}"
        time.sleep(0.02)


class Program:
    """One installation in a folder of its own, started and ended as an operator does it.

    Only that its code is loaded already: see `preloaded`. The tests of the commands (tests/cli) load it each time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        places = {"INSTANCE_DIR": str(folder / "instance"), "STORAGE_URL": str(folder / "pictures")}
        self.environment = {**os.environ, **UNSET, **places, "PORT": str(self.port), "WEB_PROCESSES": "2"}
        self.process: subprocess.Popen[str] | preloaded.Started | None = None
        # Whether each start loads the program anew, as an operator's does, and is not forked from one that has.
        self.loads_anew = False

    def start(self, *command: str) -> str:
        """Start the program, anew if it runs, and give its first line once it has written one."""
        process = self.begin(*command)
        assert process.stdout
        return process.stdout.readline()

    def begin(self, *command: str) -> subprocess.Popen[str] | preloaded.Started:
        """Start the program, anew if it runs, and do not wait for anything."""
        if self.process and self.process.returncode is None:
            self.end(signal.SIGTERM)
        command = command or tuple(main_command())
        forked = None if self.loads_anew else preloaded.start(command, self.environment)
        self.process = forked or subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        return self.process

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal to every process, as Ctrl-C in a terminal does; give the status and all output."""
        assert self.process
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        rest = self.rest()
        assert self.process.returncode is not None
        return self.process.returncode, rest

    def rest(self) -> str:
        """Wait for the end and give what was said since the last line that was read; killed if it takes too long.

        Not by `communicate`, which passes over what was read ahead with that line.
        """
        process = self.process
        assert process
        assert process.stdout
        with process.stdout:
            timer = threading.Timer(PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
            timer.start()
            said = process.stdout.read()
            timer.cancel()
        process.wait()
        return said

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask for a page; give status and body, whatever the status, and 0 while nobody listens."""
        return self._ask(urllib.request.Request(self.url + path))

    def post(self, path: str, typed: dict[str, str]) -> tuple[int, bytes]:
        """Send a form, follow where it leads, and give status and body; no cookie is kept."""
        return self._ask(urllib.request.Request(self.url + path, urllib.parse.urlencode(typed).encode()))

    def _ask(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except urllib.error.URLError:
            return 0, b""

    def upload(self, name: str) -> None:
        """Send a small picture; another name is another picture."""
        out = io.BytesIO()
        Pillow.new("RGB", (8, 8), f"#{zlib.crc32(name.encode()) & 0xFFFFFF:06x}").save(out, "PNG")
        head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode() + out.getvalue() + b"\r\n--x--\r\n"
        request = urllib.request.Request(
            f"{self.url}/api/images", body, {"Content-Type": "multipart/form-data; boundary=x"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            assert answer.status == 201

    def names(self) -> list[str]:
        """Return the file names in the library, newest first."""
        images = json.loads(self.get("/api/images")[1])["images"]
        return [image["original_filename"] for image in images]

    def put_database(self, made: Path) -> None:
        """Put a database there as an earlier start leaves it, except that no picture was ever added."""
        put_database(made, self.folder / "instance/postgres/data")

    def database(self) -> psutil.Process | None:
        """Return the embedded server's main process while it runs."""
        try:
            pid = int((self.folder / "instance/postgres/data/postmaster.pid").read_text().splitlines()[0])
            process = psutil.Process(pid)
        except (FileNotFoundError, psutil.NoSuchProcess):
            return None
        return None if process.status() == psutil.STATUS_ZOMBIE else process
