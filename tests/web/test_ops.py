"""Whether the process is up and ready."""

from __future__ import annotations

from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from adapters.storage_folder import FolderStorage
from errors import StorageFull
from models import db
from tests.material import statements
from tests.web.conftest import MakeApp


def test_the_process_is_up_without_asking_anything_else(app: APIFlask, client: FlaskClient) -> None:
    with app.app_context(), statements(db.engine) as sent:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    assert sent == []


def test_ready_means_database_and_storage_answer(client: FlaskClient, uploads: Path) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"status": "ok", "database": True, "storage": True},
    )
    assert not [path for path in uploads.rglob("*") if path.is_file()]


def test_a_storage_that_takes_nothing_is_not_ready(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: FolderStorage, key: str, source: object) -> None:
        raise StorageFull("There is no room left for more pictures.")

    monkeypatch.setattr(FolderStorage, "put", full)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "unavailable", "database": True, "storage": False}


def test_a_database_without_our_tables_is_not_ready(make_app: MakeApp, empty_database_url: str) -> None:
    answer = make_app(DATABASE_URL=empty_database_url).test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["database"]) == (503, False)


def test_no_connection_is_left_in_a_transaction(client: FlaskClient, engine: Engine) -> None:
    client.get("/readyz")
    client.get("/")
    client.get("/export.csv")
    with engine.connect() as connection:
        open_ones = connection.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
                 " AND datname = current_database() AND pid <> pg_backend_pid()")
        )  # fmt: skip
    assert open_ones == 0
