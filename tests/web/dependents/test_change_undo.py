"""What was made or changed besides pictures is taken back, unless somebody changed it since."""

from __future__ import annotations

import re
from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.factories import added
from tests.support.people import as_role
from tests.web.images.test_undo import undo_of

THINGS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "collections": ({"name": "Spring"}, {"name": "Spring show", "note": "In May"}, {"note": "In June"}),
    "views": ({"name": "Herons", "filters": {"q": "heron"}}, {"name": "Birds"}, {"name": "All birds"}),
    "categories": ({"name": "Prints / Linocut"}, {"name": "Lino", "parent_id": None}, {"name": "Cuts"}),
    "shares": (
        {"title": "For Mara"},
        {"title": "For Ana", "with_words": True, "days": 30, "passcode": "low tide"},
        {"passcode": ""},
    ),
}


def found(client: FlaskClient, kind: str) -> list[dict[str, Any]]:
    key = {"categories": "/api/categories?empty=1"}.get(kind, f"/api/{kind}")
    rows: list[dict[str, Any]] = client.get(key).get_json()[kind]
    return [
        {name: value for name, value in row.items() if name not in ("version", "revoked_at")} for row in rows
    ]


def test_changes_are_taken_back_in_turn_and_not_over_somebody_elses(client: FlaskClient) -> None:
    image = added(client)
    for kind, (made, first, second) in THINGS.items():
        more = {"image_ids": [image["id"]]} if kind == "shares" else {}
        created = client.post(f"/api/{kind}", json={**made, **more})
        thing, before = created.get_json(), found(client, kind)
        address, version = f"/api/{kind}/{thing['id']}", thing["version"]
        undos = []
        for changes in (first, second):
            answer = client.patch(address, json={"version": version, **changes})
            version = answer.get_json()["version"]
            undos.append(undo_of(answer))
        early = client.post(undos[0])
        assert (early.status_code, "changed since" in early.text) == (409, kind != "collections" or True), (
            kind
        )
        for undo in reversed(undos):
            assert client.post(undo).status_code == 200, kind
        assert found(client, kind) == before, kind
        assert client.post(undos[0]).status_code == 409
        assert client.post(undo_of(created)).status_code == 200
        left = [one.get("state", one.get("name")) for one in found(client, kind)]
        assert left == {"categories": ["Prints"], "shares": ["revoked"]}.get(kind, []), kind


def test_what_was_made_stays_once_something_is_in_it(client: FlaskClient) -> None:
    shelf = client.post("/api/collections", json={"name": "Coast"})
    category = client.post("/api/categories", json={"name": "Prints"})
    image = added(client, category="Prints")
    client.post(f"/api/collections/{shelf.get_json()['id']}/images", json={"ids": [image["id"]]})
    for made in (shelf, category):
        answer = client.post(undo_of(made))
        assert (answer.status_code, "has pictures or parts by now" in answer.text) == (409, True)
    assert client.get(f"/api/images/{image['id']}").get_json()["category"] == "Prints"


def test_a_move_in_a_collection_is_taken_back_unless_it_was_moved_since(client: FlaskClient) -> None:
    ids = [added(client)["id"] for _ in range(3)]
    client.post("/api/collections", json={"name": "Coast"})
    client.post("/api/collections/1/images", json={"ids": ids})

    def move(image_id: int, before: int | None, arranged: int) -> str:
        body = {"image_id": image_id, "before": before, "arranged": arranged}
        return undo_of(client.post("/api/collections/1/order", json=body))

    def order() -> list[int]:
        page = client.get("/collections/1").get_data(as_text=True)
        return list(map(int, re.findall(r'data-place="(\d+)"', page)))

    first, second = move(ids[2], ids[0], 1), move(ids[2], None, 2)
    assert client.post(first).status_code == 409
    assert client.post(second).get_json() == {"arranged": 4}
    assert order() == [ids[2], ids[0], ids[1]]
    assert client.post(first).status_code == 200
    assert order() == ids
    assert client.post(first).status_code == 409
    assert client.post(first.replace("place=", "place=nan&x=")).status_code == 422
    assert client.post(first.replace(f"/{ids[2]}/", "/4711/")).status_code == 404


def test_a_voice_is_taken_back_by_owners_only(app: APIFlask, session: Session) -> None:
    owner, editor = as_role(app, session, "owner"), as_role(app, session, "editor")
    undos, version = [], 0
    for guide in ("Calm.", "Loud."):
        answer = owner.put("/api/voice", json={"choices": {"guide": guide}, "version": version})
        version = answer.get_json()["version"]
        undos.append(undo_of(answer))
    assert editor.post(undos[1]).status_code == 403
    assert owner.post(undos[0]).status_code == 409
    for undo, guide in ((undos[1], "Calm."), (undos[0], "")):
        assert owner.post(undo).get_json()["choices"]["guide"] == guide
    assert owner.post(undos[1]).status_code == 409
    assert owner.post("/api/voice/versions/4711/restore?version=0").status_code == 404
