"""One change of many pictures over the API and by plain forms, and its undo."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.factories import added
from tests.support.material import row

EVERYTHING: dict[str, Any] = {"filter": {}}


def patch(client: FlaskClient, select: dict[str, Any] = EVERYTHING, **change: Any) -> dict[str, Any]:
    answer = client.patch("/api/images", json={"select": select, **change})
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.get_json()
    return done


def undo(client: FlaskClient, done: dict[str, Any]) -> TestResponse:
    return client.post(f"/api/bulk-edits/{done['bulk_edit_id']}/undo")


def now(client: FlaskClient, image: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/images/{image['id']}").get_json()
    return found


def collection(client: FlaskClient, name: str = "Spring show") -> int:
    return int(client.post("/api/collections", json={"name": name}).get_json()["id"])


def test_the_chosen_ones_are_changed_and_taken_back(client: FlaskClient) -> None:
    one = added(client, category="Paper", hashtags="heron wip")
    two, other = added(client), added(client)
    done = patch(
        client, {"ids": [one["id"], two["id"], 4711]}, set={"category": "Prints", "status": "ready"},
        add_hashtags=["#dusk"], remove_hashtags=["#WIP"],
    )  # fmt: skip
    assert (done["changed"], done["left"]) == (2, 0)
    changed = now(client, one)
    assert (changed["category"], changed["status"], changed["hashtags"]) == (
        "Prints",
        "ready",
        ["#heron", "#dusk"],
    )
    assert changed["version"] == one["version"] + 1
    assert now(client, other) == other
    newest = client.get(f"/api/images/{one['id']}/revisions").get_json()["revisions"][0]
    assert (newest["by"], newest["action"]) == ("person", "edit")
    answer = undo(client, done)
    assert (answer.status_code, answer.get_json()) == (200, {"undone": 2, "left": 0, "partly": 0, "also": ""})
    assert now(client, one)["hashtags"] == ["#heron", "#wip"]
    assert undo(client, done).status_code == 409


def test_everything_that_matches_is_changed(client: FlaskClient) -> None:
    images = [added(client, category="Prints", hashtags="heron") for _ in range(3)]
    added(client, category="Paper", hashtags="heron")
    # Not those that nobody has seen: one more than the caller knows of came meanwhile.
    seen = {"select": {"filter": {"category": "Prints"}}, "most": 2}
    for refused in (
        client.patch("/api/images", json={**seen, "set": {"status": "ready"}}),
        client.post("/api/images/trash", json=seen),
    ):
        assert (refused.status_code, refused.get_json()["current"]) == (409, {"count": 3})
        assert now(client, images[0]) == images[0]
    assert (
        patch(client, {"filter": {"category": "Prints", "tag": "heron"}}, set={"status": "ready"})["changed"]
        == 3
    )
    assert {now(client, image)["status"] for image in images} == {"ready"}
    nothing = patch(client, {"filter": {"status": "ready"}}, set={"status": "ready"})
    assert nothing == {"changed": 0, "left": 0, "bulk_edit_id": None}


def test_hashtags_may_come_as_one_line_and_key_points_below_or_instead(client: FlaskClient) -> None:
    image = added(client, key_points="linocut")
    patch(client, add_hashtags="heron, #dusk", append_key_points="30 x 40 cm")
    assert now(client, image)["hashtags"] == ["#heron", "#dusk"]
    assert now(client, image)["key_points"] == "linocut\n30 x 40 cm"
    patch(client, set={"key_points": ""})
    assert now(client, image)["key_points"] == ""


def test_what_does_not_fit_is_left_and_counted(client: FlaskClient) -> None:
    full = added(client, hashtags=[f"#t{number}" for number in range(60)])
    added(client)
    done = patch(client, add_hashtags=["#more"])
    assert (done["changed"], done["left"]) == (1, 1)
    assert now(client, full) == full


def test_collections_are_filled_and_emptied(client: FlaskClient) -> None:
    images, number = [added(client) for _ in range(3)], collection(client)
    done = patch(client, {"ids": [image["id"] for image in images[:2]]}, collection_id=number)
    assert done["changed"] == 2

    def count() -> int:
        return int(client.get(f"/api/collections/{number}").get_json()["images"])

    assert count() == 2
    assert (
        patch(client, {"filter": {"collection": str(number)}}, remove_from_collection_id=number)["changed"]
        == 2
    )
    assert count() == 0
    assert (
        client.patch("/api/images", json={"select": EVERYTHING, "collection_id": number + 1}).get_json()[
            "error"
        ]["field"]
        == "collection_id"
    )


def test_many_go_to_the_trash_and_come_back(client: FlaskClient) -> None:
    images = [added(client) for _ in range(3)]
    select = {"ids": [image["id"] for image in images[:2]]}
    answer = client.post("/api/images/trash", json={"select": select})
    assert (answer.status_code, answer.get_json()["changed"]) == (200, 2)
    assert client.get("/api/images").get_json()["total"]["count"] == 1
    assert client.post("/api/images/trash", json={"select": select}).get_json()["changed"] == 0
    assert undo(client, answer.get_json()).get_json()["undone"] == 2
    assert client.get("/api/images").get_json()["total"]["count"] == 3


def test_an_open_editor_gets_409_with_the_picture_as_it_is(client: FlaskClient) -> None:
    image = added(client, alt_text="x")
    patch(client, set={"status": "ready"})
    answer = client.patch(
        f"/api/images/{image['id']}", json={"version": image["version"], "post_title": "Mine"}
    )
    assert answer.status_code == 409
    assert answer.get_json()["current"]["status"] == "ready"


def test_what_was_changed_since_is_left(client: FlaskClient) -> None:
    image, other = added(client, alt_text="x"), added(client, alt_text="x")
    done = patch(client, set={"status": "ready"})
    client.patch(f"/api/images/{image['id']}", json={"version": 3, "status": "draft"})
    assert undo(client, done).get_json() == {"undone": 1, "left": 1, "partly": 0, "also": ""}
    assert (now(client, image)["status"], now(client, other)["status"]) == ("draft", "new")


def test_where_all_were_changed_since_nothing_is_undone_until_they_are_as_they_were(
    client: FlaskClient,
) -> None:
    images = [added(client, alt_text="x"), added(client, alt_text="x")]
    done = patch(client, set={"status": "ready"})
    patch(client, set={"status": "draft"})
    answer = undo(client, done)
    assert answer.status_code == 409
    assert "All 2 pictures were changed or deleted since" in answer.get_json()["error"]["message"]
    assert {now(client, image)["status"] for image in images} == {"draft"}
    patch(client, set={"status": "ready"})
    assert undo(client, done).get_json()["undone"] == 2


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({}, "select"),
    ({"select": EVERYTHING}, "set"),
    ({"select": EVERYTHING, "set": {}}, "set"),
    ({"select": EVERYTHING, "set": {"category": None}}, "set"),
    ({"select": EVERYTHING, "add_hashtags": "!!"}, "add_hashtags"),
    ({"select": {}, "set": {"status": "ready"}}, "select"),
    ({"select": {"ids": [1], "filter": {}}, "set": {"status": "ready"}}, "select"),
    ({"select": {"ids": []}, "set": {"status": "ready"}}, "select"),
    ({"select": {"ids": [0]}, "set": {"status": "ready"}}, "select"),
    ({"select": {"ids": [2**63]}, "set": {"status": "ready"}}, "select"),
    ({"select": {"ids": ["x"]}, "set": {"status": "ready"}}, "select"),
    ({"select": {"filter": {"colr": "x"}}, "set": {"status": "ready"}}, "select"),
    ({"select": EVERYTHING, "set": {"status": "gone"}}, "set"),
    ({"select": EVERYTHING, "set": {"post_title": "x"}}, "set"),
    ({"select": EVERYTHING, "set": {"category": "x" * 81}}, "category"),
    ({"select": EVERYTHING, "set": {"category": "a\0b"}}, "category"),
    ({"select": EVERYTHING, "add_hashtags": ["#" + "x" * 200]}, "add_hashtags"),
    ({"select": EVERYTHING, "add_hashtags": " ".join(f"t{n}" for n in range(61))}, "add_hashtags"),
    ({"select": EVERYTHING, "remove_hashtags": 5}, "remove_hashtags"),
    ({"select": EVERYTHING, "add_hashtags": "a", "remove_hashtags": "A"}, "remove_hashtags"),
    ({"select": EVERYTHING, "append_key_points": "x" * 5001}, "append_key_points"),
    ({"select": EVERYTHING, "collection_id": 4711}, "collection_id"),
    ({"select": EVERYTHING, "remove_from_collection_id": "x"}, "remove_from_collection_id"),
    ({"select": EVERYTHING, "set": {"status": "ready"}, "tags": ["x"]}, "tags"),
]


def test_what_does_not_fit_is_422_and_changes_nothing(client: FlaskClient) -> None:
    image = added(client)
    for body, field in UNFIT:
        answer = client.patch("/api/images", json=body)
        assert answer.status_code == 422, (body, answer.text)
        assert answer.get_json()["error"]["field"] == field, body
        assert now(client, image) == image, body


def test_the_trash_and_the_undo_refuse_what_makes_no_sense(client: FlaskClient) -> None:
    bodies: list[dict[str, Any]] = [{}, {"select": {}}, {"select": EVERYTHING, "set": {"status": "ready"}}]
    for body in bodies:
        assert client.post("/api/images/trash", json=body).status_code == 422
    for number in ("0", "4711", str(2**63)):
        assert client.post(f"/api/bulk-edits/{number}/undo").status_code == 404
    assert client.patch("/api/images", data="{", content_type="application/json").status_code == 400


def test_another_website_changes_nothing(client: FlaskClient) -> None:
    image = added(client, alt_text="x")
    done = patch(client, set={"status": "ready"})
    foreign = {"Origin": "https://evil.example"}
    body = {"select": EVERYTHING, "set": {"status": "new"}}
    assert client.patch("/api/images", json=body, headers=foreign).status_code == 403
    assert client.post("/api/images/trash", json={"select": EVERYTHING}, headers=foreign).status_code == 403
    for address in (
        f"/api/bulk-edits/{done['bulk_edit_id']}/undo",
        f"/bulk/{done['bulk_edit_id']}/undo",
        "/bulk",
    ):
        assert client.post(address, headers=foreign).status_code == 403
    assert now(client, image)["status"] == "ready"


def test_rows_of_many_pictures_come_in_one_answer(client: FlaskClient) -> None:
    images = [added(client, f"{number}.jpg") for number in range(3)]
    client.delete(f"/api/images/{images[0]['id']}")
    ids = ",".join(str(image["id"]) for image in images)
    for view, tag in (("table", "<tr"), ("grid", "<li")):
        page = client.get(f"/bulk/rows?ids={ids}&view={view}&tag=heron").get_data(as_text=True)
        assert page.count(f"{tag} ") == 2
        assert f'{images[1]["urls"]["page"]}?tag=heron"' in page
    # Asked for so, what the filters do not let through any more is left out.
    client.patch(f"/api/images/{images[1]['id']}", json={"category": "Prints", "version": 1})
    page = client.get(f"/bulk/rows?ids={ids}&view=table&category=Prints&matching=1").get_data(as_text=True)
    assert page.count("<tr ") == 1
    for bad in ("", "x", "-1", ",".join(map(str, range(1, 102)))):
        assert client.get(f"/bulk/rows?ids={bad}").status_code == 422


@pytest.mark.parametrize("what", ["category", "tags", "collection", "key_points"])
def test_each_dialog_is_a_piece_of_the_page(client: FlaskClient, what: str) -> None:
    added(client, category="Prints <b>")
    collection(client, "Spring <i>")
    piece = client.get(f"/bulk?fragment={what}").get_data(as_text=True)
    assert f'data-bulk-form="{what}"' in piece
    assert "<html" not in piece
    assert "<b>" not in piece.replace("<bdi", "")
    assert "<i>" not in piece


def send(client: FlaskClient, query: str = "", **form: Any) -> TestResponse:
    return client.post(f"/bulk{query}", data={"which": "all", **form})


def test_a_plain_form_changes_tells_and_undoes(client: FlaskClient) -> None:
    one, two = added(client, hashtags="heron", key_points="linocut"), added(client)
    assert 'action="/bulk?tag=heron"' in client.get("/bulk?tag=heron").get_data(as_text=True)
    answer = send(
        client, "?tag=heron", category="Prints", status="ready", add_hashtags="dusk", remove_hashtags="heron",
        collection="Spring show", key_points="30 cm\r\n40 cm", how="append",
    )  # fmt: skip
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?tag=heron")
    page = client.get("/").get_data(as_text=True)
    assert "1 picture changed." in page
    changed = now(client, one)
    assert (changed["category"], changed["status"], changed["hashtags"]) == ("Prints", "ready", ["#dusk"])
    assert changed["key_points"] == "linocut\n30 cm\n40 cm"
    (made,) = client.get("/api/collections").get_json()["collections"]
    assert (made["name"], made["images"]) == ("Spring show", 1)
    assert now(client, two) == two
    form = re.search(r'action="(/bulk/\d+/undo\?tag=heron)"', page)
    assert form is not None
    answer = client.post(form[1])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?tag=heron")
    assert "Undone: 1 picture as before." in client.get("/").get_data(as_text=True)
    assert now(client, one)["hashtags"] == ["#heron"]
    client.post(form[1])
    assert "This was undone already." in client.get("/").get_data(as_text=True)


def test_a_plain_form_changes_only_what_is_ticked(client: FlaskClient) -> None:
    one, two, three = (added(client, category="Paper") for _ in range(3))
    send(client, which="ticked", ids=[one["id"], two["id"]], no_category="1")
    assert [now(client, image)["category"] for image in (one, two, three)] == ["", "", "Paper"]
    send(client, which="ticked", ids=[three["id"]], do="trash")
    assert "1 picture moved to the trash." in client.get("/").get_data(as_text=True)
    assert client.get("/api/images").get_json()["total"]["count"] == 2
    number = collection(client)
    send(client, collection="spring  SHOW")
    send(client, which="ticked", ids=[one["id"]], out_of=str(number))
    assert client.get(f"/api/collections/{number}").get_json()["images"] == 1


def test_a_plain_form_says_why_some_were_left(client: FlaskClient) -> None:
    added(client, hashtags=[f"#t{number}" for number in range(60)])
    send(client, add_hashtags="more")
    page = client.get("/").get_data(as_text=True)
    assert "1 picture was left as it is: it would have more than 60 hashtags." in page
    send(client, status="new")
    assert "Nothing was changed" in client.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({}, 422, "Say what to change."),
        ({"which": "ticked", "status": "ready"}, 422, "Tick at least one picture"),
        ({"which": "ticked", "ids": "x", "status": "ready"}, 422, "The ids must be numbers"),
        ({"which": "some", "status": "ready"}, 400, "This form is incomplete"),
        ({"status": "gone"}, 422, "The status must be"),
        ({"category": "<b>" * 30}, 422, "The category is 90 characters long"),
        ({"add_hashtags": "a", "remove_hashtags": "A"}, 422, "#a is to be added and to be removed"),
        ({"out_of": "x"}, 422, "There is no such collection"),
        ({"out_of": "4711"}, 422, "There is no such collection"),
        ({"collection": "x" * 81, "status": "ready"}, 422, "The limit is 80"),
        ({"key_points": "x" * 5001}, 422, "The limit is 5,000"),
    ],
)
def test_a_plain_form_with_a_mistake_comes_back_as_it_was_typed(
    client: FlaskClient, form: dict[str, str], status: int, sentence: str
) -> None:
    image = added(client)
    answer = send(client, **{"remove_hashtags": "#keep-this", **form})
    if not form:
        answer = send(client)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, sentence in page) == (status, True), page
    if status == 422 and form and "remove_hashtags" not in form:
        assert 'value="#keep-this"' in page
    assert "<b><b>" not in page
    assert now(client, image) == image


def test_an_old_change_is_not_undone(client: FlaskClient, engine: Engine) -> None:
    added(client, alt_text="x")
    done = patch(client, set={"status": "ready"})
    with engine.begin() as connection:
        connection.execute(text("UPDATE bulk_edit SET at = at - interval '31 days'"))
    answer = undo(client, done)
    assert answer.status_code == 409
    assert "30 days" in answer.get_json()["error"]["message"]


def test_the_page_pages_and_is_there_without_pictures(client: FlaskClient, session: Session) -> None:
    assert "There is no picture here to change." in client.get("/bulk").get_data(as_text=True)
    for _ in range(51):
        row(session)
    session.commit()
    page = client.get("/bulk").get_data(as_text=True)
    assert page.count('name="ids"') == 50
    after = re.search(r'href="(/bulk\?after=[^"]+)"', page)
    assert after is not None
    later = client.get(after[1]).get_data(as_text=True)
    assert later.count('name="ids"') == 1
    # What is ticked there is there again when the form comes back.
    action, ticked = re.search(r'action="(/bulk[^"]+)"', later), re.search(r'name="ids" value="(\d+)"', later)
    assert action
    assert ticked
    again = client.post(unescape(action[1]), data={"which": "all", "ids": ticked[1], "status": "draft"})
    assert f'value="{ticked[1]}" checked' in again.get_data(as_text=True)
