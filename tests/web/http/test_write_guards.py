"""What one did not see, one did not decide: every address that changes something, and what guards it.

A new address is one more line, written out here by hand with its guard:

version     says which version was seen: 422 without, 409 with what is there now when that is another one
suggestion  the same with the number of a suggestion
create      makes something new and changes nothing that was there
draft       has AI write: what a person wrote or approved stays, what AI wrote or waits may give way to newer words
undo        changes many at once and can be undone as one
same        done twice it is as done once: what it does is said in full by its address, whatever was there
state       goes on from the state of a batch, a pair or an act, and is refused when that is another one by now
secret      whoever calls proves who they are by a password or a link
asks        changes nothing; sent by POST because it does not fit an address
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

TABLE = """
create      POST   /
version     POST   /account/name
secret      POST   /account/password
same        POST   /account/sessions/<int:session_id>/end
same        POST   /account/sessions/end-others
create      POST   /account/tokens
same        POST   /account/tokens/<int:token_id>/remove
create      POST   /api/batches
state       POST   /api/batches/<int:batch_id>/cancel
state       POST   /api/batches/<int:batch_id>/pause
state       POST   /api/batches/<int:batch_id>/resume
state       POST   /api/batches/<int:batch_id>/retry
state       POST   /api/batches/<int:batch_id>/take-over
asks        POST   /api/batches/estimate
state       POST   /api/bulk-edits/<int:bulk_edit_id>/undo
create      POST   /api/categories
undo        DELETE /api/categories/<int:category_id>
version     PATCH  /api/categories/<int:category_id>
undo        POST   /api/categories/<int:category_id>/merge
create      POST   /api/collections
same        DELETE /api/collections/<int:collection_id>
version     PATCH  /api/collections/<int:collection_id>
same        POST   /api/collections/<int:collection_id>/images
same        POST   /api/collections/<int:collection_id>/images/remove
version     POST   /api/collections/<int:collection_id>/order
state       POST   /api/collections/<int:collection_id>/order/<int:image_id>/undo
undo        PATCH  /api/images
create      POST   /api/images
same        DELETE /api/images/<int:image_id>
version     PATCH  /api/images/<int:image_id>
same        DELETE /api/images/<int:image_id>/autosaves/<field>
same        PUT    /api/images/<int:image_id>/autosaves/<field>
draft       POST   /api/images/<int:image_id>/generate
draft       POST   /api/images/<int:image_id>/refine
same        POST   /api/images/<int:image_id>/restore
version     POST   /api/images/<int:image_id>/revisions/<int:revision_id>/restore
state       POST   /api/images/<int:image_id>/revisions/<int:revision_id>/undo
suggestion  DELETE /api/images/<int:image_id>/suggestion
suggestion  POST   /api/images/<int:image_id>/suggestion/accept
state       POST   /api/images/<int:image_id>/suggestion/restore
state       POST   /api/images/<int:image_id>/undo
undo        POST   /api/images/trash
asks        POST   /api/images/uses
state       POST   /api/look-alikes/<int:first_id>/<int:second_id>/keep
state       POST   /api/look-alikes/<int:first_id>/<int:second_id>/undo
create      POST   /api/samples
version     PATCH  /api/settings/<name>
state       POST   /api/settings/first-visit
asks        POST   /api/settings/first-visit/key
version     PUT    /api/settings/key
asks        POST   /api/settings/test
create      POST   /api/shares
same        DELETE /api/shares/<int:share_id>
version     PATCH  /api/shares/<int:share_id>
version     PATCH  /api/tags
undo        POST   /api/tags/merge
undo        POST   /api/tags/remove
same        POST   /api/trash/empty
create      POST   /api/views
same        DELETE /api/views/<int:view_id>
version     PATCH  /api/views/<int:view_id>
asks        POST   /api/voice/preview
version     PUT    /api/voice
state       POST   /api/voice/versions/<int:version_id>/restore
create      POST   /batches
state       POST   /batches/<int:batch_id>/cancel
state       POST   /batches/<int:batch_id>/pause
state       POST   /batches/<int:batch_id>/resume
state       POST   /batches/<int:batch_id>/retry
state       POST   /batches/<int:batch_id>/take-over
asks        POST   /batches/new
undo        POST   /bulk
state       POST   /bulk/<int:bulk_edit_id>/undo
create      POST   /categories
undo        POST   /categories/<int:category_id>/delete
undo        POST   /categories/<int:category_id>/merge
version     POST   /categories/<int:category_id>/move
version     POST   /categories/<int:category_id>/rename
create      POST   /collections
version     POST   /collections/<int:collection_id>
same        POST   /collections/<int:collection_id>/delete
version     POST   /collections/<int:collection_id>/order
same        POST   /collections/<int:collection_id>/remove
secret      POST   /first-owner
state       POST   /first-visit
secret      POST   /forgot
version     POST   /images/<int:image_id>
same        POST   /images/<int:image_id>/collections
same        POST   /images/<int:image_id>/collections/<int:collection_id>/remove
draft       POST   /images/<int:image_id>/generate
draft       POST   /images/<int:image_id>/refine
same        POST   /images/<int:image_id>/restore
version     POST   /images/<int:image_id>/revisions/<int:revision_id>/restore
suggestion  POST   /images/<int:image_id>/suggestion
same        POST   /images/<int:image_id>/trash
secret      POST   /invitation/<key>
state       POST   /look-alikes/<int:first_id>/<int:second_id>
state       POST   /look-alikes/<int:first_id>/<int:second_id>/undo
create      POST   /people
version     POST   /people/<int:person_id>
same        POST   /people/<int:person_id>/remove
create      POST   /people/<int:person_id>/reset
same        POST   /people/invitations/<int:ticket_id>/withdraw
same        POST   /preferences
secret      POST   /reset/<key>
version     POST   /review/<int:image_id>
create      POST   /samples
version     POST   /settings/key
version     POST   /settings/logo
asks        POST   /settings/test
version     POST   /settings/values/<name>
version     POST   /settings/voice
version     POST   /settings/voice/<int:voice_id>/restore
asks        POST   /settings/voice/preview
secret      POST   /share/<key>/enter
create      POST   /shared
version     POST   /shared/<int:share_id>
version     POST   /shared/<int:share_id>/address
same        POST   /shared/<int:share_id>/revoke
secret      POST   /sign-in
secret      POST   /sign-in/organisation
same        POST   /sign-out
undo        POST   /tags/merge
undo        POST   /tags/remove
version     POST   /tags/rename
same        POST   /trash/empty
create      POST   /views
version     POST   /views/<int:view_id>
same        POST   /views/<int:view_id>/delete
"""
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
    lines = [line.split(maxsplit=1) for line in TABLE.strip().splitlines()]
    return {" ".join(call.split()): guard for guard, call in lines}


def test_every_address_that_changes_something_says_what_guards_it(app: APIFlask) -> None:
    served = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert served - set(table()) == set(), "there is no line for these: say what guards them"
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
