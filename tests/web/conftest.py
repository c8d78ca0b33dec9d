"""The application on a real database, with its storage in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from app import Config, create_app
from models import db

MakeApp = Callable[..., APIFlask]


@pytest.fixture
def make_app(database_url: str, tmp_path: Path) -> Iterator[MakeApp]:
    """Give a function that makes the application, with some settings changed, named as in the environment."""
    made = []

    def make(**environment: str) -> APIFlask:
        app = create_app(
            Config.from_env(
                {
                    "DATABASE_URL": database_url,
                    "INSTANCE_DIR": str(tmp_path / "instance"),
                    "STORAGE_URL": str(tmp_path / "uploads"),
                    "AI_REQUESTS_PER_MINUTE": "1000",
                    **environment,
                }
            )
        )
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def app(make_app: MakeApp) -> APIFlask:
    """Give the application with its usual settings: no key, so the placeholder writer."""
    return make_app()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    """Give a caller without a browser."""
    return app.test_client()


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    """Give the folder where the application keeps its pictures."""
    return tmp_path / "uploads"
