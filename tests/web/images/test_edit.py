"""Editing a picture: PATCH /api/images/<id>."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

from apiflask import APIFlask
from flask.testing import FlaskClient

from artworks.core.fields import LIMITS
from artworks.texts.folding import fold, is_seen
from models import db
from tests.support.factories import added
from tests.support.material import kept, naughty, statements

TEXTS = tuple(LIMITS)
FORM = "application/x-www-form-urlencoded"


def address(image: dict[str, Any]) -> str:
    return f"/api/images/{image['id']}"


def test_an_edit_changes_only_its_field_and_counts_one_version(client: FlaskClient) -> None:
    image = added(client)
    answer = client.patch(address(image), json={"version": 1, "post_title": " Café ", "category": "Prints"})
    now = answer.get_json()
    assert answer.status_code == 200
    assert (now["post_title"], now["category"], now["description"]) == ("Café", "Prints", "")
    assert now["version"] == 2
    assert now["origins"] == {"post_title": "person", "category": "person"}


def test_a_stale_version_is_a_conflict_that_shows_what_is_there(client: FlaskClient) -> None:
    image = added(client, post_title="First")
    answer = client.patch(address(image), json={"version": 1, "post_title": "Second"})
    assert answer.status_code == 409
    assert answer.get_json()["error"]["code"] == "conflict"
    assert answer.get_json()["current"]["post_title"] == "First"


def test_an_edit_that_changes_nothing_leaves_version_and_history_alone(client: FlaskClient) -> None:
    image = added(client, post_title="Heron", hashtags=["#heron"])
    same = {"version": image["version"], "post_title": "Heron ", "hashtags": "heron"}
    assert client.patch(address(image), json=same).get_json() == image
    assert len(client.get(f"{address(image)}/revisions").get_json()["revisions"]) == 2


def test_editing_a_picture_that_is_not_there_is_404(client: FlaskClient) -> None:
    for number in (4711, 2**63, 10**30):
        answer = client.patch(f"/api/images/{number}", json={"version": 1, "post_title": "x"})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


def test_text_up_to_the_limit_is_kept_and_one_more_character_refused(client: FlaskClient) -> None:
    image = added(client)
    for version, (field, limit) in enumerate(LIMITS.items(), start=1):
        too_long = client.patch(address(image), json={"version": version, field: "🎨" * (limit + 1)})
        assert (too_long.status_code, too_long.get_json()["error"]["field"]) == (422, field)
        exactly = client.patch(address(image), json={"version": version, field: f" {'🎨' * limit}\n"})
        assert exactly.get_json()[field] == "🎨" * limit


def test_hashtags_up_to_the_limits_are_kept_and_more_refused(client: FlaskClient) -> None:
    image = added(client)
    for tags in ([f"t{n}" for n in range(61)], ["x" * 100]):
        answer = client.patch(address(image), json={"version": 1, "hashtags": tags})
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "hashtags")
    most = [f"t{n}" for n in range(59)] + ["x" * 99]
    answer = client.patch(address(image), json={"version": 1, "hashtags": most})
    assert answer.get_json()["hashtags"] == ["#" + tag for tag in most]


def test_characters_that_cannot_be_kept_are_refused_in_every_field(client: FlaskClient) -> None:
    image = added(client)
    for field in (*TEXTS, "hashtags"):
        for bad in ("a\0b", "\ud800", "x\udfff"):
            answer = client.patch(address(image), json={"version": 1, field: bad})
            assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, field)
    assert client.get(address(image)).get_json() == image


MISFITS: list[dict[str, Any]] = [
    {"title": "x"}, {"id": 7}, {"original_filename": "x"}, {"origins": {}}, {"width": 1},
    {"post_title": None}, {"post_title": 5}, {"post_title": ["x"]}, {"description": {}},
    {"hashtags": None}, {"hashtags": [1]}, {"hashtags": {"a": 1}}, {"hashtags": [["a"]]},
    {"status": "gone"}, {"status": ""}, {"status": None}, {"version": 0}, {"version": "x"},
    {"version": None}, {"version": 2**40}, {"version": 1.5},
]  # fmt: skip


def test_unknown_keys_and_values_of_the_wrong_kind_are_refused(client: FlaskClient) -> None:
    image = added(client)
    for change in MISFITS:
        answer = client.patch(address(image), json={"version": 1, "alt_text": "A heron", **change})
        error = answer.get_json()["error"]
        assert (answer.status_code, error["code"], error["field"]) == (422, "invalid", next(iter(change)))
    assert client.get(address(image)).get_json() == image


def test_an_edit_without_a_version_is_refused(client: FlaskClient) -> None:
    image = added(client)
    answer = client.patch(address(image), json={"post_title": "x"})
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "version")


BROKEN = (
    "{", '{"version": 1, "post_title": "x"', b"\xff\xfe", "[" * 100_000, '{"version":' + "9" * 5000 + "}",
)  # fmt: skip


def test_broken_json_is_a_400_and_changes_nothing(client: FlaskClient) -> None:
    image = added(client)
    for body in BROKEN:
        answer = client.patch(address(image), data=body, content_type="application/json")
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_request")
    assert client.get(address(image)).get_json() == image


def test_json_that_is_no_object_is_refused(client: FlaskClient) -> None:
    image = added(client)
    for body in ("[1]", '"x"', "7", "null", ""):
        answer = client.patch(address(image), data=body, content_type="application/json")
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "invalid")


def test_a_huge_json_body_is_refused_by_its_length(client: FlaskClient) -> None:
    answer = client.patch(address(added(client)), json={"version": 1, "description": "x" * 2_000_000})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "too_large")


def test_a_huge_body_in_chunks_is_refused_and_never_cut_off(client: FlaskClient) -> None:
    image = added(client)
    # The words come first, so that what a limit leaves of this could be saved.
    form = urlencode({"version": 1, "post_title": "Half", "more": "x" * 2_000_000}).encode()
    sent = {f"/images/{image['id']}": form, address(image): b'{"version": 1}' + b" " * 2_000_000}
    for place, body in sent.items():
        answer = client.open(
            place,
            method="PATCH" if place.startswith("/api/") else "POST",
            input_stream=io.BytesIO(body),
            content_type="application/json" if place.startswith("/api/") else FORM,
            environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        )
        assert answer.status_code == 413, place
    assert client.get(address(image)).get_json() == image


def test_an_edit_takes_at_most_four_statements(app: APIFlask, client: FlaskClient) -> None:
    image = added(client, category="Prints")
    change = {"version": image["version"], "post_title": "Heron", "status": "ready", "hashtags": "heron"}
    with app.app_context(), statements(db.engine) as sent:
        client.patch(address(image), json=change)
    assert len(sent) <= 4, sent


def test_a_category_is_found_again_whatever_its_case_and_can_be_taken_off(client: FlaskClient) -> None:
    added(client, category="Straße")
    image = added(client, category="sTRAßE")
    assert image["category"] == "Straße"
    names = client.get("/api/categories").get_json()["categories"]
    assert [(one["name"], one["count"]) for one in names] == [("Straße", 2)]
    cleared = client.patch(address(image), json={"version": image["version"], "category": ""}).get_json()
    assert (cleared["category"], cleared["origins"]) == ("", {})


def test_every_naughty_string_is_kept_exactly_or_refused(client: FlaskClient) -> None:
    """Several at once, each in another field; the other pairs of text and field are in the tests of `words`."""
    where, version = address(added(client)), 1
    for start in range(0, len(naughty()), len(TEXTS)):
        given = dict(zip(TEXTS, naughty()[start:], strict=False))
        fitting = {field: text for field, text in given.items() if len(kept(text)) <= LIMITS[field]}
        # A name that nobody could see is refused.
        if kept(fitting.get("category", "")) and not is_seen(fitting["category"]):
            unseen = {"version": version, "category": fitting.pop("category")}
            assert client.patch(where, json=unseen).get_json()["error"]["field"] == "category"
        now = client.patch(where, json={"version": version, **fitting}).get_json()
        # A category takes the spelling that its name had first.
        assert fold(now["category"]) == fold(fitting.pop("category", now["category"]))
        # Signs that are not drawn are no text.
        seen = {field: kept(text) if fold(text) else "" for field, text in fitting.items()}
        assert {field: now[field] for field in fitting} == seen
        version = now["version"]
        for field in given.keys() - fitting.keys() - {"category"}:
            assert client.patch(where, json={"version": version, field: given[field]}).status_code == 422


def test_another_spelling_of_a_category_is_no_change(client: FlaskClient) -> None:
    image = added(client, category="Prints")
    again = client.patch(f"/api/images/{image['id']}", json={"version": 2, "category": "PRINTS"}).get_json()
    assert (again["category"], again["version"]) == ("Prints", 2)
    history = client.get(f"/api/images/{image['id']}/revisions").get_json()["revisions"]
    assert [change["action"] for change in history] == ["edit", "upload"]
