"""Whether the process is up and ready."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from artworks.adapters.postgres import health as postgres_health
from artworks.adapters.storage.folder import FolderStorage
from artworks.core.errors import StorageFull
from artworks.web import health as ops
from models import db
from tests.support.databases import MIGRATED
from tests.support.factories import added
from tests.support.material import statements
from tests.support.program import wait_until
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


def test_a_database_that_can_only_be_read_is_not_ready_and_saves_nothing(
    make_app: MakeApp, make_database: Callable[[str], str]
) -> None:
    url = make_database(MIGRATED)
    app = make_app(DATABASE_URL=url)
    client = app.test_client()
    image = added(client, post_title="Heron")
    with app.app_context():
        name = db.session.scalar(text("SELECT current_database()"))
        db.session.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        db.session.commit()
        db.engine.dispose()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["database"]) == (503, False)
    edit = {"version": image["version"], "post_title": "Lost"}
    refused = client.patch(f"/api/images/{image['id']}", json=edit)
    assert refused.status_code == 503
    assert refused.get_json()["error"]["message"].startswith(
        "The database can only be read at the moment, so this was not saved."
    )
    assert client.get(f"/api/images/{image['id']}").get_json() == image


def test_room_is_tried_once_in_a_while_and_again_as_long_as_there_is_none(
    app: APIFlask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops, "_room_until", 0.0)
    monkeypatch.setattr(ops, "ROOM_SECONDS", 3600.0)
    with app.app_context(), statements(db.engine) as sent:
        assert [client.get("/readyz").status_code for _ in range(3)] == [200] * 3
    assert len([one for one in sent if "generate_series" in one]) == 1
    monkeypatch.setattr(ops, "_room_until", 0.0)
    with monkeypatch.context() as full:
        full.setattr(postgres_health, "has_room", lambda connection: False)
        assert [client.get("/readyz").status_code for _ in range(2)] == [503] * 2
    assert client.get("/readyz").status_code == 200


def test_no_connection_is_left_in_a_transaction(client: FlaskClient, engine: Engine) -> None:
    client.get("/readyz")
    client.get("/")
    client.get("/export.csv")

    def nobody() -> bool:
        with engine.connect() as connection:
            return not connection.scalar(
                text("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
                     " AND datname = current_database() AND pid <> pg_backend_pid()")
            )  # fmt: skip

    # An export is written by itself, whoever reads it.
    wait_until("nobody in a transaction", nobody)
