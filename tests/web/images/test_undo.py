"""Taking back what was just done to one picture, by the address that the answer to it names."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.fakes.openai_behaviours import ok
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS, edit, generate, now, refine
from tests.support.factories import added
from tests.support.people import as_role


def undo_of(answer: TestResponse) -> str:
    """Return the address that takes back what an answer tells of."""
    found = re.fullmatch(r'<(.+)>; rel="undo"', answer.headers.get("Link", ""))
    assert found, answer.headers
    return found[1]


def change(client: FlaskClient, image_id: int, **words: Any) -> str:
    """Edit a picture as it is now and return the address of the undo."""
    version = now(client, image_id)["version"]
    return undo_of(client.patch(f"/api/images/{image_id}", json={"version": version, **words}))


def history(client: FlaskClient, image_id: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/images/{image_id}/revisions").get_json()["revisions"]
    return found


def without_version(image: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in image.items() if name not in ("version", "updated_at")}


def test_edits_are_taken_back_one_after_the_other_each_as_one_revision(client: FlaskClient) -> None:
    image = added(client, post_title="Heron", hashtags="heron")
    undos = [
        change(client, image["id"], post_title="Grey heron"),
        change(client, image["id"], status="ready"),
        change(client, image["id"], post_title="A heron", category="Birds", hashtags="#mist"),
    ]
    before = len(history(client, image["id"]))
    for undo in reversed(undos):
        assert client.post(undo).status_code == 200
    assert without_version(now(client, image["id"])) == without_version(image)
    assert [one["action"] for one in history(client, image["id"])[:3]] == ["undo"] * 3
    assert len(history(client, image["id"])) == before + 3
    page = client.get(f"/images/{image['id']}").get_data(as_text=True)
    assert "You took back a change of the title, hashtags and category" in page
    assert client.post(undos[0]).status_code == 409


def test_what_somebody_else_changed_since_stays_and_nothing_is_taken_back(client: FlaskClient) -> None:
    image = added(client, post_title="Heron")
    undo = change(client, image["id"], post_title="Grey heron", alt_text="A bird")
    theirs = edit(client, now(client, image["id"]), post_title="Theirs")
    answer = client.post(undo)
    assert answer.status_code == 409
    assert "title was changed since, so nothing was taken back" in answer.get_json()["error"]["message"]
    assert answer.get_json()["current"] == now(client, image["id"]) == theirs
    # Another field of the same picture is none of its business.
    other = change(client, image["id"], description="Mist.")
    edit(client, now(client, image["id"]), key_points="linocut")
    assert client.post(other).get_json()["key_points"] == "linocut"


def test_generated_words_go_with_who_wrote_them_and_the_suggestion(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist, post_title="Mine")
    openai_server.script(ok(WORDS))
    answer = generate(artist, image["id"]).get_json()
    assert (answer["image"]["status"], answer["suggestion"]["fields"]) == (
        "draft",
        {"post_title": WORDS["post_title"]},
    )
    back = artist.post(answer["undo"]).get_json()
    assert without_version(back) == without_version(image)
    openai_server.script(ok(WORDS))
    undo = generate(artist, image["id"]).get_json()["undo"]
    change(artist, image["id"], status="ready")
    approved = now(artist, image["id"])
    assert artist.post(undo).status_code == 409
    assert now(artist, image["id"]) == approved


def test_a_suggestion_that_was_taken_or_let_go_waits_again(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist)
    openai_server.script(ok(WORDS), ok({**WORDS, "post_title": "Dusk", "alt_text": "Hills."}))
    generate(artist, image["id"], fields=["post_title", "alt_text"])
    before = refine(artist, image["id"], fields=["post_title", "alt_text"]).get_json()["image"]
    waiting = before["suggestion"]["fields"]
    seen = {"version": before["version"], "suggestion": before["suggestion"]["id"]}
    taken = artist.post(
        f"/api/images/{image['id']}/suggestion/accept", json={**seen, "fields": ["post_title"]}
    )
    assert taken.get_json()["approved"] == ["post_title"]
    back = artist.post(undo_of(taken)).get_json()
    # Nobody had approved what AI wrote first, and that is so again.
    assert (back["post_title"], back["approved"]) == (WORDS["post_title"], [])
    assert back["suggestion"]["fields"] == waiting
    number = back["suggestion"]["id"]
    for fields in (["post_title"], ["alt_text"]):
        gone = artist.delete(
            f"/api/images/{image['id']}/suggestion",
            query_string={"suggestion": number, "fields": ",".join(fields)},
        )
    for _ in range(2):
        assert artist.post(undo_of(gone)).status_code == 200
    assert now(artist, image["id"])["suggestion"]["fields"] == waiting
    assert artist.post(undo_of(gone)).status_code == 404


def test_what_is_typed_in_one_sitting_is_taken_back_step_by_step(
    artist: FlaskClient, openai_server: FakeOpenAI
) -> None:
    image = added(artist)
    openai_server.script(ok(WORDS))
    written = generate(artist, image["id"], fields=["hashtags"]).get_json()["image"]
    undos: list[tuple[str, dict[str, str]]] = []
    texts = ["#dusk #hills", "#dusk", "#dusk #mist"]
    for number, (before, after) in enumerate(pairwise(texts), start=1):
        version = now(artist, image["id"])["version"]
        typed = {"tab": "t", "number": number}
        body = {"version": version, "hashtags": after, "autosave": typed}
        link = undo_of(artist.patch(f"/api/images/{image['id']}", json=body))
        revision = link.partition("revisions=")[2]
        step = {"field": "hashtags", "before": before, "after": after}
        undos.append((f"/api/images/{image['id']}/revisions/{revision}/undo", step))
    assert undos[0][0] == undos[1][0], "a sitting is one revision"
    assert artist.post(undos[0][0], json=undos[0][1]).status_code == 409
    back = artist.post(undos[1][0], json=undos[1][1]).get_json()
    assert (back["hashtags"], back["origins"]["hashtags"]) == (["#dusk"], "ai_edited")
    back = artist.post(undos[0][0], json=undos[0][1]).get_json()
    assert (back["hashtags"], back["origins"]) == (written["hashtags"], written["origins"])
    address, step = undos[0]
    for wrong, status in (
        ({**step, "field": "alt_text"}, 404),
        ({**step, "field": "status"}, 422),
        ({}, 422),
    ):
        assert artist.post(address, json=wrong).status_code == status


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("revisions=4711", 404),
        ("revisions=x", 422),
        ("revisions=", 409),
        ("suggestion=0", 422),
        ("sure=1", 422),
    ],
)
def test_an_undo_of_nothing_is_refused(client: FlaskClient, query: str, status: int) -> None:
    image = added(client)
    assert client.post(f"/api/images/{image['id']}/undo?{query}").status_code == status
    assert client.post("/api/images/4711/undo?revisions=1").status_code == 404
    assert client.post(f"/api/images/{image['id']}/suggestion/restore?suggestion=7").status_code == 404


def test_an_undo_is_for_editors_and_for_this_site(app: APIFlask, session: Session) -> None:
    editor, viewer = as_role(app, session, "editor"), as_role(app, session, "viewer")
    image, other = added(editor), added(editor)
    undo = change(editor, image["id"], post_title="Heron")
    assert viewer.post(undo).status_code == 403
    assert app.test_client().post(undo).status_code == 401
    assert editor.post(undo, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    # A revision of another picture is not there.
    assert editor.post(undo.replace(f"/{image['id']}/", f"/{other['id']}/")).status_code == 404
    editor.delete(f"/api/images/{image['id']}")
    assert editor.post(undo).status_code == 404
