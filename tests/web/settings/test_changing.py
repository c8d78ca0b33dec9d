"""Changing settings over HTTP: by the page's script, by plain forms, and what comes of it in the next call."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.settings import installation
from tests.fakes.openai_behaviours import error, ok
from tests.fakes.openai_server import FakeOpenAI
from tests.support.factories import added
from tests.support.people import PASSWORD, add_person, signed_in
from tests.web.conftest import MakeApp

KEY = "sk-proj-0123456789-7Q2a"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every request look at the settings anew."""
    monkeypatch.setattr(installation, "FRESH_SECONDS", 0.0)


def set_to(client: FlaskClient, name: str, value: str, version: int = 0) -> int:
    answer = client.patch(f"/api/settings/{name}", json={"value": value, "version": version}, blind=True)
    assert answer.status_code == 200, answer.text
    found: int = answer.get_json()["version"]
    return found


def test_from_nothing_to_words_without_a_restart(client: FlaskClient, openai_server: FakeOpenAI) -> None:
    picture = added(client)
    assert "Not set" in client.get("/settings").text
    assert client.post("/api/settings/test").status_code == 409
    set_to(client, "openai_base_url", openai_server.base_url)
    answer = client.put("/api/settings/key", json={"key": KEY})
    assert (answer.status_code, answer.get_json()["last_four"]) == (200, "7Q2a")
    openai_server.default = ok({"post_title": "Still water, one leg"})
    tried = client.post("/api/settings/test").get_json()
    assert (tried["title"], tried["source"], tried["model"]) == (
        "Still water, one leg",
        "openai",
        "gpt-5.6-luna",
    )
    models = client.get("/api/settings/models").get_json()["models"]
    assert models[0] == {"name": "gpt-5.6-luna", "sees": True}
    set_to(client, "openai_model", "gpt-6-luna")
    client.post(f"/api/images/{picture['id']}/generate", json={})
    assert [openai_server.requests[place].body["model"] for place in (0, -1)] == [
        "gpt-5.6-luna",
        "gpt-6-luna",
    ]
    assert {seen.headers["authorization"] for seen in openai_server.requests} == {f"Bearer {KEY}"}


def test_a_trial_is_in_the_ledger_and_within_the_budget(
    client: FlaskClient, openai_server: FakeOpenAI, session: Session
) -> None:
    set_to(client, "openai_base_url", openai_server.base_url)
    set_to(client, "ai_price_input_usd", "1000")
    client.post("/api/settings/test")
    kinds = session.execute(text("SELECT kind, state, image_id, usd > 0 FROM usage")).one()
    assert tuple(kinds) == ("test", "ok", None, True)
    set_to(client, "ai_budget_usd_per_month", "0.000001")
    asked = len(openai_server.requests)
    assert client.post("/api/settings/test").status_code in (402, 409, 429)
    assert len(openai_server.requests) == asked
    assert "Tests of the service" in client.get("/usage").text


def test_a_failed_trial_says_why(client: FlaskClient, openai_server: FakeOpenAI) -> None:
    set_to(client, "openai_base_url", openai_server.base_url)
    openai_server.default = error(401, code="invalid_api_key")
    answer = client.post("/api/settings/test")
    assert answer.status_code == 503
    page = client.post("/settings/test")
    assert (page.status_code, answer.get_json()["error"]["message"] in page.text) == (503, True)
    openai_server.default = ok({"post_title": "A <b>heron</b>"})
    assert "It works" in client.post("/settings/test").text


def test_the_key_is_never_sent_back(client: FlaskClient) -> None:
    client.put("/api/settings/key", json={"key": KEY})
    for address in ("/settings", "/settings?fragment=key", "/api/settings", "/audit", "/api/audit"):
        page = client.get(address).text
        assert KEY not in page, address
        assert "0123456789" not in page, address
    assert "7Q2a" in client.get("/settings").text
    wrong = client.post("/settings/key", data={"key": "sk two words 0123456789"})
    assert (wrong.status_code, "0123456789" in wrong.text) == (422, False)


def test_an_owner_with_an_account_types_the_password(make_app: MakeApp, session: Session) -> None:
    app = make_app()
    owner = signed_in(app, add_person(session, "owner", PASSWORD))
    for typed in ("", "a wrong one"):
        answer = owner.put("/api/settings/key", json={"key": KEY, "password": typed})
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "password")
    assert not owner.get("/api/settings").get_json()["key"]["is_set"]
    assert owner.post("/settings/key", data={"key": KEY, "password": PASSWORD}).status_code == 303
    assert owner.get("/api/settings").get_json()["key"]["is_set"]
    # Whoever finds a browser open guesses no longer than at the door.
    tries = [
        owner.put("/api/settings/key", json={"key": KEY, "password": "wrong"}).status_code for _ in range(30)
    ]
    assert tries[-1] == 429


def test_plain_forms_do_the_same(client: FlaskClient) -> None:
    answer = client.post("/settings/values/openai_model", data={"value": "llava"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings#setting-openai_model")
    assert 'value="llava"' in client.get("/settings").text
    answer = client.post(
        "/settings/values/ai_budget_usd_per_month", data={"value": "a <lot>", "version": "0"}
    )
    assert answer.status_code == 422
    assert "The budget must be a number, 0 or more" in answer.text
    assert 'value="a &lt;lot&gt;"' in answer.text
    assert client.post("/settings/values/storage_url", data={"value": "/", "version": "0"}).status_code == 404
    wrong = client.post("/settings/values/words_from_files", data={"value": "off", "version": "9"})
    assert (wrong.status_code, "It has its usual value now" in wrong.text) == (409, True)
    assert '<option value="off" selected>' in wrong.text
    assert client.post("/settings/key", data={"key": " "}).status_code == 422
    client.post("/settings/key", data={"key": KEY})
    assert client.post("/settings/key", data={"forget": "1"}).status_code == 303
    assert "Not set" in client.get("/settings").text


def test_what_the_environment_says_is_shown_and_stays(make_app: MakeApp) -> None:
    client = make_app(OPENAI_MODEL="llava", OPENAI_API_KEY=KEY).test_client()
    page = client.get("/settings").text
    assert "set outside, <code>OPENAI_MODEL</code>" in page
    assert "set outside, <code>OPENAI_API_KEY</code>" in page
    assert 'data-setting="openai_model"' not in page
    for method, address, body in (
        ("PATCH", "/api/settings/openai_model", {"value": "x", "version": 0}),
        ("PUT", "/api/settings/key", {"key": "sk-x", "version": 0}),
    ):
        answer = client.open(address, method=method, json=body, blind=True)
        assert (answer.status_code, "set where the program is started" in answer.text) == (409, True)


def test_the_months_and_the_words_of_files_follow(client: FlaskClient) -> None:
    assert set_to(client, "time_zone", "Pacific/Auckland") == 1
    assert client.patch("/api/settings/time_zone", json={"value": "Nowhere", "version": 1}).status_code == 422
    set_to(client, "words_from_files", "off")
    page = client.get("/settings").text
    assert 'value="Pacific/Auckland"' in page
    assert '<option value="off" selected>' in page
