"""Categories and tags put in order over HTTP: the calls of programs, and the pages with plain forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.taxonomy.tags import most_used
from models import db
from tests.support.factories import added
from tests.support.material import row


@pytest.fixture
def prints(client: FlaskClient, session: Session) -> dict[str, int]:
    """Return the ids of a few categories with pictures in them."""
    for name in ("Prints", "Prints / Linocut", "Prints / Linocut", "Paper"):
        row(session, category=name)
    session.commit()
    return ids(client)


def ids(client: FlaskClient) -> dict[str, int]:
    return {name: one["id"] for name, one in listed(client).items()}


def listed(client: FlaskClient) -> dict[str, dict[str, Any]]:
    found = client.get("/api/categories?empty=1").get_json()["categories"]
    return {one["name"]: one for one in found}


def tags(client: FlaskClient) -> dict[str, int]:
    return {one["name"]: one["count"] for one in client.get("/api/tags").get_json()["tags"]}


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def leads_to(answer: TestResponse, place: str) -> bool:
    return answer.status_code == 303 and answer.headers["Location"] == place


def wrong(answer: TestResponse) -> tuple[int, str, str | None]:
    error = answer.get_json()["error"]
    return answer.status_code, error["code"], error.get("field")


def changed(answer: TestResponse) -> int:
    """Return how many pictures were changed, by an action that can be undone."""
    body = answer.get_json()
    assert set(body) == {"changed", "bulk_edit_id"}
    assert body["bulk_edit_id"] > 0
    return int(body["changed"])


def test_categories_are_listed_as_a_tree(client: FlaskClient, prints: dict[str, int]) -> None:
    assert listed(client)["Prints / Linocut"] == {
        "id": prints["Prints / Linocut"], "name": "Prints / Linocut", "parent_id": prints["Prints"],
        "count": 2, "own": 2, "version": 1,
    }  # fmt: skip
    assert (listed(client)["Prints"]["count"], listed(client)["Prints"]["own"]) == (3, 1)


def test_a_category_is_made_renamed_moved_merged_and_deleted(
    client: FlaskClient, prints: dict[str, int]
) -> None:
    made = client.post("/api/categories", json={"name": "Drawings / Ink"})
    assert made.status_code == 201
    ink = made.get_json()
    assert (ink["name"], ink["count"], ink["parent_id"]) == ("Drawings / Ink", 0, ids(client)["Drawings"])
    at = f"/api/categories/{ink['id']}"
    assert client.patch(at, json={"name": "Pen"}).get_json()["name"] == "Drawings / Pen"
    assert client.patch(at, json={"parent_id": prints["Paper"]}).get_json()["name"] == "Paper / Pen"
    both = client.patch(at, json={"name": "Pens", "parent_id": None}).get_json()
    assert (both["name"], both["parent_id"]) == ("Pens", None)
    part = prints["Prints / Linocut"]
    assert changed(client.post(f"/api/categories/{part}/merge", json={"into": ink["id"]})) == 2
    assert listed(client)["Pens"]["count"] == 2
    assert changed(client.delete(at)) == 2
    assert changed(client.delete(f"/api/categories/{prints['Paper']}?parts=too")) == 1
    assert client.get("/api/images").get_json()["total"]["count"] == 4
    assert sorted(listed(client)) == ["Drawings", "Prints"]


def test_calls_about_categories_that_do_not_fit_are_refused(
    client: FlaskClient, prints: dict[str, int]
) -> None:
    at = f"/api/categories/{prints['Prints']}"
    for answer, expected in (
        (client.post("/api/categories", json={}), (422, "invalid", "name")),
        (client.post("/api/categories", json={"name": " "}), (422, "invalid", "name")),
        (client.post("/api/categories", json={"name": "a / b / c"}), (422, "invalid", "category")),
        (client.post("/api/categories", json={"name": "PAPER"}), (409, "conflict", "name")),
        (client.post("/api/categories", json={"name": "a", "more": 1}), (422, "invalid", "more")),
        (client.patch(at, json={}), (422, "invalid", None)),
        (client.patch(at, json={"name": "paper"}), (409, "conflict", "name")),
        (client.patch(at, json={"name": "x" * 81}), (422, "invalid", "name")),
        (client.patch(at, json={"name": "a\0"}), (422, "invalid", "name")),
        (client.patch(at, json={"parent_id": 0}), (422, "invalid", "parent_id")),
        (client.patch(at, json={"parent_id": 2**63}), (422, "invalid", "parent_id")),
        (client.patch(at, json={"parent_id": prints["Paper"]}), (422, "invalid", "parent_id")),
        (client.patch(at, json={"parent_id": 4711}), (404, "not_found", None)),
        (client.patch("/api/categories/4711", json={"name": "a"}), (404, "not_found", None)),
        (client.patch(f"/api/categories/{2**64}", json={"name": "a"}), (404, "not_found", None)),
        (client.post(f"{at}/merge", json={}), (422, "invalid", "into")),
        (client.post(f"{at}/merge", json={"into": prints["Prints"]}), (422, "invalid", "into")),
        (client.post(f"{at}/merge", json={"into": 4711}), (404, "not_found", None)),
        (client.delete(f"{at}?parts=all"), (422, "invalid", "parts")),
        (client.delete("/api/categories/4711"), (404, "not_found", None)),
    ):
        assert wrong(answer) == expected, answer.text
    assert ids(client) == prints


def test_a_category_of_a_third_level_is_refused_for_a_picture_too(client: FlaskClient) -> None:
    image = added(client)
    answer = client.patch(f"/api/images/{image['id']}", json={"version": 1, "category": "a / b / c"})
    assert wrong(answer) == (422, "invalid", "category")
    kept = client.patch(f"/api/images/{image['id']}", json={"version": 1, "category": "a  / b"}).get_json()
    assert kept["category"] == "a / b"
    assert client.get("/api/images?category=a").get_json()["total"]["count"] == 1


def test_tags_are_renamed_merged_and_removed(client: FlaskClient) -> None:
    first = added(client, hashtags="herons water Fishers")
    added(client, hashtags="heron")
    assert changed(client.patch("/api/tags", json={"tag": "Fishers", "name": "#birds"})) == 1
    assert changed(client.post("/api/tags/merge", json={"tags": ["#herons", "birds"], "into": "#heron"})) == 1
    now = client.get(f"/api/images/{first['id']}").get_json()
    assert (now["hashtags"], now["version"]) == (["#heron", "#water"], first["version"] + 2)
    assert tags(client) == {"#heron": 2, "#water": 1}
    assert changed(client.post("/api/tags/remove", json={"tags": ["HERON"]})) == 2
    assert tags(client) == {"#water": 1}
    history = client.get(f"/api/images/{first['id']}/revisions").get_json()["revisions"]
    assert history[0]["changes"] == {"hashtags": [["#heron", "#water"], ["#water"]]}


def test_calls_about_tags_that_do_not_fit_are_refused(client: FlaskClient) -> None:
    added(client, hashtags="heron crane")
    for answer, expected in (
        (client.patch("/api/tags", json={"tag": "heron"}), (422, "invalid", "name")),
        (client.patch("/api/tags", json={"tag": "heron", "name": "a b"}), (422, "invalid", "name")),
        (client.patch("/api/tags", json={"tag": "heron", "name": "!"}), (422, "invalid", "name")),
        (client.patch("/api/tags", json={"tag": "heron\0", "name": "a"}), (422, "invalid", "hashtags")),
        (client.patch("/api/tags", json={"tag": "stork", "name": "a"}), (404, "not_found", None)),
        (
            client.patch("/api/tags", json={"tag": "heron", "name": "CRANE", "merge": False}),
            (409, "conflict", "name"),
        ),
        (client.post("/api/tags/merge", json={"tags": [], "into": "a"}), (422, "invalid", "tags")),
        (client.post("/api/tags/merge", json={"tags": ["heron"], "into": ""}), (422, "invalid", "into")),
        (client.post("/api/tags/merge", json={"tags": "heron", "into": "a"}), (422, "invalid", "tags")),
        (client.post("/api/tags/remove", json={"tags": ["stork"]}), (404, "not_found", None)),
        (client.post("/api/tags/remove", json={"tags": ["a"] * 1001}), (422, "invalid", "tags")),
        (client.post("/api/tags/remove", json={"tags": ["heron"], "x": 1}), (422, "invalid", "x")),
    ):
        assert wrong(answer) == expected, answer.text
    assert tags(client) == {"#heron": 1, "#crane": 1}


def test_merges_and_deletions_are_undone_by_the_call_that_undoes_bulk_edits(
    client: FlaskClient, prints: dict[str, int]
) -> None:
    image = added(client, hashtags="herons", category="Paper")
    at = f"/api/categories/{prints['Paper']}"
    calls: list[Callable[[], TestResponse]] = [
        lambda: client.post("/api/tags/merge", json={"tags": ["herons"], "into": "heron"}),
        lambda: client.patch("/api/tags", json={"tag": "herons", "name": "crane"}),
        lambda: client.post("/api/tags/remove", json={"tags": ["herons"]}),
        lambda: client.post(f"{at}/merge", json={"into": prints["Prints"]}),
        lambda: client.delete(at),
    ]
    before = listed(client), tags(client)
    for call in calls:
        done = call().get_json()
        assert (listed(client), tags(client)) != before
        answer = client.post(f"/api/bulk-edits/{done['bulk_edit_id']}/undo")
        undone = {"undone": done["changed"], "left": 0, "partly": 0, "also": ""}
        assert (answer.status_code, answer.get_json()) == (200, undone)
        assert (listed(client), tags(client)) == before
        now = client.get(f"/api/images/{image['id']}").get_json()
        assert (now["hashtags"], now["category"]) == (["#herons"], "Paper")
        assert client.post(f"/api/bulk-edits/{done['bulk_edit_id']}/undo").status_code == 409
    same = client.patch("/api/tags", json={"tag": "herons", "name": "herons"})
    assert same.get_json() == {"changed": 0, "bulk_edit_id": None}


def offer(seen: str) -> tuple[str, dict[str, str]]:
    """Find the form that takes back what was done: where it goes to, and what it sends."""
    form = re.search(r'<form class="undo-line".*?</form>', seen, re.DOTALL)
    assert form is not None
    address = re.search(r'action="([^"]*)"', form[0])
    assert address is not None
    return address[1], dict(re.findall(r'name="([^"]*)" value="([^"]*)"', form[0]))


def test_forms_offer_an_undo_that_leads_back_to_their_page(
    client: FlaskClient, prints: dict[str, int]
) -> None:
    added(client, hashtags="herons heron")
    before = listed(client), tags(client)
    at, place = f"/categories/{prints['Paper']}", {"back": "prefix=her&order=name"}
    for address, data, back in (
        ("/tags/merge", {"tags": ["herons"], "into": "heron", **place}, "/tags?prefix=her&order=name"),
        ("/tags/rename", {"tag": "herons", "name": "crane"}, "/tags"),
        ("/tags/remove", {"tags": "herons", "sure": "yes"}, "/tags"),
        (f"{at}/merge", {"into": prints["Prints"]}, "/categories"),
        (f"{at}/delete", {}, "/categories"),
    ):
        assert client.post(address, data=data).status_code == 303
        undo, sent = offer(page(client, "/tags"))
        assert leads_to(client.post(undo, data=sent), back)
        assert "Undone: 1 picture as before." in page(client, "/tags")
        assert (listed(client), tags(client)) == before
    again = client.post(undo, data=sent)
    assert leads_to(again, "/categories")
    assert "This was undone already." in page(client, "/categories")


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/tagsx", "/tags?a\nb", ""])
def test_an_undo_leads_nowhere_else(client: FlaskClient, back: str) -> None:
    added(client, hashtags="herons")
    client.post("/tags/remove", data={"tags": "herons", "sure": "yes"})
    undo, _ = offer(page(client, "/tags"))
    assert leads_to(client.post(undo, data={"back": back}), "/")


def test_an_empty_category_that_is_deleted_can_be_had_back(client: FlaskClient) -> None:
    client.post("/categories", data={"name": "Empty"})
    before = listed(client)
    client.post(f"/categories/{before['Empty']['id']}/delete")
    undo, sent = offer(page(client, "/categories"))
    client.post(undo, data=sent)
    assert "Undone." in page(client, "/categories")
    assert listed(client) == before


def test_the_page_of_categories_shows_the_tree_and_works_with_forms(
    client: FlaskClient, prints: dict[str, int]
) -> None:
    assert leads_to(
        client.post("/categories", data={"name": "Empty"}), f"/categories#category-{ids(client)['Empty']}"
    )
    seen = page(client, "/categories")
    assert "“Empty” is there." in seen
    assert re.findall(r'data-name="([^"]*)"', seen) == ["Empty", "Paper", "Prints", "Linocut"]
    assert "1 in it itself" in seen
    at = f"/categories/{prints['Prints']}"
    assert leads_to(
        client.post(f"{at}/rename", data={"name": "Graphics"}), f"/categories#category-{prints['Prints']}"
    )
    part = f"/categories/{prints['Prints / Linocut']}"
    assert client.post(f"{part}/move", data={"parent_id": ""}).status_code == 303
    assert set(ids(client)) == {"Empty", "Paper", "Graphics", "Linocut"}
    assert client.post(f"{part}/move", data={"parent_id": prints["Paper"]}).status_code == 303
    merged = client.post(f"{part}/merge", data={"into": prints["Prints"]})
    assert leads_to(merged, f"/categories#category-{prints['Prints']}")
    assert "“Paper / Linocut” is merged into “Graphics”: 2 pictures moved." in page(client, "/categories")
    assert "3 pictures stay in your library without a category." in page(client, at)
    assert leads_to(client.post(f"{at}/delete"), "/categories")
    assert "“Graphics” is deleted. 3 pictures stay without a category." in page(client, "/categories")


def test_a_taken_name_comes_back_with_the_offer_to_merge(client: FlaskClient, prints: dict[str, int]) -> None:
    at = f"/categories/{prints['Prints']}"
    answer = client.post(f"{at}/rename", data={"name": "PAPER"})
    text = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert 'value="PAPER"' in text
    assert re.search(
        rf'action="{at}/merge".*?name="into" value="{prints["Paper"]}".*?Merge into Paper', text, re.DOTALL
    )
    assert "Merge into Paper" in page(client, f"{at}?fragment=sheet&name=paper")
    assert "Merge into Paper<" not in page(client, f"{at}?fragment=sheet&name=other")
    taken = client.post("/categories", data={"name": "paper"})
    assert taken.status_code == 409
    assert 'value="paper"' in taken.get_data(as_text=True)


def test_forms_about_categories_that_do_not_fit_bring_the_page_back(
    client: FlaskClient, prints: dict[str, int]
) -> None:
    at = f"/categories/{prints['Prints']}"
    for address, data, status in (
        ("/categories", {"name": " "}, 422), (f"{at}/rename", {"name": ""}, 422),
        (f"{at}/rename", {"name": "a / b / c"}, 422), (f"{at}/move", {"parent_id": str(prints["Paper"])}, 422),
        (f"{at}/move", {"parent_id": "x"}, 422), (f"{at}/move", {"parent_id": "0"}, 422),
        (f"{at}/merge", {}, 422), (f"{at}/merge", {"into": "4711"}, 404),
        (f"{at}/merge", {"into": str(prints["Prints / Linocut"])}, 422), (f"{at}/delete", {"parts": "x"}, 400),
        ("/categories/4711/rename", {"name": "a"}, 404), ("/categories/4711/delete", {}, 404),
    ):  # fmt: skip
        assert client.post(address, data=data).status_code == status, (address, data)
    assert client.get("/categories/4711").status_code == 404
    assert ids(client) == prints


def test_pages_escape_what_people_write(client: FlaskClient) -> None:
    client.post("/api/categories", json={"name": "<b>\"x'</b>"})
    for address in (
        "/categories",
        f"/categories/{ids(client)['<b>' + chr(34) + 'x' + chr(39) + '</b>']}",
        "/tags?prefix=<b>",
    ):
        assert "<b>" not in client.get(address).get_data(as_text=True)


def test_the_sidebar_nests_parts_and_leads_to_the_pages(client: FlaskClient, session: Session) -> None:
    for number in range(13):
        row(session, category="Prints / Linocut" if number else "Prints", hashtags=f"tag{number}")
    session.commit()
    seen = page(client, "/")
    assert re.search(
        r"Prints</span><small>13<.*?is-subcategory.*?category=Prints\+%2F\+Linocut.*?Linocut</span><small>12<",
        seen,
        re.DOTALL,
    )
    assert 'href="/categories"' in seen
    assert 'href="/tags"><span>All tags' in seen
    assert client.get("/api/images?category=Prints").get_json()["total"]["count"] == 13
    with client.application.app_context():
        assert len(most_used(db.session(), "", 12)) == 12
