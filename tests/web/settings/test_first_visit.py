"""The first visit: who writes is asked once, of owners, while nothing is set up; samples come with words of ours."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.ai import connections
from artworks.settings import installation
from artworks.web.settings import first_visit
from tests.fakes.openai_behaviours import error, ok
from tests.fakes.openai_server import FakeOpenAI
from tests.support.factories import added
from tests.support.people import PASSWORD, add_person, as_role, signed_in
from tests.web.conftest import MakeApp

QUESTION = "Who writes the first draft?"
ADDRESS = "/api/settings/first-visit"
KEY = "sk-proj-0123456789-7Q2a"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every request look at the settings anew."""
    monkeypatch.setattr(installation, "FRESH_SECONDS", 0.0)


def test_it_is_asked_of_owners_of_an_empty_library_until_it_is_answered(
    make_app: MakeApp, session: Session
) -> None:
    app = make_app()
    owner = signed_in(app, add_person(session, "owner"))
    assert QUESTION in owner.get("/").text
    assert QUESTION not in owner.get("/?q=heron").text
    assert QUESTION not in as_role(app, session, "editor").get("/").text
    picture = added(owner)
    assert QUESTION not in owner.get("/").text
    # Whoever dropped pictures at once is asked when words are first wanted.
    tray = {"fragment": "tray", "ids": str(picture["id"])}
    assert "data-ask-first" in owner.post("/batches/new", data=tray).text
    assert owner.post("/first-visit", data={"choice": "key", "skip": "1"}).status_code == 303
    assert "data-ask-first" not in owner.post("/batches/new", data=tray).text
    owner.post(f"/images/{picture['id']}/trash")
    assert QUESTION not in owner.get("/").text
    assert owner.post(ADDRESS, json={"choice": "without"}).status_code == 409


def test_a_key_is_tried_before_it_is_kept(
    client: FlaskClient, openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "OPENAI_URL", openai_server.base_url)
    openai_server.default = error(401, code="invalid_api_key")
    answer = client.post("/first-visit", data={"choice": "key", "key": KEY})
    assert (answer.status_code, QUESTION in answer.text, KEY in answer.text) == (503, True, False)
    assert not client.get("/api/settings").get_json()["key"]["is_set"]
    assert client.post("/first-visit", data={"choice": "key"}).status_code == 422
    openai_server.default = ok({"post_title": "Still water, one leg"})
    tried = client.post(f"{ADDRESS}/key", json={"key": KEY}).get_json()
    assert tried["title"] == "Still water, one leg"
    asked = len(openai_server.requests)
    assert client.post(ADDRESS, json={"choice": "key", "key": KEY, "tried": True}).status_code == 204
    assert len(openai_server.requests) == asked
    assert client.get("/api/settings").get_json()["key"]["last_four"] == "7Q2a"


def test_a_model_server_of_this_computer_is_found_and_chosen(
    client: FlaskClient, openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = (("Nobody", "http://127.0.0.1:9/v1"), ("Ollama", openai_server.base_url))
    monkeypatch.setattr(first_visit, "LOCAL_SERVERS", servers)
    [found] = client.get(f"{ADDRESS}/servers").get_json()["servers"]
    assert (found["name"], found["models"][0]) == ("Ollama", "gpt-5.6-luna")
    assert client.post(ADDRESS, json={"choice": "local", "address": "x", "model": ""}).status_code == 422
    form = {"choice": "local", "address": found["address"], "model": "llava"}
    assert client.post("/first-visit", data=form).status_code == 303
    settings = {one["name"]: one["value"] for one in client.get("/api/settings").get_json()["settings"]}
    assert (settings["openai_base_url"], settings["openai_model"]) == (openai_server.base_url, "llava")


def test_an_owner_with_an_account_types_the_password_for_a_key(make_app: MakeApp, session: Session) -> None:
    owner = signed_in(make_app(), add_person(session, "owner", PASSWORD))
    assert "Your password, once more" in owner.get("/").text
    given = {"choice": "key", "key": KEY, "tried": True}
    assert owner.post(ADDRESS, json=given).status_code == 422
    assert owner.post(ADDRESS, json={**given, "password": "a wrong one"}).status_code == 422
    # What was refused is not answered.
    assert owner.post(ADDRESS, json={**given, "password": PASSWORD}).status_code == 204


def test_samples_come_with_words_marked_as_samples_and_paid_for_by_nobody(
    client: FlaskClient, session: Session
) -> None:
    images = client.post("/api/samples").get_json()["images"]
    assert len({image["post_title"] for image in images if image["description"] and image["alt_text"]}) == 6
    assert {image["status"] for image in images} == {"draft"}
    assert {origin for image in images for origin in image["origins"].values()} == {"sample"}
    rows = client.get("/?view=table").text
    assert "sample words" in rows
    # By its number among those who may have written a text.
    assert len(re.findall(r" data-by=6[-6]66>", rows)) == 6
    page = client.get(f"/images/{images[0]['id']}").text
    assert "with sample words" in page
    assert session.scalar(text("SELECT count(*) FROM usage")) == 0
    # AI may write over them, as nobody wrote them for this library; what a person changes is theirs.
    assert (
        client.post("/api/batches/estimate", json={"select": {"filter": {}}, "only": "ai"}).get_json()[
            "images"
        ]
        == 6
    )
    changed = client.patch(
        f"/api/images/{images[0]['id']}", json={"version": 1, "post_title": "Mine"}
    ).get_json()
    assert changed["origins"]["post_title"] == "person"
