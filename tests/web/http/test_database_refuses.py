"""A database that refuses while the program runs: the true reason for people, and once in the log for the operator."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import pytest
from apiflask import APIFlask
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from artworks.web import error_handlers
from models import db
from tests.support.databases import MIGRATED
from tests.support.factories import added
from tests.web.conftest import MakeApp

_numbers = count(1)
PAGE = {"Accept": "text/html"}


@dataclass
class Lesser:
    """An application whose role may do what it was given, and the URL of the database's owner."""

    app: APIFlask
    role: str
    url: str

    def run(self, *statements: str) -> None:
        """Run statements as the owner."""
        engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.format(role=self.role))

    def forget_connections(self) -> None:
        """Let the next request sign in anew."""
        with self.app.app_context():
            db.engine.dispose()


GIVEN = ("GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}", "GRANT USAGE ON SCHEMA public TO PUBLIC")


@pytest.fixture
def lesser(make_app: MakeApp, make_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Lesser:
    monkeypatch.setattr(error_handlers, "_quiet_until", {}, raising=False)
    url = make_database(MIGRATED)
    role = f"refused_{next(_numbers)}"
    made = Lesser(make_app(DATABASE_URL=url.replace("postgres@", f"{role}@")), role, url)
    made.run("CREATE ROLE {role} LOGIN", *GIVEN, "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")
    return made


@pytest.mark.parametrize(
    ("taken", "reason"),
    [
        ("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", "permission denied for table"),
        (
            "REVOKE USAGE ON SCHEMA public FROM PUBLIC",
            'relation ".*" does not exist|permission denied for schema',
        ),
    ],
)
def test_rights_that_are_taken_away_are_told_and_come_back(
    lesser: Lesser, caplog: pytest.LogCaptureFixture, taken: str, reason: str
) -> None:
    client = lesser.app.test_client()
    image = added(client, post_title="Heron")
    lesser.run(taken)
    lesser.forget_connections()
    caplog.clear()
    page = client.get("/", headers=PAGE)
    assert page.status_code == 503
    assert "this page could not be made" in page.get_data(as_text=True)
    edit = {"version": image["version"], "post_title": "Egret"}
    refused = client.patch(f"/api/images/{image['id']}", json=edit)
    assert refused.status_code == 503
    assert "so this was not saved. Keep a copy" in refused.get_json()["error"]["message"]
    assert client.get("/readyz").status_code == 503
    assert all(one.exc_info is None for one in caplog.records)
    assert "The database refuses what the program needs: " in caplog.text
    assert [one for one in caplog.records if one.levelno == logging.ERROR]
    assert re.search(reason, caplog.text)
    lesser.run(*GIVEN)
    lesser.forget_connections()
    assert client.patch(f"/api/images/{image['id']}", json=edit).status_code == 200


def test_why_the_database_does_not_answer_is_logged_once_in_a_while(
    lesser: Lesser, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = lesser.app.test_client()
    lesser.run("ALTER ROLE {role} CONNECTION LIMIT 0")
    lesser.forget_connections()

    def lines() -> list[str]:
        return [one.getMessage() for one in caplog.records if "does not answer" in one.getMessage()]

    assert [client.get(address).status_code for address in ("/", "/readyz", "/api/images")] == [503] * 3
    (line,) = lines()
    assert f'too many connections for role "{lesser.role}"' in line
    assert "SELECT" not in caplog.text
    # Another reason is told at once.
    lesser.run("ALTER ROLE {role} NOLOGIN")
    assert client.get("/").status_code == 503
    assert f'role "{lesser.role}" is not permitted to log in' in lines()[-1]
    monkeypatch.setattr(error_handlers, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(error_handlers, "_quiet_until", {}, raising=False)
    for _ in range(2):
        assert client.get("/").status_code == 503
    assert len(lines()) == 4
