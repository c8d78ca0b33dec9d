"""Who may do what: every address and method, written out here by hand and called by each kind of caller.

A new address is one more line. The words are those of the issue: a viewer looks and exports; an editor also adds,
edits, generates and starts batches; an owner also has people, the voice, settings, money and the emptying of the trash.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask import request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.images import uploads
from artworks.web.permissions import own_account, public, requires, rule_of
from models import ApiToken, PersonSession
from tests.support.factories import added, picture
from tests.support.people import add_person, signed_in, with_token

pytestmark = pytest.mark.slow

# all: the same for everybody, without a look at who calls. door: everybody, and it has answers of its own.
# A "!" stands for: in person only, no token.
TABLE = """
viewer   GET          /
editor   POST         /
viewer!  GET          /account
viewer!  POST         /account/name
viewer!  POST         /account/password
viewer!  POST         /account/sessions/<int:session_id>/end
viewer!  POST         /account/sessions/end-others
viewer!  POST         /account/tokens
viewer!  POST         /account/tokens/<int:token_id>/remove
owner    GET          /api/audit
editor   GET          /api/autosaves
editor   GET,POST     /api/batches
editor   GET          /api/batches/<int:batch_id>
editor   POST         /api/batches/<int:batch_id>/cancel
editor   POST         /api/batches/<int:batch_id>/pause
editor   POST         /api/batches/<int:batch_id>/resume
editor   POST         /api/batches/<int:batch_id>/retry
owner    POST         /api/batches/<int:batch_id>/take-over
viewer   GET          /api/batches/active
editor   POST         /api/batches/estimate
editor   POST         /api/bulk-edits/<int:bulk_edit_id>/undo
viewer   GET          /api/categories
editor   POST         /api/categories
editor   DELETE,PATCH /api/categories/<int:category_id>
editor   POST         /api/categories/<int:category_id>/merge
editor   GET          /api/categories/<int:category_id>/uses
viewer   GET          /api/collections
editor   POST         /api/collections
editor   DELETE,PATCH /api/collections/<int:collection_id>
viewer   GET          /api/collections/<int:collection_id>
editor   POST         /api/collections/<int:collection_id>/images
editor   POST         /api/collections/<int:collection_id>/images/remove
editor   POST         /api/collections/<int:collection_id>/order
editor   POST         /api/collections/<int:collection_id>/order/<int:image_id>/undo
editor   GET          /api/collections/<int:collection_id>/uses
viewer   GET          /api/images
editor   PATCH,POST   /api/images
editor   DELETE,PATCH /api/images/<int:image_id>
viewer   GET          /api/images/<int:image_id>
editor   DELETE,PUT   /api/images/<int:image_id>/autosaves/<field>
editor   POST         /api/images/<int:image_id>/generate
editor   POST         /api/images/<int:image_id>/refine
editor   POST         /api/images/<int:image_id>/restore
viewer   GET          /api/images/<int:image_id>/revisions
editor   POST         /api/images/<int:image_id>/revisions/<int:revision_id>/restore
editor   POST         /api/images/<int:image_id>/revisions/<int:revision_id>/undo
editor   DELETE       /api/images/<int:image_id>/suggestion
editor   POST         /api/images/<int:image_id>/suggestion/accept
editor   POST         /api/images/<int:image_id>/suggestion/restore
editor   POST         /api/images/<int:image_id>/undo
editor   POST         /api/images/trash
editor   GET          /api/images/<int:image_id>/uses
viewer   GET          /api/images/versions
editor   POST         /api/images/uses
editor   GET          /api/look-alikes
editor   POST         /api/look-alikes/<int:first_id>/<int:second_id>/keep
editor   POST         /api/look-alikes/<int:first_id>/<int:second_id>/undo
viewer   GET          /api/openapi.json
editor   POST         /api/samples
owner    GET          /api/settings
owner!   PATCH        /api/settings/<name>
owner!   POST         /api/settings/first-visit
owner!   POST         /api/settings/first-visit/key
owner!   GET          /api/settings/first-visit/servers
owner!   PUT          /api/settings/key
owner!   GET          /api/settings/models
owner!   POST         /api/settings/test
editor   GET,POST     /api/shares
editor   DELETE,PATCH /api/shares/<int:share_id>
editor   GET          /api/shares/<int:share_id>/favourites
editor   DELETE       /api/shares/<int:share_id>/favourites/<int:visitor_id>
viewer   GET          /api/tags
editor   PATCH        /api/tags
editor   POST         /api/tags/merge
editor   POST         /api/tags/remove
editor   GET          /api/tags/uses
owner    POST         /api/trash/empty
editor   GET          /api/trash/uses
viewer   GET          /api/views
editor   POST         /api/views
editor   DELETE,PATCH /api/views/<int:view_id>
owner    GET,PUT      /api/voice
owner    POST         /api/voice/preview
owner    GET          /api/voice/versions
owner    POST         /api/voice/versions/<int:version_id>/restore
all      GET          /assets/<of>/<path:name>
all      GET          /assets/<of>/imports.js
owner    GET          /audit
owner    GET          /audit.csv
editor   GET,POST     /batches
editor   GET          /batches/<int:batch_id>
editor   POST         /batches/<int:batch_id>/cancel
editor   POST         /batches/<int:batch_id>/pause
editor   POST         /batches/<int:batch_id>/resume
editor   POST         /batches/<int:batch_id>/retry
owner    POST         /batches/<int:batch_id>/take-over
editor   GET,POST     /batches/new
all      GET          /bootstrap/static/<path:filename>
editor   GET,POST     /bulk
editor   POST         /bulk/<int:bulk_edit_id>/undo
viewer   GET          /bulk/rows
editor   GET,POST     /categories
editor   GET          /categories/<int:category_id>
editor   POST         /categories/<int:category_id>/delete
editor   POST         /categories/<int:category_id>/merge
editor   POST         /categories/<int:category_id>/move
editor   POST         /categories/<int:category_id>/rename
viewer   GET          /collections
editor   POST         /collections
viewer   GET          /collections/<int:collection_id>
editor   POST         /collections/<int:collection_id>
editor   POST         /collections/<int:collection_id>/delete
editor   POST         /collections/<int:collection_id>/order
editor   POST         /collections/<int:collection_id>/remove
viewer   GET          /export
viewer   GET          /export.csv
door     GET,POST     /first-owner
owner!   GET,POST     /first-visit
door     GET,POST     /forgot
all      GET          /healthz
all      GET          /apple-touch-icon.png
all      GET          /favicon.ico
all      GET          /icons.svg
viewer   GET          /images/<int:image_id>
editor   POST         /images/<int:image_id>
viewer   GET          /images/<int:image_id>/<any(thumbnail, preview, phone, viewer, large):kind>
editor   POST         /images/<int:image_id>/collections
editor   POST         /images/<int:image_id>/collections/<int:collection_id>/remove
editor   POST         /images/<int:image_id>/generate
editor   POST         /images/<int:image_id>/refine
editor   POST         /images/<int:image_id>/restore
editor   POST         /images/<int:image_id>/revisions/<int:revision_id>/restore
viewer   GET          /images/<int:image_id>/neighbours
viewer   GET          /images/<int:image_id>/row
editor   POST         /images/<int:image_id>/suggestion
editor   POST         /images/<int:image_id>/trash
door     GET,POST     /invitation/<key>
viewer   GET          /keys
editor   GET          /look-alikes
editor   POST         /look-alikes/<int:first_id>/<int:second_id>
editor   POST         /look-alikes/<int:first_id>/<int:second_id>/undo
viewer   GET          /palette
viewer   GET          /parts
owner!   GET,POST     /people
owner!   POST         /people/<int:person_id>
owner!   POST         /people/<int:person_id>/remove
owner!   POST         /people/<int:person_id>/reset
owner!   POST         /people/invitations/<int:ticket_id>/withdraw
door     POST         /preferences
all      GET          /readyz
door     GET,POST     /reset/<key>
editor   GET          /review
editor   GET,POST     /review/<int:image_id>
editor   GET          /review/counts
editor   POST         /samples
viewer   GET          /search-hints.json
owner    GET          /settings
owner!   POST         /settings/key
owner!   POST         /settings/logo
owner!   POST         /settings/test
owner!   POST         /settings/values/<name>
owner    GET,POST     /settings/voice
owner    POST         /settings/voice/<int:voice_id>/restore
owner    POST         /settings/voice/preview
door     GET          /share/<key>
door     GET          /share/<key>/
door     GET          /share/<key>/<path:_rest>
door     GET          /share/<key>/<int:image_id>
door     GET          /share/<key>/<int:image_id>/<any(thumbnail, preview, phone, viewer, large, original):kind>
door     GET          /share/<key>/<int:image_id>/neighbours
door     GET,POST     /share/<key>/enter
door     GET,POST     /share/<key>/favourites
editor   GET,POST     /shared
editor   GET,POST     /shared/<int:share_id>
editor   POST         /shared/<int:share_id>/address
editor   GET          /shared/<int:share_id>/folder.zip
editor   POST         /shared/<int:share_id>/revoke
editor   POST         /shared/<int:share_id>/visitors/<int:visitor_id>/collection
editor   POST         /shared/<int:share_id>/visitors/<int:visitor_id>/delete
editor   GET          /shared/new
door     GET,POST     /sign-in
door     POST         /sign-in/organisation
door     GET          /sign-in/organisation/back
door     POST         /sign-out
all      GET          /static/<path:name>
door     GET          /studio/logo
viewer   GET          /static/uploads/<path:name>
editor   GET          /tags
editor   GET          /tags/edit
editor   POST         /tags/merge
editor   POST         /tags/remove
editor   POST         /tags/rename
editor   GET          /trash
editor   GET          /trash/<int:image_id>/thumbnail
owner    POST         /trash/empty
editor   GET          /usage
owner    GET          /usage.csv
editor   GET,POST     /views
editor   POST         /views/<int:view_id>
editor   POST         /views/<int:view_id>/delete
"""
# Each role may do what those before it may.
ORDER = ("all", "door", "viewer", "editor", "owner")
CALLERS = ("nobody", "viewer", "editor", "owner", "token", "viewer token")
ROLE = {"nobody": "door", "token": "owner", "viewer token": "viewer"}
FILLED = {"int": "4711", "path": "nothing.jpg", "any": "thumbnail", "": "nothing"}
# These end sessions, so that the next call would be turned away.
ENDS = {"/sign-out", "/account/password", "/account/sessions/end-others"}
# These answer 401 by themselves, to a wrong password.
ASKS = {"/sign-in", "/account/password"}
OVERRIDE = dict.fromkeys(("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"), "GET")
Calls = dict[tuple[str, str], str]


def table() -> Calls:
    found: Calls = {}
    for line in TABLE.strip().splitlines():
        who, methods, address = line.split(maxsplit=2)
        for method in methods.split(","):
            assert (method, address) not in found, line
            found[method, address] = who
    return found


def served(app: APIFlask) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def filled(address: str) -> str:
    """Put something in the place of each argument that is not there."""
    return re.sub(r"<(?:([^:<>]+):)?\w+>", lambda match: FILLED[(match[1] or "").partition("(")[0]], address)


@pytest.fixture
def callers(
    app: APIFlask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Callable[[], FlaskClient]]:
    """Return for each kind of caller how to become one."""
    add_person(session, "owner")

    def person(role: str) -> FlaskClient:
        # Another one each time: some calls end the other sessions of whoever makes them.
        return signed_in(app, add_person(session, role))

    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "one.jpg").write_bytes(picture())
    monkeypatch.setattr(uploads, "SAMPLES", tmp_path / "samples")
    return {
        "nobody": app.test_client,
        "viewer": lambda: person("viewer"),
        "editor": lambda: person("editor"),
        "owner": lambda: person("owner"),
        "token": lambda: with_token(app, add_person(session, "owner")),
        "viewer token": lambda: with_token(app, add_person(session, "owner"), "viewer"),
    }


@pytest.fixture
def reached(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what the guard let through."""
    found: list[str] = []
    real = app.dispatch_request

    def noted() -> ResponseReturnValue:
        found.append(request.path)
        return real()

    monkeypatch.setattr(app, "dispatch_request", noted)
    return found


def expected(who: str, caller: str, method: str, address: str) -> tuple[int, ...]:
    """Return the statuses that a caller is turned away with; none where the call is allowed."""
    role, in_person = who.rstrip("!"), who.endswith("!")
    if role in ("all", "door"):
        return ()
    if caller == "nobody":
        return (303,) if method == "GET" and not address.startswith("/api/") else (401,)
    if in_person and "token" in caller:
        return (403,)
    return () if ORDER.index(ROLE.get(caller, caller)) >= ORDER.index(role) else (403,)


def allowed(answer: TestResponse, address: str) -> bool:
    refused = (403,) if address in ASKS else (401, 403)
    return answer.status_code < 500 and answer.status_code not in refused


def test_every_address_is_in_the_table_and_nothing_else(app: APIFlask) -> None:
    assert served(app) - set(table()) == set(), "there is no line for these"
    assert set(table()) - served(app) == set(), "these are not served"
    assert {who.rstrip("!") for who in table().values()} <= set(ORDER)


def test_every_endpoint_says_who_may(app: APIFlask) -> None:
    assert [rule.endpoint for rule in app.url_map.iter_rules() if rule_of(app, rule.endpoint) is None] == []


def test_an_endpoint_says_it_once() -> None:
    @own_account
    def view() -> str:
        return ""

    for again in (public, requires("viewer")):
        with pytest.raises(TypeError):
            again(view)


def test_everybody_may_do_what_the_table_says(
    callers: dict[str, Callable[[], FlaskClient]], reached: list[str]
) -> None:
    wrong = []
    for caller in CALLERS:
        client = callers[caller]()
        for (method, address), who in table().items():
            one = callers[caller]() if address in ENDS else client
            answer = one.open(filled(address), method=method, buffered=True)
            wanted = expected(who, caller, method, address)
            right = answer.status_code in wanted if wanted else allowed(answer, address)
            if not right or bool(reached) == bool(wanted):
                wrong.append((caller, method, address, who, answer.status_code))
            reached.clear()
    assert wrong == []


def test_no_other_method_gets_around_a_rule(callers: dict[str, Callable[[], FlaskClient]]) -> None:
    """HEAD and OPTIONS tell nobody more than GET does, and a method that is made up reaches nothing."""
    nobody, viewer = callers["nobody"](), callers["viewer"]()
    for (method, address), who in table().items():
        if who in ("all", "door"):
            continue
        for other in ("HEAD", "OPTIONS", "BREW"):
            answer = nobody.open(filled(address), method=other)
            assert answer.status_code in (303, 401), (other, address)
            assert "Allow" not in answer.headers, address
        if method == "POST" and expected(who, "viewer", method, address):
            assert viewer.post(f"{filled(address)}?_method=GET", headers=OVERRIDE).status_code == 403, address


def test_an_address_without_a_rule_is_refused_to_everybody(
    app: APIFlask,
    client: FlaskClient,
    callers: dict[str, Callable[[], FlaskClient]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.view_functions, "library.library", lambda: "let in")
    for caller in CALLERS:
        assert callers[caller]().get("/").status_code == 403, caller
    assert client.get("/").status_code == 403


def test_what_is_not_there_says_so_to_those_who_may_look(
    callers: dict[str, Callable[[], FlaskClient]],
) -> None:
    for caller in CALLERS:
        codes = [callers[caller]().get(address).status_code for address in ("/nowhere", "/api/nowhere")]
        assert codes == ([303, 401] if caller == "nobody" else [404, 404]), caller


def test_the_refusal_names_the_role_it_takes(callers: dict[str, Callable[[], FlaskClient]]) -> None:
    answer = callers["viewer"]().post("/api/trash/empty")
    sentence = answer.get_json()["error"]["message"]
    assert sentence == "You are a viewer; this takes an owner. Ask an owner if you need it."
    assert "takes an editor" in callers["viewer"]().get("/batches").get_data(as_text=True)


def test_a_viewer_sees_nothing_of_the_trash(
    app: APIFlask, client: FlaskClient, callers: dict[str, Callable[[], FlaskClient]]
) -> None:
    """The page of the trash is for editors, and so is every other way to list it."""
    viewer, editor = callers["viewer"](), callers["editor"]()
    kept, trashed = added(editor, "kept.jpg"), added(editor, "trashed heron.jpg")
    assert editor.delete(f"/api/images/{trashed['id']}").status_code == 204
    assert [image["id"] for image in editor.get("/api/images?trashed=1").get_json()["images"]] == [
        trashed["id"]
    ]
    assert viewer.get("/api/images?trashed=1").status_code == 403
    assert viewer.get("/trash").status_code == 403
    for address in (
        "/",
        "/?trashed=1",
        "/export.csv",
        "/export.csv?trashed=1",
        f"/export.csv?ids={trashed['id']}",
    ):
        assert "trashed heron" not in viewer.get(address).get_data(as_text=True), address
    for address in (f"/images/{trashed['id']}", f"/api/images/{trashed['id']}", trashed["urls"]["original"]):
        assert viewer.get(address).status_code == 404
    assert viewer.get(f"/api/images/{kept['id']}").status_code == 200


def test_devices_and_tokens_of_others_are_not_there(
    app: APIFlask, session: Session, callers: dict[str, Callable[[], FlaskClient]]
) -> None:
    """Their numbers are easy to guess; each person has to do with their own only, and an owner is no exception."""
    callers["editor"](), callers["token"]()
    theirs = session.query(PersonSession).order_by(PersonSession.id.desc()).first()
    token = session.query(ApiToken).first()
    assert theirs
    assert token
    viewer, owner = callers["viewer"](), callers["owner"]()
    for caller in (viewer, owner):
        assert caller.post(f"/account/sessions/{theirs.id}/end").status_code == 404
    assert viewer.post(f"/account/tokens/{token.id}/remove").status_code == 404
    assert session.query(ApiToken).count() == 1
