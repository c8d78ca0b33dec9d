"""The history over HTTP: listed, restored, and by whom."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from artworks.taxonomy import categories
from artworks.taxonomy import queries as taxonomy
from models import Revision
from tests.support.factories import added


def history(client: FlaskClient, image: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/images/{image['id']}/revisions").get_json()["revisions"]
    return found


def restore(client: FlaskClient, image: dict[str, Any], revision: int, version: int) -> Any:
    address = f"/api/images/{image['id']}/revisions/{revision}/restore"
    return client.post(address, json={"version": version})


def test_every_edit_is_one_revision_newest_first(client: FlaskClient) -> None:
    image = added(client, post_title="Heron", hashtags=["bird"])
    newest, upload = history(client, image)
    assert set(newest) == {"id", "at", "by", "action", "changes"}
    assert (newest["by"], newest["action"]) == ("person", "edit")
    assert newest["changes"] == {"post_title": ["", "Heron"], "hashtags": [[], ["#bird"]]}
    assert (upload["action"], upload["changes"]) == ("upload", {})


def test_going_back_and_back_again(client: FlaskClient) -> None:
    image = added(client, post_title="First")
    first = history(client, image)[0]["id"]
    change = {"version": image["version"], "post_title": "Second", "category": "Prints"}
    second = client.patch(f"/api/images/{image['id']}", json=change).get_json()
    latest = history(client, image)[0]["id"]
    back = restore(client, image, first, second["version"]).get_json()
    assert (back["post_title"], back["category"], back["version"]) == ("First", "", second["version"] + 1)
    forth = restore(client, image, latest, back["version"]).get_json()
    assert (forth["post_title"], forth["category"], forth["origins"]) == (
        "Second",
        "Prints",
        second["origins"],
    )
    assert [revision["action"] for revision in history(client, image)][:2] == ["restore", "restore"]


def test_going_back_from_an_old_version_is_a_conflict(client: FlaskClient) -> None:
    image = added(client, post_title="First")
    answer = restore(client, image, history(client, image)[1]["id"], 1)
    assert answer.status_code == 409
    assert answer.get_json()["current"]["post_title"] == "First"


def test_a_revision_that_is_not_this_pictures_is_404(client: FlaskClient) -> None:
    image, other = added(client), added(client)
    for number in (history(client, other)[0]["id"], 4711, 10**30):
        assert restore(client, image, number, 1).status_code == 404


def test_restoring_needs_a_version_and_nothing_else(client: FlaskClient) -> None:
    image = added(client)
    address = f"/api/images/{image['id']}/revisions/{history(client, image)[0]['id']}/restore"
    for body in ({}, {"version": "x"}, {"version": 1, "force": True}):
        assert client.post(address, json=body).status_code == 422
    assert client.post(address, data="{", content_type="application/json").status_code == 400


def test_the_page_tells_the_history_in_sentences(client: FlaskClient) -> None:
    image = added(client, post_title="Heron", hashtags="bird", status="ready")
    change = {"version": image["version"], "status": "draft"}
    client.patch(f"/api/images/{image['id']}", json=change)
    client.delete(f"/api/images/{image['id']}")
    client.post(f"/api/images/{image['id']}/restore")
    page = client.get(f"/images/{image['id']}").get_data(as_text=True)
    for sentence in (
        "You added the picture", "You changed the title and hashtags", "You marked it draft",
        "You moved it to the trash", "You took it out of the trash",
    ):  # fmt: skip
        assert sentence in page


def test_statuses_of_one_sitting_are_one_line(client: FlaskClient) -> None:
    image = added(client, post_title="Heron")
    for status in ("ready", "draft", "ready"):
        image = client.patch(
            f"/api/images/{image['id']}", json={"version": image["version"], "status": status}
        ).get_json()
    client.patch(f"/api/images/{image['id']}", json={"version": image["version"], "alt_text": "A heron."})
    page = client.get(f"/images/{image['id']}").get_data(as_text=True)
    assert re.findall(r'"history-what">([^<]+)<', page) == [
        "You changed the alt text",
        "You marked it ready, draft, ready",
        "You changed the title",
        "You added the picture",
    ]
    # Going back to it is going back to the last of them.
    newest = history(client, image)[1]
    assert f"/revisions/{newest['id']}/restore" in page
    assert page.count("Go back to this") == 3


def test_going_back_says_what_it_did_with_and_without_scripts(client: FlaskClient, session: Session) -> None:
    image = added(client, category="Oils", hashtags="herron")
    first = history(client, image)[0]
    change = {"version": image["version"], "category": "", "hashtags": "", "post_title": "Dusk"}
    image = client.patch(f"/api/images/{image['id']}", json=change).get_json()
    oils = taxonomy.by_name(session, "Oils")
    assert oils is not None
    categories.change(session, oils.id, name="Oil paintings")
    at = datetime(2021, 5, 12, tzinfo=UTC)
    session.execute(update(Revision).where(Revision.id == first["id"]).values(at=at))
    session.commit()
    told = "Went back to the words of 12 May 2021. The category “Oils” is called “Oil paintings” now."
    back = restore(client, image, first["id"], image["version"]).get_json()
    assert (back["message"], back["category"], back["hashtags"]) == (told, "Oil paintings", ["#herron"])
    newest = history(client, image)[1]["id"]
    client.post(f"/images/{image['id']}/revisions/{newest}/restore", data={"version": back["version"]})
    page = client.get(f"/images/{image['id']}").get_data(as_text=True)
    assert re.search(r"Went back to the words of today, \d\d:\d\d\.", page)


def test_going_back_to_no_words_says_that_the_picture_is_a_draft(client: FlaskClient) -> None:
    image = added(client, post_title="Dusk", status="ready")
    back = restore(client, image, history(client, image)[1]["id"], image["version"]).get_json()
    assert back["status"] == "draft"
    assert back["message"].endswith(". Not one word is left, so the picture is a draft again.")
