"""What the AI service itself said about a failure: owners read it wherever the failure is told, nobody else does."""

from __future__ import annotations

from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import generate
from tests.support.factories import added
from tests.support.people import add_person, signed_in
from tests.web.batches.test_api import start
from tests.web.conftest import MakeApp

SAID = "The flux of sk-proj-0123456789abcdef ran out."
SHOWN = "The flux of … ran out."


@pytest.fixture
def asking(make_app: MakeApp, openai_server: FakeOpenAI) -> APIFlask:
    """Return an application whose AI service refuses every request in words of its own."""
    openai_server.default = does.error(400, message=SAID)
    return make_app(OPENAI_BASE_URL=openai_server.base_url, OPENAI_API_KEY="sk-test")


@pytest.mark.parametrize("role", ["owner", "editor"])
def test_a_failed_draft_tells_owners_alone_what_the_service_said(
    asking: APIFlask, session: Session, engine: Engine, role: str
) -> None:
    owner = signed_in(asking, add_person(session, "owner"))
    caller = owner if role == "owner" else signed_in(asking, add_person(session, role))
    image = added(owner)
    errors: list[dict[str, Any]] = [generate(caller, image["id"]).get_json()["error"]]
    stream = caller.post(
        f"/api/images/{image['id']}/generate", json={}, headers={"Accept": "text/event-stream"}
    ).get_data(as_text=True)
    page = caller.post(f"/images/{image['id']}/generate", follow_redirects=True).get_data(as_text=True)
    usage = caller.get("/usage").get_data(as_text=True)
    assert errors[0]["message"] == "The AI service does not accept the request."
    assert errors[0].get("details") == (f"400: {SHOWN}" if role == "owner" else None)
    for told in (stream, page, usage):
        assert (SHOWN in told) is (role == "owner")
        assert "sk-proj" not in told
    with engine.connect() as connection:
        stored = set(connection.scalars(text("SELECT details FROM usage")))
    assert stored == {f"400: {SHOWN}"}


def test_a_batch_tells_owners_alone_what_the_service_said(
    asking: APIFlask, session: Session, engine: Engine
) -> None:
    owner = signed_in(asking, add_person(session, "owner"))
    others = {role: signed_in(asking, add_person(session, role)) for role in ("editor", "viewer")}
    added(owner)
    batch = start(owner)["id"]
    failed_call(engine, batch, "failed")
    assert _failure(owner, batch)["details"] == SHOWN
    assert SHOWN in owner.get(f"/batches/{batch}").get_data(as_text=True)
    assert _failure(others["editor"], batch)["details"] is None
    assert SHOWN not in others["editor"].get(f"/batches/{batch}").get_data(as_text=True)
    pause(engine, batch)
    assert owner.get(f"/api/batches/{batch}").get_json()["paused"]["details"] == SHOWN
    assert SHOWN in owner.get(f"/batches/{batch}?fragment=live").get_data(as_text=True)
    for caller in others.values():
        for address in (f"/api/batches/{batch}", f"/batches/{batch}", "/api/batches", "/api/batches/active"):
            assert SHOWN not in caller.get(address).get_data(as_text=True)


def _failure(client: FlaskClient, batch: int) -> dict[str, Any]:
    (found,) = client.get(f"/api/batches/{batch}").get_json()["failures"]
    return dict(found)


def failed_call(engine: Engine, batch: int, state: str) -> None:
    """Write down a call of a batch that failed, as the worker does."""
    with engine.begin() as connection:
        usage = connection.scalar(
            text(
                "INSERT INTO usage (kind, source, model, state, error, details, batch_id) "
                "VALUES ('generate', 'openai', 'm', 'failed', 'ai_unavailable', :said, :batch) RETURNING id"
            ),
            {"said": SHOWN, "batch": batch},
        )
        connection.execute(
            text(
                "UPDATE batch_item SET state = :state, usage_id = :usage, message = 'No.' WHERE batch_id = :batch"
            ),
            {"state": state, "usage": usage, "batch": batch},
        )


def pause(engine: Engine, batch: int) -> None:
    """Pause a batch as a wrong key does."""
    statement = "UPDATE batch SET state = 'paused', paused_code = 'setup', paused_message = 'Check it.' WHERE id = :id"
    with engine.begin() as connection:
        connection.execute(text(statement), {"id": batch})
