"""Words while they are typed: kept for whoever types them, seen by nobody else, published as one revision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from artworks.core.limits import SessionLimits
from artworks.images import autosaves
from artworks.maintenance import remove_expired
from models import Autosave
from tests.support.factories import added
from tests.support.people import add_person, signed_in

TAB = "tab-1"


def address(image: dict[str, Any], field: str = "description") -> str:
    return f"/api/images/{image['id']}/autosaves/{field}"


def type_words(client: FlaskClient, image: dict[str, Any], words: str, number: int, **more: Any) -> int:
    """Keep words of a description; tell the number of those that are kept."""
    body = {"tab": TAB, "number": number, "text": words, "was": image["description"], **more}
    answer = client.put(address(image), json=body)
    assert answer.status_code == 200, answer.get_json()
    kept: int = answer.get_json()["number"]
    return kept


def publish(client: FlaskClient, image: dict[str, Any], number: int, tab: str = TAB, **words: Any) -> Any:
    """End the typing as the page does, over the newest version."""
    version = client.get(f"/api/images/{image['id']}").get_json()["version"]
    body = {"version": version, "autosave": {"tab": tab, "number": number}, **words}
    return client.patch(f"/api/images/{image['id']}", json=body).get_json()


def kept(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/autosaves").get_json()["autosaves"]
    return found


def edits(client: FlaskClient, image: dict[str, Any]) -> list[Any]:
    """List what the history tells of edits, newest first."""
    found = client.get(f"/api/images/{image['id']}/revisions").get_json()["revisions"]
    return [one["changes"] for one in found if one["action"] == "edit"]


def test_what_is_typed_is_kept_and_in_nothing_that_others_see(client: FlaskClient) -> None:
    image = added(client, description="Mist.")
    assert type_words(client, image, " Mist over the ree", 7) == 7
    (row,) = kept(client)
    assert row["seconds"] >= 0
    assert row | {"seconds": 0, "at": ""} == {
        "image_id": image["id"], "field": "description", "tab": TAB, "number": 7, "seconds": 0, "at": "",
        "text": " Mist over the ree", "was": "Mist.",
    }  # fmt: skip
    assert client.get(f"/api/images/{image['id']}").get_json() == image
    for page in ("/", f"/images/{image['id']}", "/export.csv", "/?q=ree", "/api/images"):
        assert b"Mist over" not in client.get(page).data, page
    client.delete(f"/api/images/{image['id']}")
    assert kept(client) == []
    client.post(f"/api/images/{image['id']}/restore")
    assert len(kept(client)) == 1


def test_a_late_request_brings_nothing_older_back(client: FlaskClient) -> None:
    image = added(client)
    type_words(client, image, "Mist over", 5)
    assert type_words(client, image, "Mist", 4) == 5
    assert kept(client)[0]["text"] == "Mist over"
    # What was published or given up does not come back either, and another tab is another text.
    type_words(client, image, "Elsewhere", 1, tab="tab-2")
    publish(client, image, 5, description="Mist over")
    for number in (4, 5):
        assert type_words(client, image, "Mist over", number) == 5
    assert [row["text"] for row in kept(client)] == ["Elsewhere"]
    assert client.delete(f"{address(image)}?tab=tab-2&number=2").status_code == 204
    assert type_words(client, image, "Elsewhere", 1, tab="tab-2") == 2
    assert kept(client) == []


def test_words_go_with_their_publication_and_are_published_once(client: FlaskClient) -> None:
    image = added(client)
    body = {"version": 1, "autosave": {"tab": TAB, "number": 3}, "hashtags": "heron dusk"}
    first = client.patch(f"/api/images/{image['id']}", json=body).get_json()
    assert first["hashtags"] == ["#heron", "#dusk"]
    # The answer was lost, somebody changed it, and the page tries again.
    changed = client.patch(
        f"/api/images/{image['id']}", json={"version": 2, "hashtags": ["#mist"]}
    ).get_json()
    again = client.patch(f"/api/images/{image['id']}", json=body)
    assert (again.status_code, again.get_json()) == (200, changed)
    # What is refused is kept.
    type_words(client, image, "x", 4)
    stale = {"version": 1, "autosave": {"tab": TAB, "number": 4}, "description": "x"}
    assert client.patch(f"/api/images/{image['id']}", json=stale).status_code == 409
    assert len(kept(client)) == 1


def test_a_sitting_is_one_revision(client: FlaskClient, session: Session) -> None:
    image = added(client, description="Mist.")
    for number, words in enumerate(("Mist over", "Mist over the", "Mist over the reeds."), 1):
        now = publish(client, image, number, description=words)
    assert now["version"] == image["version"] + 3
    assert edits(client, image)[0] == {"description": ["Mist.", "Mist over the reeds."]}
    assert len(edits(client, image)) == 2
    # It ends with another tab, with something in between, and after ten minutes.
    publish(client, image, 1, "tab-2", description="Other tab.")
    publish(client, image, 4, description="Back.")
    assert len(edits(client, image)) == 4
    publish(client, image, 9, post_title="Heron")
    publish(client, image, 5, description="Between.")
    assert len(edits(client, image)) == 6
    session.execute(text("UPDATE revision SET at = at - interval '11 minutes'"))
    session.commit()
    publish(client, image, 6, description="Later.")
    assert edits(client, image)[0] == {"description": ["Between.", "Later."]}


def test_a_sitting_that_ends_where_it_began_never_was(client: FlaskClient, session: Session) -> None:
    image = added(client, description="Mist.")
    session.execute(text("""UPDATE image SET origins = '{"description": "ai"}'"""))
    session.commit()
    assert publish(client, image, 1, description="Fog.")["origins"] == {"description": "ai_edited"}
    now = publish(client, image, 2, description="Mist.")
    assert (now["description"], now["origins"]) == ("Mist.", {"description": "ai"})
    assert len(edits(client, image)) == 1
    # What comes next does not go on with what somebody else wrote before.
    publish(client, image, 3, description="Haze.")
    assert edits(client, image)[:2] == [{"description": ["Mist.", "Haze."]}, {"description": ["", "Mist."]}]


def test_nobody_reads_or_publishes_what_another_person_typed(app: APIFlask, session: Session) -> None:
    add_person(session, "owner")
    mara, jonas = (signed_in(app, add_person(session, "editor")) for _ in range(2))
    viewer = signed_in(app, add_person(session, "viewer"))
    image = added(mara)
    me = session.scalar(text("SELECT id FROM person WHERE role = 'editor' ORDER BY id LIMIT 1"))
    type_words(mara, image, "Hers", 1, person=me)
    assert kept(jonas) == []
    assert type_words(jonas, image, "His", 1) == 1
    assert [row["text"] for row in kept(mara)] == ["Hers"]
    # He has signed in where her page is still open.
    body = {"tab": TAB, "number": 2, "person": me}
    assert jonas.put(address(image), json={**body, "text": "Hers"}).status_code == 403
    edit = {"version": image["version"], "description": "Hers", "autosave": body}
    assert jonas.patch(f"/api/images/{image['id']}", json=edit).status_code == 403
    assert jonas.delete(address(image), query_string=body).status_code == 403
    for answer in (
        viewer.get("/api/autosaves"),
        viewer.put(address(image), json={"tab": TAB, "number": 1, "text": ""}),
    ):
        assert answer.status_code == 403
    assert app.test_client().get("/api/autosaves").status_code == 401
    # They go with the person.
    session.execute(text("DELETE FROM person WHERE id = :id"), {"id": me})
    session.commit()
    assert session.scalars(select(Autosave.text)).all() == ["His"]


BAD: list[dict[str, Any]] = [
    {"text": "x" * 20_001}, {"text": None}, {"text": "a\0b"}, {"text": "\ud800"}, {"was": "a\0b"}, {"number": 0},
    {"number": 2**63}, {"number": "x"}, {"tab": ""}, {"tab": "x" * 101}, {"tab": "a\0"}, {"person": "x"}, {"who": 1},
]  # fmt: skip


def test_bad_input_is_refused_in_words_and_keeps_what_is_there(client: FlaskClient) -> None:
    image = added(client)
    type_words(client, image, "x" * 20_000, 1)
    for bad in BAD:
        answer = client.put(address(image), json={"tab": TAB, "number": 2, "text": "Mist", **bad})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "invalid"), bad
        assert answer.get_json()["error"]["message"]
    body = {"tab": TAB, "number": 2, "text": "Mist"}
    for wrong in (address(image, "status"), address(image, "size"), address({"id": 4711})):
        assert client.put(wrong, json=body).status_code == 404
        assert client.delete(wrong, query_string={"tab": TAB, "number": 2}).status_code == 404
    assert client.delete(address(image)).status_code == 422
    typed = {"tab": TAB, "number": 2}
    for changes in ({"status": "draft"}, {"description": "a", "alt_text": "b"}, {}):
        edit = {"version": 1, "autosave": typed, **changes}
        answer = client.patch(f"/api/images/{image['id']}", json=edit)
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "autosave")
    assert [row["number"] for row in kept(client)] == [1]


def test_there_is_an_end_to_what_waits(
    client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autosaves, "MOST", 1)
    image = added(client)
    type_words(client, image, "Mist", 1)
    type_words(client, image, "Mist over", 2)
    more = client.put(address(image, "alt_text"), json={"tab": TAB, "number": 1, "text": "x"})
    assert (more.status_code, more.get_json()["error"]["code"]) == (409, "conflict")
    # For a month, and as long as the picture.
    for days, left in ((29, 1), (2, 0)):
        session.execute(text(f"UPDATE autosave SET updated_at = updated_at - interval '{days} days'"))
        remove_expired(session, SessionLimits(idle=timedelta(1), longest=timedelta(1)))
        assert session.scalar(select(func.count()).select_from(Autosave)) == left
    type_words(client, image, "Mist", 3)
    # What is in the trash nobody could look at first.
    client.delete(f"/api/images/{image['id']}")
    type_words(client, added(client, "Fog.jpg"), "Fog", 1)
    session.execute(text("DELETE FROM image"))
    assert session.scalars(select(Autosave.id)).all() == []
