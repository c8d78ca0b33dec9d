"""What one did not see, one did not decide: every address that changes something is guarded as its line says.

The lines stand in tests/support/writes.py.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.drafting import now, refine
from tests.support.factories import added
from tests.support.people import add_person, signed_in
from tests.support.seeing import what_is_seen
from tests.support.writes import writes

GUARDS = {"version", "suggestion", "create", "draft", "undo", "same", "state", "secret", "asks"}
Body = dict[str, Any]
# What is sent to each guarded address, twice with what was seen before the first: the second time that is stale.
CHANGES: dict[str, tuple[Body, Body]] = {
    "POST /account/name": ({"name": "A1"}, {"name": "B2"}),
    "PATCH /api/categories/<int:category_id>": ({"name": "A3"}, {"name": "B4"}),
    "PATCH /api/collections/<int:collection_id>": ({"note": "A5"}, {"note": "B6"}),
    "POST /api/collections/<int:collection_id>/order": (
        {"image_id": 1, "before": None}, {"image_id": 2, "before": None},
    ),
    "PATCH /api/images/<int:image_id>": ({"post_title": "A7"}, {"post_title": "B8"}),
    "POST /api/images/<int:image_id>/revisions/<int:revision_id>/restore": ({}, {}),
    "DELETE /api/images/<int:image_id>/suggestion": ({}, {}),
    "POST /api/images/<int:image_id>/suggestion/accept": ({}, {}),
    "PATCH /api/shares/<int:share_id>": ({"title": "A9"}, {"title": "B10"}),
    "PATCH /api/tags": ({"tag": "#heron", "name": "#Heron"}, {"tag": "#heron", "name": "#HERON"}),
    "PATCH /api/views/<int:view_id>": ({"name": "A11"}, {"name": "B12"}),
    "PUT /api/voice": ({"choices": {"guide": "A13"}}, {"choices": {"guide": "B14"}}),
    "POST /categories/<int:category_id>/move": ({"parent_id": "2"}, {"parent_id": ""}),
    "POST /categories/<int:category_id>/rename": ({"name": "A15"}, {"name": "B16"}),
    "POST /collections/<int:collection_id>": ({"name": "A17", "note": ""}, {"name": "B18", "note": ""}),
    "POST /collections/<int:collection_id>/order": (
        {"image_id": "2", "move": "earlier"}, {"image_id": "2", "move": "later"},
    ),
    "POST /images/<int:image_id>": ({"post_title": "A19"}, {"post_title": "B20"}),
    "POST /images/<int:image_id>/revisions/<int:revision_id>/restore": ({}, {}),
    "POST /images/<int:image_id>/suggestion": ({"action": "dismiss"}, {"action": "accept"}),
    "POST /people/<int:person_id>": ({"role": "viewer", "name": ""}, {"role": "editor", "name": ""}),
    "POST /review/<int:image_id>": ({"action": "save", "post_title": "A21"}, {"action": "save", "post_title": "B22"}),
    "PATCH /api/settings/<name>": ({"value": "model-a"}, {"value": "model-b"}),
    "PUT /api/settings/key": ({"key": "sk-a"}, {"key": "sk-b"}),
    "POST /settings/logo": ({"remove": "1"}, {"remove": "1"}),
    "POST /settings/key": ({"key": "sk-c"}, {"key": "sk-d"}),
    "POST /settings/values/<name>": ({"value": "model-c"}, {"value": "model-d"}),
    "POST /settings/voice": ({"guide": "A23", "language": "en"}, {"guide": "B24", "language": "en"}),
    "POST /settings/voice/<int:voice_id>/restore": ({}, {}),
    "POST /shared/<int:share_id>": ({"title": "A25", "days": "same"}, {"title": "B26", "days": "same"}),
    "POST /shared/<int:share_id>/address": ({}, {}),
    "POST /tags/rename": ({"tag": "#heron", "name": "#hEron"}, {"tag": "#heron", "name": "#heRon"}),
    "POST /views/<int:view_id>": ({"name": "A27"}, {"name": "B28"}),
}  # fmt: skip


def table() -> dict[str, str]:
    return {address: write.guard for address, write in writes().items()}


def test_every_address_that_changes_something_says_what_guards_it(app: APIFlask) -> None:
    served = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert served - set(table()) == set(), (
        "there is no line for these: say what guards them, and their way back"
    )
    assert set(table()) - served == set(), "these are not served"
    assert set(table().values()) == GUARDS
    guarded = {call for call, guard in table().items() if guard in ("version", "suggestion")}
    assert guarded == set(CHANGES), "each of these is tried below"


@pytest.fixture
def library(app: APIFlask, session: Session) -> FlaskClient:
    """Return an owner in a library that has one of everything; a second person is number 2."""
    client = signed_in(app, add_person(session, "owner"))
    add_person(session, "editor")
    words = "A heron stands in mist. Nothing moves at all."
    images = [added(client, hashtags="heron", category="Prints", description=words) for _ in range(3)]
    client.post("/api/categories", json={"name": "Shelf"})
    client.post("/api/collections", json={"name": "Coast"})
    client.post("/api/collections/1/images", json={"ids": [image["id"] for image in images]})
    client.post("/api/views", json={"name": "Herons", "filters": {"q": "heron"}})
    client.post("/api/shares", json={"title": "Coast", "collection_id": 1})
    client.put("/api/voice", json={"choices": {"guide": "0"}})
    return client


def seen_by(client: FlaskClient, call: str, session: Session) -> Body:
    """Return what a page that was opened now says with this call."""
    if "suggestion" in call:
        image = refine(client, 1).get_json()["image"]
        version = {} if call.startswith("DELETE") else {"version": image["version"]}
        return {"suggestion": image["suggestion"]["id"], **version}
    if call == "POST /account/name":
        return {"version": session.scalar(text("SELECT version FROM person WHERE id = 1"))}
    found = what_is_seen(client.application, filled(call), {"tag": "heron"})
    return {found[1]: found[2]} if found else {"version": now(client, 1)["version"]}


def filled(call: str) -> str:
    call = call.replace("<name>", "openai_model")
    return re.sub(r"<\w+:(\w+)>", lambda found: "2" if found[1] == "person_id" else "1", call)


def send(client: FlaskClient, call: str, body: Body) -> TestResponse:
    method, address = filled(call).split()
    if method == "DELETE":
        return client.open(address, method=method, query_string=body, blind=True)
    sent: dict[str, Any] = {"json" if address.startswith("/api/") else "data": body}
    return client.open(address, method=method, blind=True, **sent)


def make_stale(client: FlaskClient, call: str, body: Body) -> None:
    """Let somebody else be quicker."""
    if "suggestion" in call:
        before = now(client, 1)["suggestion"]["id"]
        assert refine(client, 1).get_json()["suggestion"]["id"] != before
    elif call.endswith("/restore"):
        client.patch("/api/images/1", json={"version": now(client, 1)["version"], "alt_text": call})
        client.put("/api/voice", json={"choices": {"guide": call}})
    else:
        done = send(client, call, body)
        assert done.status_code in (200, 204, 303), (call, done.text)


def test_over_what_was_not_seen_nothing_is_written(library: FlaskClient, session: Session) -> None:
    for call, (first, second) in CHANGES.items():
        seen = seen_by(library, call, session)
        less = {name: number for name, number in seen.items() if name != next(iter(seen))}
        blind = send(library, call, {**less, **first})
        assert blind.status_code == 422, (call, blind.text)
        assert "Load the page again" in blind.text, call
        make_stale(library, call, {**first, **seen})
        stale = send(library, call, {**second, **seen})
        assert stale.status_code == 409, (call, stale.text)
        assert "elsewhere" in stale.text or "newer suggestion" in stale.text, call
        if "/api/" not in call:
            continue
        newest = stale.get_json()["current"]
        given = newest["suggestion"]["id"] if "suggestion" in call else newest.get(next(iter(seen)))
        having_seen = send(library, call, {**second, **seen, next(iter(seen)): given})
        assert having_seen.status_code in (200, 204), (call, having_seen.text)
