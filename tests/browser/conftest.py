"""A real Chromium, a live server on the test database, and a watch on everything the console complains about."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, WebError, expect
from werkzeug.serving import make_server

from app import Config, create_app
from artworks import worker as jobs
from models import db
from scripts.browser import installed
from tests.browser.window import PATIENCE_MS, Window, Windows
from tests.fakes.openai_behaviours import ok
from tests.fakes.openai_server import FakeOpenAI, running
from tests.support.drafting import Held
from tests.support.seeing import Seeing

QUIET = (
    # One process draws the pages of a window, and goes on from test to test.
    "--renderer-process-limit=1",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
expect.set_options(timeout=PATIENCE_MS)
OpenWindow = Callable[..., Window]
if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Site:
    """A running application: its address, and a caller without a browser to set the stage with."""

    def __init__(self, app: APIFlask, url: str, calls: Calls) -> None:
        self.app, self.url, self.calls = app, url, calls
        app.test_client_class = Seeing
        self.client: FlaskClient = app.test_client()

    @property
    def host(self) -> str:
        """The host and port of the address."""
        return urlsplit(self.url).netloc


class Calls:
    """The application as the server calls it; knows how many calls are under way.

    Closes an answer whose reader has gone: the development server forgets to when the connection was reset.
    """

    def __init__(self, app: APIFlask) -> None:
        self._app = app
        self._under_way = 0
        self._changed = threading.Condition()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        """Count the call and answer it."""
        with self._changed:
            self._under_way += 1
        return self._answer(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        try:
            with closing(cast(Any, self._app(environ, start_response))) as answer:
                yield from answer
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def wait_until_none(self) -> None:
        """Wait until nothing is under way; a call that never ends fails the test."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._under_way, PATIENCE_MS / 1000)


@pytest.fixture(scope="session")
def base_url() -> None:
    """Stand in for the plugin's own fixture, which today's pytest warns about; each window is told its site."""


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], playwright: Playwright
) -> dict[str, Any]:
    """Use the Chromium of this computer, else Playwright's own; fail in one sentence when there is none."""
    found = installed()
    if not found and not Path(playwright.chromium.executable_path).exists():
        pytest.fail(
            "The browser tests need a Chromium: install one, or run `playwright install chromium`.",
            pytrace=False,
        )
    # Chromium's sandbox refuses to run as root.
    root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    arguments = {**browser_type_launch_args, "args": [*QUIET, *root]}
    return {**arguments, "executable_path": found} if found else arguments


@pytest.fixture(scope="session")
def open_site(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Site]]:
    """Yield a function that serves the application, with some settings changed, until the tests end."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    folder = tmp_path_factory.mktemp("site")
    servers = []
    apps = []

    def serve(**environment: str) -> Site:
        given = {
            "DATABASE_URL": migrated,
            "INSTANCE_DIR": str(folder / "instance"),
            "STORAGE_URL": str(folder / "uploads"),
            "AI_REQUESTS_PER_MINUTE": "1000",
            "AI_TOKENS_PER_MINUTE": "100000000",
            **environment,
        }
        app = create_app(Config.from_env(given))
        calls = Calls(app)
        server = make_server("127.0.0.1", 0, calls, threaded=True)
        # The default pause of half a second between looks at the stop flag would end every run late.
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        servers.append((server, thread))
        apps.append(app)
        return Site(app, f"http://127.0.0.1:{server.server_port}", calls)

    yield serve
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def plain_site(open_site: Callable[..., Site]) -> Site:
    """Return the application without a key, served once for all tests."""
    return open_site()


@pytest.fixture(scope="session")
def session_service() -> Iterator[FakeOpenAI]:
    """Run one fake model service for all tests."""
    with running() as fake:
        yield fake


@pytest.fixture(scope="session")
def ai_site(open_site: Callable[..., Site], session_service: FakeOpenAI) -> Site:
    """Return the application with the fake model service behind it, served once for all tests."""
    return open_site(OPENAI_BASE_URL=session_service.base_url, OPENAI_API_KEY="sk-test")


@pytest.fixture
def service(session_service: FakeOpenAI) -> FakeOpenAI:
    """Return the fake model service, well behaved and without memory of earlier tests."""
    session_service.reset()
    return session_service


@pytest.fixture
def site(database_url: str, plain_site: Site) -> Site:
    """Return the application on an empty library; a module that needs the model service overrides this."""
    return plain_site


@pytest.fixture
def worker(database_url: str, site: Site, service: FakeOpenAI) -> Iterator[jobs.QueueWorker]:
    """Work the queue until the test ends, one picture after the other."""
    worker = jobs.QueueWorker(database_url, site.app.extensions["aim"], 1)
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def held(service: FakeOpenAI) -> Iterator[Held]:
    """Let the model service keep every answer back until `go` is set."""
    held = Held(ok())
    service.default = held
    yield held
    held.go.set()


@pytest.fixture
def allowed() -> list[str]:
    """Patterns of console complaints that the test provokes on purpose, such as "409"."""
    return []


@pytest.fixture(autouse=True)
def complaints(allowed: list[str]) -> Iterator[list[str]]:
    """Fail a test during which a page complained: a script error, a policy violation, a missing file."""
    found: list[str] = []
    yield found
    wrong = [text for text in found if not any(re.search(pattern, text) for pattern in allowed)]
    assert not wrong, f"The console complained: {wrong}"


class Watch:
    """Notes what the pages of a window complain about, until it is ended."""

    def __init__(self, context: BrowserContext, complaints: list[str]) -> None:
        self._context, self._complaints = context, complaints
        context.on("console", self._said)
        context.on("weberror", self._failed)

    def _said(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self._complaints.append(f"{said.text} {said.location['url']}")

    def _failed(self, error: WebError) -> None:
        self._complaints.append(str(error.error))

    def end(self) -> None:
        """Listen no more."""
        self._context.remove_listener("console", self._said)
        self._context.remove_listener("weberror", self._failed)


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Windows:
    """Keep the windows that stay open; they are closed with the browser."""
    return Windows(browser)


@pytest.fixture
def open_window(windows: Windows, site: Site, complaints: list[str]) -> Iterator[OpenWindow]:
    """Yield a function that opens a window on the site, watched for complaints until the test ends.

    The options are those of the browser, and `script`, which runs at the beginning of each page. A window is empty of
    everything but our styles and scripts. What the windows asked for is answered before the library is
    emptied.
    """
    opened: list[tuple[Window, Watch, dict[str, Any]]] = []

    def lend(**options: Any) -> Window:
        window = windows.lend(site.url, options)
        opened.append((window, Watch(window.context, complaints), options))
        return window

    yield lend
    for _, watch, _ in opened:
        watch.end()
    for window, _, options in opened:
        windows.take_back(window, site.url, options)
    site.calls.wait_until_none()


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    """Return the window of the test; a module that needs another kind overrides this."""
    return open_window()


@pytest.fixture
def context(window: Window) -> BrowserContext:
    """Return what Playwright knows the window as."""
    return window.context


@pytest.fixture
def page(window: Window) -> Page:
    """Return the tab of the window."""
    return window.tab()
