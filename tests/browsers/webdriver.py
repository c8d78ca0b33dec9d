"""A browser steered by WebDriver (https://www.w3.org/TR/webdriver2/), the same commands for each engine.

Firefox takes them over its own socket (Marionette), so that no geckodriver is needed, which Debian does not have;
WebKitGTK over HTTP from WebKitWebDriver.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.support.program import free_port

STARTS_S = 60.0
ANSWERS_S = 60.0
SCREEN = "1600x1300x24"
# What would ask another computer, or put a page of its own in front of ours.
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.legacyUserProfileCustomizations.stylesheets": True,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "ui.prefersReducedMotion": 1,
}
# Firefox makes no window as narrow as a phone by itself.
NARROW = ":root { min-width: 0 !important; }"
Send = Callable[[str, dict[str, Any]], Any]


class CommandError(Exception):
    """The browser could not do what it was told; `args` are its kind of error and its message."""


# Marionette's name of each command that is used here, and the address that a WebDriver server has for it.
COMMANDS = {
    "WebDriver:NewSession": ("POST", "/session"),
    "WebDriver:DeleteSession": ("DELETE", "/session/{session}"),
    "WebDriver:Navigate": ("POST", "/session/{session}/url"),
    "WebDriver:ExecuteScript": ("POST", "/session/{session}/execute/sync"),
    "WebDriver:ElementClick": ("POST", "/session/{session}/element/{id}/click"),
    "WebDriver:ElementSendKeys": ("POST", "/session/{session}/element/{id}/value"),
    "WebDriver:PerformActions": ("POST", "/session/{session}/actions"),
    "WebDriver:SetWindowRect": ("POST", "/session/{session}/window/rect"),
    "WebDriver:TakeScreenshot": ("GET", "/session/{session}/screenshot"),
}


@contextmanager
def firefox(binary: str, folder: Path) -> Iterator[Send]:
    """Start Firefox without a screen and give what sends it a command."""
    port = free_port()
    profile = folder / "firefox"
    (profile / "chrome").mkdir(parents=True)
    (profile / "chrome/userChrome.css").write_text(NARROW)
    preferences = {**PREFERENCES, "marionette.port": port}
    lines = (f'user_pref("{name}", {json.dumps(value)});\n' for name, value in preferences.items())
    (profile / "user.js").write_text("".join(lines))
    command = [binary, "--headless", "--no-remote", "--marionette", "--profile", str(profile)]
    with _running(command, folder / "firefox.log", {"HOME": str(folder)}):
        connection = _connected(port)
        with connection, connection.makefile("rb") as answers:
            _read_packet(answers)  # It says which protocol it speaks.
            yield lambda name, given: _ask_marionette(connection, answers, name, given)


def _ask_marionette(connection: socket.socket, answers: Any, name: str, given: dict[str, Any]) -> Any:
    message = json.dumps([0, 1, name, given])
    connection.sendall(f"{len(message.encode())}:{message}".encode())
    _, _, error, value = _read_packet(answers)
    if error:
        raise CommandError(error["error"], error["message"])
    return value["value"] if isinstance(value, dict) and set(value) == {"value"} else value


def _read_packet(answers: Any) -> Any:
    """Read `length:JSON`."""
    length = b""
    while (digit := answers.read(1)) != b":":
        assert digit, "The browser closed the connection."
        length += digit
    return json.loads(answers.read(int(length)))


@contextmanager
def webkit(driver: str, folder: Path) -> Iterator[Send]:
    """Start WebKitGTK on a screen of its own and give what sends it a command."""
    port = free_port()
    with _screen(folder) as display:
        environment = {
            "DISPLAY": display,
            "HOME": str(folder),
            "NO_AT_BRIDGE": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        with _running([driver, f"--port={port}"], folder / "webkit.log", environment):
            _connected(port).close()
            session = ""

            def send(name: str, given: dict[str, Any]) -> Any:
                nonlocal session
                value = _ask_over_http(f"http://127.0.0.1:{port}", session, name, given)
                if name == "WebDriver:NewSession":
                    session = value["sessionId"]
                return value

            yield send


def _ask_over_http(base: str, session: str, name: str, given: dict[str, Any]) -> Any:
    method, path = COMMANDS[name]
    body = json.dumps(given).encode() if method == "POST" else None
    address = base + path.format(session=session, id=given.get("id", ""))
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=ANSWERS_S) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        with error:
            value = json.load(error)["value"]
        raise CommandError(value["error"], value["message"]) from None


@contextmanager
def _screen(folder: Path) -> Iterator[str]:
    """Start a screen that nobody sees and give its name; the server picks a number that is free."""
    end, told = os.pipe()
    command = ["Xvfb", "-displayfd", str(told), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    with _running(command, folder / "screen.log", {}, pass_fds=(told,)):
        os.close(told)
        with os.fdopen(end) as number:
            yield f":{number.readline().strip()}"


@contextmanager
def _running(command: list[str], log: Path, environment: dict[str, str], **more: Any) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={**os.environ, **environment}, start_new_session=True, **more
        )
        try:
            yield
        finally:
            # Whatever it started belongs to its group.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()


def _connected(port: int) -> socket.socket:
    """Connect once somebody listens there."""
    deadline = time.monotonic() + STARTS_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=ANSWERS_S)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
