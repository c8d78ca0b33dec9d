"""The application on a real database, with its storage in a folder of the test's own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import URL, Engine
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.serving import make_server

import gpt_service
from app import Config, create_app
from artworks.ai.servers import adjustments
from artworks.dependencies import make_dependencies
from artworks.settings import installation
from models import db
from tests.fakes.openai_server import FakeOpenAI, openai_server
from tests.support.people import as_role
from tests.support.seeing import Seeing

__all__ = ["openai_server"]

KEY = "sk-test-0123456789-secret"
SECRET = "a secret of the tests, 32 letters"
_compile_builder = Rule._compile_builder
_builders: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
# By their address.
_engines: dict[URL, Engine] = {}


def builder_of(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Return what writes the addresses of a rule; compiled once, which is most of the work of an application."""
    key = (self.rule, self.subdomain, self.host, repr(self.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(self, append_unknown)
    return _builders[key]


Rule._compile_builder = builder_of  # type: ignore[method-assign]
MakeApp = Callable[..., APIFlask]
MakeArtist = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK pause shortly before it tries again, and nobody look at the settings in the middle of a test."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.02)
    monkeypatch.setattr(installation, "FRESH_SECONDS", 1e9)


@pytest.fixture(scope="session")
def idle_apps() -> Iterator[dict[str, list[APIFlask]]]:
    """Keep applications that no test uses, by their settings: making one and compiling its pages takes a while."""
    kept: dict[str, list[APIFlask]] = {}
    yield kept
    for app in (app for apps in kept.values() for app in apps):
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def compiled_pages(run_folder: Path) -> FileSystemBytecodeCache:
    """Return what pages were compiled to, by whichever process of this run needed one first."""
    folder = run_folder / "compiled pages"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


def _fresh(settings: Config, compiled_pages: FileSystemBytecodeCache, *, steady: bool) -> APIFlask:
    """Make an application; those on the `steady` database share what connects to it.

    So connections, which the database has its caches with, and compiled statements last from one to the next. Nor are
    they tried before use: a fifth of all round trips.
    """
    app = create_app(settings)
    app.test_client_class = Seeing
    app.jinja_env.bytecode_cache = compiled_pages
    if steady:
        engines = db._app_engines[app]
        engines[None] = _engines.setdefault(settings.sqlalchemy_url, engines[None])
        engines[None].pool._pre_ping = False
    return app


@pytest.fixture
def make_app(
    database_url: str,
    tmp_path: Path,
    idle_apps: dict[str, list[APIFlask]],
    compiled_pages: FileSystemBytecodeCache,
) -> Iterator[MakeApp]:
    """Yield a function that makes the application, with some settings changed, named as in the environment.

    Each call gives another application, with dependencies of its own and folders of the test's own.
    """
    made: list[tuple[str, APIFlask, dict[str, Any]]] = []

    def make(**environment: str) -> APIFlask:
        settings = Config.from_env(
            {
                "DATABASE_URL": database_url,
                "INSTANCE_DIR": str(tmp_path / "instance"),
                "STORAGE_URL": str(tmp_path / "uploads"),
                "AI_REQUESTS_PER_MINUTE": "1000",
                "FLASK_SECRET_KEY": SECRET,
                **environment,
            }
        )
        # Where the AI service is belongs to the services, which are made anew.
        used = repr(sorted((name, value) for name, value in environment.items() if name != "OPENAI_BASE_URL"))
        idle = idle_apps.setdefault(used, [])
        steady = "DATABASE_URL" not in environment
        app = idle.pop() if idle else _fresh(settings, compiled_pages, steady=steady)
        app.extensions["aim"] = make_dependencies(settings, max(1, settings.web_threads // 2))
        # Nobody has changed a setting in an empty database.
        app.extensions["aim"].installation._read_at = time.monotonic()
        made.append((used, app, dict(app.config)))
        return app

    yield make
    for used, app, config in made:
        with app.app_context():
            db.session.remove()
            app.config.clear()
            app.config.update(config)
        idle_apps[used].append(app)


@pytest.fixture
def app(make_app: MakeApp) -> APIFlask:
    """Return the application with its usual settings: no key, so the placeholder writer."""
    return make_app()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    """Return a caller without a browser."""
    return app.test_client()


@pytest.fixture
def studio(app: APIFlask, session: Session) -> FlaskClient:
    """Return the caller of an editor; from now on there are accounts, and `client` is signed in nowhere."""
    return as_role(app, session, "editor")


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    """Return the folder where the application keeps its pictures."""
    return tmp_path / "uploads"


@pytest.fixture
def make_artist(make_app: MakeApp, openai_server: FakeOpenAI) -> Iterator[MakeArtist]:
    """Yield a function that makes a caller of an application that asks the fake AI service."""

    def make(**environment: str) -> FlaskClient:
        address = {"OPENAI_BASE_URL": openai_server.base_url, "OPENAI_API_KEY": KEY}
        return make_app(**{**address, **environment}).test_client()

    yield make
    adjustments._remembered.clear()
    gpt_service.close_idle()


@pytest.fixture
def artist(make_artist: MakeArtist) -> FlaskClient:
    """Return a caller of an application that asks the fake AI service."""
    return make_artist()


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], int]]:
    """Yield a function that serves an application over real HTTP, a thread for each call, and tells its port."""
    running = []

    def start(app: Flask) -> int:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        running.append((server, thread))
        return server.server_port

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()
