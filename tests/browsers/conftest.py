"""The program as an operator starts it, a model service of our own, and one browser after the other."""

from __future__ import annotations

import io
import json
import os
import signal
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from scripts.browsers import ENGINES
from tests.browsers import webdriver
from tests.browsers.window import Window
from tests.fakes.openai_server import FakeOpenAI, running
from tests.support.factories import picture
from tests.support.program import PATIENCE, Program

PHOTOGRAPHS = "BROWSER_PHOTOGRAPHS"


class Library:
    """The pictures of a running program, put there and read without a browser."""

    def __init__(self, program: Program) -> None:
        self.url = program.url

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        """Ask the API for something."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, {"Content-Type": kind}, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def add(self, name: str = "Heron at dusk.jpg", **words: Any) -> dict[str, Any]:
        """Put a picture in with words of a person."""
        boundary, body = encode_multipart(
            MultiDict([("files", FileStorage(io.BytesIO(picture(size=(640, 420))), name))])
        )
        sent = self.call("POST", "/api/images", body, f'multipart/form-data; boundary="{boundary}"')
        image: dict[str, Any] = sent["images"][0]
        if words:
            image = self.call("PATCH", f"/api/images/{image['id']}", {"version": image["version"], **words})
        return image

    def images(self) -> list[dict[str, Any]]:
        """List the pictures, newest first."""
        found: list[dict[str, Any]] = self.call("GET", "/api/images")["images"]
        return found

    def empty(self) -> None:
        """Delete every picture and every collection."""
        for image in self.images():
            self.call("DELETE", f"/api/images/{image['id']}")
        for collection in self.call("GET", "/api/collections")["collections"]:
            self.call("DELETE", f"/api/collections/{collection['id']}")
        self.call("POST", "/api/trash/empty", {})


@pytest.fixture(scope="session")
def session_service() -> Iterator[FakeOpenAI]:
    """Run one fake model service for all tests."""
    with running() as fake:
        yield fake


@pytest.fixture
def service(session_service: FakeOpenAI) -> FakeOpenAI:
    """Return the fake model service, well behaved and without memory of earlier tests."""
    session_service.reset()
    return session_service


@pytest.fixture(scope="session")
def program(session_service: FakeOpenAI) -> Iterator[Program]:
    """Start the program once for all tests."""
    with tempfile.TemporaryDirectory(prefix="artwork-tests-") as folder:
        program = Program(Path(folder))
        try:
            _start(program, session_service)
            yield program
        finally:
            program.end(signal.SIGTERM)


def _start(program: Program, service: FakeOpenAI) -> None:
    program.environment |= {
        "OPENAI_BASE_URL": service.base_url,
        "OPENAI_API_KEY": "sk-test",
        "AI_REQUESTS_PER_MINUTE": "1000",
        "AI_TOKENS_PER_MINUTE": "100000000",
    }
    said = program.start()
    assert program.url in said, said


@pytest.fixture
def library(program: Program) -> Library:
    """Return the library without a picture."""
    library = Library(program)
    library.empty()
    return library


@pytest.fixture(scope="session", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    """Return one engine after the other; one that is not on this computer is passed over with the reason."""
    engine: str = request.param
    if missing := ENGINES[engine].missing():
        pytest.skip(f"{ENGINES[engine].name}: {missing}")
    return engine


@pytest.fixture(scope="session")
def session_window(
    engine: str, program: Program, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Window]:
    """Open a window of the engine."""
    start = {"firefox": webdriver.firefox, "webkit": webdriver.webkit}[engine]
    with start(ENGINES[engine].path(), tmp_path_factory.mktemp(engine)) as send:
        yield Window(send, program.url)


@pytest.fixture
def window(session_window: Window) -> Window:
    """Return the window as wide as a screen on a desk."""
    session_window.size(1280)
    return session_window


@pytest.fixture(autouse=True)
def photographs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Photograph how each test ended into a folder that BROWSER_PHOTOGRAPHS names, if it does."""
    yield
    if folder := os.environ.get(PHOTOGRAPHS):
        Path(folder).mkdir(parents=True, exist_ok=True)
        request.getfixturevalue("session_window").photograph(Path(folder) / f"{request.node.name}.png")
