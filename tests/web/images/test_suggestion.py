"""Taking and dismissing suggested words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from artworks.images import suggestions
from tests.fakes.openai_behaviours import ok
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS, edit, generate, now, refine
from tests.support.factories import added


@pytest.fixture
def image(artist: FlaskClient, openai_server: FakeOpenAI) -> dict[str, Any]:
    """Return a picture whose title and description have suggestions beside them."""
    image = added(artist, post_title="Mine", description="Mine too.")
    openai_server.script(ok(WORDS))
    answer = generate(artist, image["id"], fields=["post_title", "description"])
    given: dict[str, Any] = answer.get_json()["image"]
    return given


def accept(client: FlaskClient, image: dict[str, Any], **choice: Any) -> Any:
    seen = {"version": image["version"], "suggestion": number_of(image)}
    return client.post(f"/api/images/{image['id']}/suggestion/accept", json={**seen, **choice})


def number_of(image: dict[str, Any]) -> int:
    return image["suggestion"]["id"] if image.get("suggestion") else 1


def dismiss(client: FlaskClient, image: dict[str, Any], **query: Any) -> Any:
    seen = {"suggestion": number_of(image), **query}
    return client.delete(f"/api/images/{image['id']}/suggestion", query_string=seen)


def test_taking_all_replaces_the_words_and_empties_the_suggestion(
    artist: FlaskClient, image: dict[str, Any]
) -> None:
    assert image["status"] == "new"
    answer = accept(artist, image)
    taken = answer.get_json()
    assert answer.status_code == 200
    assert (taken["post_title"], taken["description"]) == (WORDS["post_title"], WORDS["description"])
    assert (taken["suggestion"], taken["status"]) == (None, "draft")
    assert taken["origins"] == {"post_title": "ai", "description": "ai"}
    assert now(artist, image["id"]) == taken


def test_taking_one_field_leaves_the_other_waiting(artist: FlaskClient, image: dict[str, Any]) -> None:
    taken = accept(artist, image, fields=["description"]).get_json()
    assert (taken["post_title"], taken["description"]) == ("Mine", WORDS["description"])
    assert taken["suggestion"]["fields"] == {"post_title": WORDS["post_title"]}
    assert taken["version"] == image["version"] + 1


def test_a_stale_version_takes_nothing_and_shows_what_is_there(
    artist: FlaskClient, image: dict[str, Any]
) -> None:
    edit(artist, image, post_title="Changed elsewhere")
    answer = accept(artist, image)
    assert answer.status_code == 409
    assert answer.get_json()["current"]["post_title"] == "Changed elsewhere"
    assert set(now(artist, image["id"])["suggestion"]["fields"]) == {"post_title", "description"}


@pytest.mark.parametrize("fields", [["alt_text"], ["price"], [], ["post_title", "alt_text"], "post_title"])
def test_a_field_that_is_not_suggested_is_refused(
    artist: FlaskClient, image: dict[str, Any], fields: Any
) -> None:
    answer = accept(artist, image, fields=fields)
    assert answer.status_code == 422
    assert answer.get_json()["error"]["field"] == "fields"
    assert now(artist, image["id"]) == image


def test_there_is_nothing_to_take_without_a_suggestion(artist: FlaskClient) -> None:
    image = added(artist)
    assert accept(artist, image).status_code == 404
    assert dismiss(artist, image).status_code == 404
    assert accept(artist, {"id": 999, "version": 1}).status_code == 404
    assert dismiss(artist, {"id": 999}).status_code == 404


def test_the_version_is_required(artist: FlaskClient, image: dict[str, Any]) -> None:
    answer = artist.post(f"/api/images/{image['id']}/suggestion/accept", json={})
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "version")


def test_a_suggestion_that_nobody_saw_is_neither_taken_nor_dismissed(
    artist: FlaskClient, openai_server: FakeOpenAI, image: dict[str, Any]
) -> None:
    """Another tab refined: the page still shows the first suggestion, and the version is the same."""
    openai_server.script(ok({"post_title": "Patient Forest In Ivory"}))
    newer = refine(artist, image["id"], fields=["post_title"]).get_json()["image"]
    assert (newer["version"], number_of(newer) != number_of(image)) == (image["version"], True)
    for answer in (
        accept(artist, image),
        dismiss(artist, image),
        dismiss(artist, image, fields="post_title"),
    ):
        assert answer.status_code == 409
        assert answer.get_json()["current"] == newer
        assert "newer suggestion" in answer.get_json()["error"]["message"]
    path, form = f"/images/{image['id']}/suggestion", {"suggestion": number_of(image), "version": 1}
    for back in ("", "?back=review"):
        for action in ("accept", "dismiss"):
            page = artist.post(path + back, data={**form, "action": action})
            assert page.status_code == 409
            assert "newer suggestion" in page.text
            assert "Patient Forest In Ivory" in page.text.replace("<ins>", "").replace("</ins>", "") or (
                "Ivory" in page.text
            )
    assert now(artist, image["id"]) == newer
    assert accept(artist, newer, fields=["post_title"]).get_json()["post_title"] == "Patient Forest In Ivory"


def test_a_page_of_before_is_told_to_load_again(artist: FlaskClient, image: dict[str, Any]) -> None:
    """Version 1.0.1 sent no id of the suggestion."""
    address = f"/api/images/{image['id']}/suggestion"
    for answer in (
        artist.post(f"{address}/accept", json={"version": image["version"]}),
        artist.delete(address),
        artist.delete(f"{address}?fields=post_title"),
    ):
        error = answer.get_json()["error"]
        assert (answer.status_code, error["field"]) == (422, "suggestion")
        assert "Load the page again" in error["message"]
    form = {"action": "dismiss", "field": "all", "version": str(image["version"])}
    page = artist.post(f"/images/{image['id']}/suggestion", data=form)
    assert page.status_code == 422
    assert "Load the page again" in page.text
    assert now(artist, image["id"]) == image


def test_dismissing_all_keeps_the_persons_words(artist: FlaskClient, image: dict[str, Any]) -> None:
    assert dismiss(artist, image).status_code == 204
    left = now(artist, image["id"])
    assert left["suggestion"] is None
    assert (left["post_title"], left["version"]) == ("Mine", image["version"])


def test_dismissing_some_leaves_the_others(artist: FlaskClient, image: dict[str, Any]) -> None:
    assert dismiss(artist, image, fields="post_title").status_code == 204
    assert now(artist, image["id"])["suggestion"]["fields"] == {"description": WORDS["description"]}
    assert dismiss(artist, image, fields="post_title").status_code == 422
    path = f"/api/images/{image['id']}/suggestion?suggestion={number_of(image)}"
    assert artist.delete(path, headers={"Origin": "https://evil.example"}).status_code == 403


def test_taken_words_are_in_the_history_and_can_be_undone(artist: FlaskClient, image: dict[str, Any]) -> None:
    taken = accept(artist, image).get_json()
    history = artist.get(f"/api/images/{image['id']}/revisions").get_json()["revisions"]
    assert (history[0]["action"], history[0]["by"]) == ("accept", "person")
    assert history[0]["changes"]["post_title"] == ["Mine", WORDS["post_title"]]
    back = artist.post(
        f"/api/images/{image['id']}/revisions/{history[1]['id']}/restore", json={"version": taken["version"]}
    ).get_json()
    assert (back["post_title"], back["origins"]["post_title"]) == ("Mine", "person")


def test_a_later_suggestion_has_its_own_time(
    artist: FlaskClient, openai_server: FakeOpenAI, image: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Later:
            return cls(2031, 1, 2, 3, 4, 5, tzinfo=UTC)

    monkeypatch.setattr(suggestions, "datetime", Later)
    openai_server.script(ok({"post_title": "Another"}))
    body = generate(artist, image["id"], fields=["post_title"]).get_json()
    assert body["suggestion"]["created_at"] == "2031-01-02T03:04:05Z"


def test_plain_forms_take_and_dismiss(artist: FlaskClient, image: dict[str, Any]) -> None:
    path = f"/images/{image['id']}/suggestion"
    seen = {"suggestion": str(number_of(image))}
    form = {"action": "accept", "field": "post_title", "version": str(image["version"]), **seen}
    assert artist.post(path, data=form).status_code == 303
    assert artist.post(path, data={"action": "dismiss", "field": "all", **seen}).status_code == 303
    left = now(artist, image["id"])
    assert (left["post_title"], left["description"], left["suggestion"]) == (
        WORDS["post_title"],
        "Mine too.",
        None,
    )
    assert artist.post(path, data={"action": "burn", "version": "1"}).status_code == 400
