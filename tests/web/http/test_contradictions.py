"""Two inputs that contradict each other, of a form or a call: it is asked which was meant, and nothing is changed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.factories import added
from tests.support.material import row
from tests.web.voice.test_voice import FORM

pytestmark = pytest.mark.slow

Ids = list[int]


@pytest.fixture
def ids(session: Session) -> Ids:
    rows = [row(session, category="Paper", hashtags=["#heron"]) for _ in range(3)]
    session.commit()
    return [image.id for image in rows]


def bulk(client: FlaskClient, **form: Any) -> TestResponse:
    return client.post("/bulk?tag=heron", data={"do": "change", **form})


def read(client: FlaskClient, image_id: int) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/images/{image_id}").get_json()
    return found


def alert(answer: TestResponse) -> str:
    """Return the first sentence that stands out on a page, as a reader sees it."""
    shown = re.findall(r'<p[^>]* role="alert">(.+?)</p>|role="alert">.*?<div>(.+?)</div>', answer.text, re.S)
    return unescape(re.sub(r"<[^>]+>", "", next(one or other for one, other in shown)))


@pytest.mark.parametrize("do", ["change", "trash"])
def test_ticked_pictures_beside_all_are_asked_about(client: FlaskClient, ids: Ids, do: str) -> None:
    typed = {} if do == "trash" else {"category": "Prints", "add_hashtags": "#dusk", "how": "replace"}
    answer = bulk(client, which="all", ids=ids[0], do=do, **typed)
    assert answer.status_code == 422
    assert alert(answer).startswith("You ticked 1 picture, but all were chosen, and nothing was changed.")
    assert [read(client, number)["version"] for number in ids] == [1, 1, 1]
    # All that was typed is there; the few are chosen now, and the same press changes only them.
    assert f'value="{ids[0]}" checked' in answer.text
    assert 'id="bulk-ticked" checked' in answer.text
    assert 'id="bulk-all" checked' not in answer.text
    for value in typed.values():
        assert f'value="{value}"' in answer.text
    assert bulk(client, which="ticked", ids=ids[0], do=do, **typed).status_code == 303
    assert client.get("/api/images?category=paper&trashed=0").get_json()["total"]["count"] == 2


def test_all_without_a_tick_are_all(client: FlaskClient, ids: Ids) -> None:
    assert bulk(client, which="all", status="ready").status_code == 303
    assert {read(client, number)["status"] for number in ids} == {"ready"}


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        (
            {"category": "Prints", "no_category": "1"},
            "category",
            "You typed a category and want it taken away.",
        ),
        (
            {"do": "trash", "category": "Prints"},
            "",
            "You filled in changes and pressed “Move them to the trash”.",
        ),
        ({"do": "trash", "no_category": "1"}, "", "You filled in changes"),
        (
            {"add_hashtags": "#a", "remove_hashtags": "A"},
            "remove_hashtags",
            "#a is to be added and to be removed.",
        ),
    ],
)
def test_contradicting_changes_of_many_are_asked_about(
    client: FlaskClient, ids: Ids, form: dict[str, str], field: str, sentence: str
) -> None:
    # A collection of a new name is not made either.
    answer = bulk(client, which="all", collection="Show", **form)
    assert (answer.status_code, alert(answer).startswith(sentence)) == (422, True), alert(answer)
    assert [read(client, number)["version"] for number in ids] == [1, 1, 1]
    assert client.get("/api/collections").get_json()["collections"] == []
    assert ('id="bulk-no-category" checked' in answer.text) == ("no_category" in form)
    assert 'value="Show"' in answer.text
    if field:
        assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.text)


def test_into_and_out_of_one_collection_is_asked_about(client: FlaskClient, ids: Ids) -> None:
    number = client.post("/api/collections", json={"name": "Show"}).get_json()["id"]
    answer = bulk(client, which="all", collection="show", out_of=number)
    assert (answer.status_code, alert(answer)) == (422, "That is the same collection.")
    assert f'value="{number}" selected' in answer.text
    assert client.get(f"/api/collections/{number}").get_json()["images"] == 0


SELECTS: list[dict[str, Any]] = [{}, {"ids": [1], "filter": {}}, {"ids": [1], "filter": {"tag": "heron"}}]


@pytest.mark.parametrize("select", SELECTS)
@pytest.mark.parametrize(
    ("method", "address", "more"),
    [
        ("patch", "/api/images", {"set": {"status": "ready"}}),
        ("post", "/api/images/trash", {}),
        ("post", "/api/images/uses", {}),
        ("post", "/api/batches", {}),
        ("post", "/api/batches/estimate", {}),
    ],
)
def test_ids_beside_a_filter_are_422(
    client: FlaskClient, ids: Ids, method: str, address: str, more: dict[str, Any], select: dict[str, Any]
) -> None:
    answer = client.open(address, method=method.upper(), json={"select": select, **more})
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "select")
    assert [read(client, number)["version"] for number in ids] == [1, 1, 1]
    assert client.get("/api/batches").get_json()["batches"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"set": {"key_points": "a"}, "append_key_points": "b"}, "append_key_points"),
        ({"set": {"key_points": ""}, "append_key_points": "b"}, "append_key_points"),
        ({"add_hashtags": ["#a"], "remove_hashtags": ["#A"]}, "remove_hashtags"),
        ({"collection_id": 1, "remove_from_collection_id": 1}, "remove_from_collection_id"),
    ],
)
def test_contradicting_changes_of_a_call_are_422(
    client: FlaskClient, ids: Ids, change: dict[str, Any], field: str
) -> None:
    client.post("/api/collections", json={"name": "Show"})
    answer = client.patch("/api/images", json={"select": {"filter": {}}, **change})
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, field)
    assert [read(client, number)["version"] for number in ids] == [1, 1, 1]


def test_no_ticked_picture_is_not_every_picture(client: FlaskClient, ids: Ids) -> None:
    for address in ("/export.csv?ids=", "/export?ids=", "/export.csv?ids=,&tag=heron"):
        assert client.get(address).status_code == 422
    assert client.post("/batches/new", data={"select": "ids", "ids": ""}).status_code == 400
    assert (
        client.post("/batches", data={"select": "ids", "ids": " ", "fields": "category"}).status_code == 400
    )
    assert client.get("/batches/new?select=ids&ids=").status_code == 400


def test_ticked_pictures_beside_filters_are_the_ticked_ones(client: FlaskClient, ids: Ids) -> None:
    added(client)
    rows = client.get(f"/export.csv?ids={ids[0]}&tag=heron").text.strip().splitlines()
    assert len(rows) == 2
    form = {"select": "filter", "ids": str(ids[0]), "tag": "heron", "fields": "post_title", "only": "empty"}
    assert "1 ticked picture" in client.post("/batches/new", data=form).text


def test_a_collection_beside_pictures_is_not_shared(client: FlaskClient, ids: Ids) -> None:
    number = client.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    both = {"collection": number, "ids": ids[0], "title": "For Ann", "days": "7"}
    answers = [
        client.post("/shared", data=both),
        client.get(f"/shared/new?collection={number}&ids={ids[0]}"),
        client.post("/api/shares", json={"title": "X", "collection_id": number, "image_ids": ids}),
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert "one of the two" in answers[0].text
    assert client.get("/api/shares").get_json()["shares"] == []


def test_a_passcode_beside_none_any_more_is_asked_about(client: FlaskClient, ids: Ids) -> None:
    share = client.post(
        "/api/shares", json={"title": "For Ann", "image_ids": ids, "passcode": "low tide"}
    ).get_json()
    form = {"title": "For Bob", "note": "Hi", "days": "30", "passcode": "high tide", "no_passcode": "1"}
    answer = client.post(f"/shared/{share['id']}", data=form)
    assert answer.status_code == 422
    assert "You typed a passcode and want none any more. Choose one of the two." in answer.text
    for typed in (
        'value="For Bob"',
        'value="high tide"',
        'id="share-no-passcode" checked',
        'value="30" selected',
    ):
        assert typed in answer.text
    assert client.get("/api/shares").get_json()["shares"] == [share]
    key = share["url"].rpartition("/")[2]
    assert client.post(f"/share/{key}/enter", data={"passcode": "low tide"}).status_code == 303


def test_a_chosen_collection_beside_a_new_name_is_asked_about(client: FlaskClient, ids: Ids) -> None:
    number = client.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    form = {"collection": number, "name": "Show"}
    answer = client.post(f"/images/{ids[0]}/collections?tag=heron", data=form)
    page = client.get(answer.location).text
    assert "You chose a collection and typed the name of a new one." in page
    assert f'<option value="{number}" selected translate="no">' in page
    assert re.search(r'id="join-name" value="Show"', page)
    assert [
        (one["name"], one["images"]) for one in client.get("/api/collections").get_json()["collections"]
    ] == [("Coast", 0)]


def test_two_places_at_once_are_422(client: FlaskClient, ids: Ids) -> None:
    """Before and after a picture; another shelf by its name and by its number."""
    number = client.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    address = f"/api/collections/{number}"
    assert client.post(f"{address}/images", json={"ids": ids[:2]}).status_code == 200
    for path, body in (("images", {"ids": [ids[2]]}), ("order", {"image_id": ids[0]})):
        answer = client.post(f"{address}/{path}", json={**body, "before": ids[0], "after": ids[1]})
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "after")
    made = [client.post("/api/categories", json={"name": name}).get_json() for name in ("Prints", "Ink")]
    body = {"name": "Prints / Linocut", "parent_id": made[1]["id"]}
    paper = next(
        one for one in client.get("/api/categories").get_json()["categories"] if one["name"] == "Paper"
    )
    assert client.patch(f"/api/categories/{paper['id']}", json=body).status_code == 422


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"avoid": "sea", "always": "the sea"}, "avoid"),
        ({"avoid": "art", "always_hashtags": "#art"}, "avoid"),
        ({"hashtags_least": "9", "hashtags_most": "3"}, "hashtags_least"),
        ({"description_least": "900", "description_most": "300"}, "description_least"),
    ],
)
def test_a_voice_that_nothing_could_follow_is_not_saved(
    client: FlaskClient, given: dict[str, str], field: str
) -> None:
    answer = client.post("/settings/voice", data={**FORM, **given})
    assert answer.status_code == 422
    assert re.search(rf'id="voice-{field}-error"[^>]*role="alert">', answer.text)
    assert client.get("/api/voice/versions").get_json()["versions"] == []


def test_a_time_that_ends_before_it_begins_finds_nothing(client: FlaskClient, ids: Ids) -> None:
    found = client.get("/api/images?q=after:2999-01-01 before:2000-01-01").get_json()
    assert found["total"] == {"count": 0, "exact": True}
    everything = client.get("/api/images?q=after:2000-01-01 before:2999-01-01").get_json()
    assert everything["total"]["count"] == len(ids)


@pytest.mark.parametrize("call", ["generate", "refine"])
def test_no_chosen_field_is_not_every_field(client: FlaskClient, ids: Ids, call: str) -> None:
    body = {"fields": [], **({"feedback": "Shorter"} if call == "refine" else {})}
    answer = client.post(f"/api/images/{ids[0]}/{call}", json=body)
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "fields")
