"""Collections over HTTP: the API, and the pages with plain forms."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from artworks.library.sidebar import read_sidebar
from artworks.search.filters import Filters
from artworks.web.collections import pages as collection_pages
from artworks.web.library import saved_view_pages
from models import db
from tests.support.factories import added
from tests.support.material import statements


def made(client: FlaskClient, name: str = "Coast", *ids: int, note: str = "") -> dict[str, Any]:
    """Make a collection of some pictures and give its JSON."""
    answer = client.post("/api/collections", json={"name": name, "note": note})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.get_json()
    if ids:
        assert client.post(f"/api/collections/{body['id']}/images", json={"ids": ids}).status_code == 200
    return body


def few(client: FlaskClient, count: int = 3) -> list[int]:
    """Add some pictures and give their ids."""
    return [added(client, f"Study {number}.jpg")["id"] for number in range(count)]


def order(client: FlaskClient, number: int) -> list[int]:
    """List the pictures of a collection as its page shows them."""
    return [
        int(found) for found in re.findall(r'data-place="(\d+)"', page(client.get(f"/collections/{number}")))
    ]


def page(answer: TestResponse) -> str:
    assert answer.mimetype == "text/html"
    return answer.get_data(as_text=True)


def test_a_collection_is_made_read_changed_and_deleted(client: FlaskClient) -> None:
    body = made(client, " Coast ", note="By the sea.")
    address = f"/api/collections/{body['id']}"
    assert body == {
        "id": body["id"],
        "name": "Coast",
        "note": "By the sea.",
        "version": 1,
        "arranged": 1,
        "images": 0,
        "cover": None,
        "created_at": body["created_at"],
        "urls": {
            "page": f"/collections/{body['id']}",
            "library": f"/?collection={body['id']}",
            "export": f"/export.csv?collection={body['id']}",
        },
    }
    assert client.get(address).get_json() == body
    changed = client.patch(address, json={"name": "Shore"}).get_json()
    assert changed == {**body, "name": "Shore", "version": 2}
    assert client.patch(address, json={"note": ""}).get_json()["note"] == ""
    assert client.patch(address, json={}).get_json()["name"] == "Shore"
    assert client.delete(address).status_code == 200
    assert client.get(address).status_code == client.delete(address).status_code == 404


def test_pictures_are_added_ordered_and_taken_out(client: FlaskClient) -> None:
    a, b, c = few(client)
    body = made(client)
    address = f"/api/collections/{body['id']}"
    answer = client.post(f"{address}/images", json={"ids": [b, a, 4711]})
    assert answer.get_json() == {"added": 2, "already": 0, "missing": 1}
    answer = client.post(f"{address}/images", json={"ids": [a, c], "before": a})
    assert answer.get_json() == {"added": 1, "already": 1, "missing": 0}
    assert order(client, body["id"]) == [b, c, a]
    found = client.get(address).get_json()
    assert (found["images"], found["cover"]) == (3, b)
    assert client.post(f"{address}/order", json={"image_id": a, "before": b}).status_code == 200
    assert order(client, body["id"]) == [a, b, c]
    assert client.post(f"{address}/order", json={"image_id": a, "before": None}).status_code == 200
    assert client.post(f"{address}/order", json={"image_id": c, "after": a}).status_code == 200
    assert order(client, body["id"]) == [b, a, c]
    assert client.post(f"{address}/images/remove", json={"ids": [a, 4711]}).get_json() == {"removed": 1}
    assert order(client, body["id"]) == [b, c]
    assert client.get(f"/api/images/{a}").status_code == 200


def test_a_picture_can_be_in_several_collections(client: FlaskClient) -> None:
    a, b, _ = few(client)
    coast, show = made(client, "Coast", a, b), made(client, "Show", b, a)
    assert (order(client, coast["id"]), order(client, show["id"])) == ([a, b], [b, a])
    client.delete(f"/api/images/{b}")
    listed = client.get("/api/collections").get_json()["collections"]
    assert [(one["name"], one["images"], one["cover"]) for one in listed] == [
        ("Coast", 1, a),
        ("Show", 1, a),
    ]


def test_the_library_and_the_export_take_a_collection_in_its_order(client: FlaskClient) -> None:
    a, b, c = few(client)
    body = made(client, "Coast", c, a)
    found = client.get(f"/api/images?collection={body['id']}").get_json()["images"]
    assert [image["id"] for image in found] == [c, a]
    lines = client.get(body["urls"]["export"]).get_data(as_text=True).splitlines()
    assert [int(line.split(",")[0]) for line in lines[1:]] == [c, a]
    assert b not in [image["id"] for image in found]


def test_the_list_comes_in_pages_by_name(client: FlaskClient) -> None:
    for name in ("b", "A", "c & d"):
        made(client, name)
    first = client.get("/api/collections?limit=2").get_json()
    assert ([one["name"] for one in first["collections"]], first["next"]) == (["A", "b"], "b")
    second = client.get("/api/collections?limit=2&after=B").get_json()
    assert ([one["name"] for one in second["collections"]], second["next"]) == (["c & d"], None)


BAD: list[tuple[str, str, Any, int, str | None]] = [
    ("post", "/api/collections", {}, 422, "name"),
    ("post", "/api/collections", {"name": " "}, 422, "name"),
    ("post", "/api/collections", {"name": "x" * 81}, 422, "name"),
    ("post", "/api/collections", {"name": 3}, 422, "name"),
    ("post", "/api/collections", {"name": "a", "note": "x" * 2001}, 422, "note"),
    ("post", "/api/collections", {"name": "a", "color": "red"}, 422, "color"),
    ("post", "/api/collections", {"name": "cOAST"}, 409, "name"),
    ("get", "/api/collections?limit=0", None, 422, "limit"),
    ("patch", "/api/collections/4711", {"name": "a"}, 404, None),
    ("patch", "/api/collections/{id}", {"name": "other"}, 409, "name"),
    ("patch", "/api/collections/{id}", {"name": ""}, 422, "name"),
    ("patch", "/api/collections/{id}", {"images": 3}, 422, "images"),
    ("post", "/api/collections/4711/images", {"ids": [1]}, 404, None),
    ("post", "/api/collections/{id}/images", {"ids": []}, 422, "ids"),
    ("post", "/api/collections/{id}/images", {"ids": [0]}, 422, "ids"),
    ("post", "/api/collections/{id}/images", {"ids": ["x"]}, 422, "ids"),
    ("post", "/api/collections/{id}/images", {"ids": [2**63]}, 422, "ids"),
    ("post", "/api/collections/{id}/images", {"ids": [1], "before": 4711}, 409, None),
    ("post", "/api/collections/{id}/images", {"ids": [1], "before": 1, "after": 1}, 422, "after"),
    ("post", "/api/collections/4711/images/remove", {"ids": [1]}, 404, None),
    ("post", "/api/collections/{id}/images/remove", {}, 422, "ids"),
    ("post", "/api/collections/4711/order", {"image_id": 1, "before": None}, 404, None),
    ("post", "/api/collections/{id}/order", {"image_id": 4711, "before": None}, 404, None),
    ("post", "/api/collections/{id}/order", {"image_id": 1}, 422, "before"),
    ("post", "/api/collections/{id}/order", {"before": 1}, 422, "image_id"),
    ("post", "/api/collections/{id}/order", {"image_id": 1, "before": 4711}, 409, None),
    ("get", "/collections/4711", None, 404, None),
    ("get", "/collections/{id}?after=x", None, 400, None),
    ("get", "/collections/{id}?after=4711", None, 400, None),
    ("get", "/collections/4711?fragment=pictures", None, 404, None),
    ("get", f"/collections/{10**30}", None, 404, None),
]


def test_what_does_not_fit_is_refused_and_changes_nothing(client: FlaskClient) -> None:
    number = few(client, 1)[0]
    assert number == 1
    kept = made(client, "Coast", number)
    made(client, "Other")
    before = client.get("/api/collections").get_json()
    for method, address, body, status, field in BAD:
        path, headers = address.format(id=kept["id"]), {"Accept": "application/json"}
        answer = client.open(path, method=method, json=body, headers=headers)
        assert answer.status_code == status, (path, body, answer.text)
        assert answer.get_json()["error"].get("field") == field, (path, body)
        assert client.get("/api/collections").get_json() == before, (path, body)


def test_the_wall_of_covers(client: FlaskClient) -> None:
    empty = page(client.get("/collections"))
    assert "No collection yet" in empty
    a, b, _ = few(client)
    made(client, "Coast <b>", b, a)
    made(client, "Later")
    shown = page(client.get("/collections"))
    assert "Coast &lt;b&gt;" in shown
    assert f"/images/{b}/thumbnail" in shown
    assert "2 pictures" in shown
    assert "No pictures yet" in shown


def test_the_wall_asks_the_database_as_often_for_many_as_for_few(client: FlaskClient) -> None:
    ids = few(client)
    made(client, "One", *ids)
    counts = []
    for name in ("Two", "Three", "Four"):
        with client.application.app_context(), statements(db.engine) as sent:
            client.get("/collections")
        counts.append(len(sent))
        made(client, name, *ids)
    assert len(set(counts)) == 1


def test_a_collection_is_made_by_a_plain_form(client: FlaskClient) -> None:
    answer = client.post("/collections", data={"name": "Coast", "note": "By\r\nthe sea."})
    assert answer.status_code == 303
    shown = page(client.get(answer.location))
    assert "No pictures here yet" in shown
    assert "By\nthe sea." in shown
    again = client.post("/collections", data={"name": "coast", "note": "Typed & kept"})
    assert again.status_code == 409
    assert "There is a collection called “coast” already." in page(again)
    assert "Typed &amp; kept" in page(again)
    assert client.post("/collections", data={}).status_code == 422


def test_a_collection_is_renamed_and_deleted_by_plain_forms(client: FlaskClient) -> None:
    body = made(client)
    made(client, "Other")
    address = body["urls"]["page"]
    assert client.post(address, data={"name": "Shore", "note": "New"}).status_code == 303
    taken = client.post(address, data={"name": "OTHER", "note": "Typed"})
    assert taken.status_code == 409
    assert "Typed</textarea>" in page(taken)
    assert client.get(f"/api/collections/{body['id']}").get_json()["name"] == "Shore"
    assert client.post(f"{address}/delete").location == "/collections"
    assert "“Shore” is deleted" in page(client.get("/collections"))
    for path in (address, f"{address}/delete"):
        assert client.post(path, data={"name": "x"}).status_code == 404


def test_pictures_are_ordered_and_taken_out_by_plain_forms(client: FlaskClient) -> None:
    a, b, c = few(client)
    body = made(client, "Coast", a, b, c)
    address = body["urls"]["page"]
    answer = client.post(f"{address}/order", data={"image_id": a, "move": "later"})
    assert (answer.status_code, answer.location) == (303, f"{address}#picture-{a}")
    assert order(client, body["id"]) == [b, a, c]
    answer = client.post(f"{address}/order", data={"image_id": c, "move": "earlier", "after": b})
    assert answer.location == f"{address}?after={b}#picture-{c}"
    assert order(client, body["id"]) == [b, c, a]
    assert client.post(f"{address}/remove", data={"image_id": c}).status_code == 303
    assert order(client, body["id"]) == [b, a]
    for form, status in (
        ({"image_id": a, "move": "up"}, 422),
        ({"image_id": "x", "move": "later"}, 422),
        ({"image_id": c, "move": "later"}, 404),
    ):
        assert client.post(f"{address}/order", data=form).status_code == status
    assert client.post(f"{address}/remove", data={}).status_code == 422


def test_a_long_collection_comes_in_pages(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artworks.web.collections.pages.PICTURES_A_PAGE", 2)
    a, b, c = few(client)
    body = made(client, "Coast", c, b, a)
    address = body["urls"]["page"]
    assert order(client, body["id"]) == [c, b]
    assert f'href="{address}?after={b}"' in page(client.get(address))
    rest = page(client.get(f"{address}?after={b}&fragment=pictures"))
    assert re.findall(r'data-place="(\d+)"', rest) == [str(a)]
    assert "<html" not in rest
    assert "Load more" not in rest


def test_a_picture_shows_its_collections_and_joins_others(client: FlaskClient) -> None:
    image = added(client)
    address = f"/images/{image['id']}"
    coast, _show = made(client, "Coast"), made(client, "Show")
    joined = client.post(f"{address}/collections?tag=x", data={"collection": coast["id"]})
    assert (joined.status_code, joined.location) == (303, f"{address}?tag=x")
    shown = page(client.get(address))
    assert "Added to “Coast”." in shown
    assert f'href="/collections/{coast["id"]}" dir="auto" translate="no">Coast<' in shown
    assert "Show</option>" in shown
    assert "Coast</option>" not in shown
    client.post(f"{address}/collections", data={"collection": "new", "name": "Drop"})
    client.post(f"{address}/collections", data={"collection": "", "name": "Second"})
    listed = client.get("/api/collections").get_json()["collections"]
    assert [(one["name"], one["images"]) for one in listed] == [
        ("Coast", 1),
        ("Drop", 1),
        ("Second", 1),
        ("Show", 0),
    ]
    left = client.post(f"{address}/collections/{coast['id']}/remove")
    assert left.status_code == 303
    assert client.get(f"/api/collections/{coast['id']}").get_json()["images"] == 0


def test_a_picture_that_cannot_join_says_why(client: FlaskClient) -> None:
    address = f"/images/{added(client)['id']}"
    made(client, "Coast")
    for form, said in (
        ({}, "Choose a collection first."),
        ({"collection": "new", "name": " "}, "Give it a name."),
        ({"collection": "new", "name": "COAST"}, "There is a collection called “COAST” already."),
        ({"collection": "x"}, "This form is incomplete."),
    ):
        assert client.post(f"{address}/collections", data=form).location.partition("?")[0] == address
        assert said in page(client.get(address))
    assert client.post(f"{address}/collections", data={"collection": 4711}).status_code == 404
    assert client.post("/images/4711/collections", data={"collection": 1}).status_code == 404
    assert client.post("/images/4711/collections/1/remove").status_code == 404
    assert len(client.get("/api/collections").get_json()["collections"]) == 1


def test_the_side_of_the_library_lists_collections_and_views(client: FlaskClient) -> None:
    ids = few(client, 2)
    numbers = [made(client, f"C{number:02}", *ids)["id"] for number in range(14)]
    client.post("/api/views", json={"name": "Ready", "filters": {"status": "ready"}})
    with client.application.test_request_context():
        found = collection_pages.sidebar_entries(
            Filters(status="ready"), read_sidebar(db.session()).collections
        )
        assert [one["label"] for one in found] == [f"C{number:02}" for number in range(12)]
        assert found[0]["count"] == 2
        assert found[0]["url"] == f"/?status=ready&collection={numbers[0]}"
        assert not any(one["active"] for one in found)
        assert saved_view_pages.sidebar_entries(Filters(status="ready"), read_sidebar(db.session()).views)[0][
            "active"
        ]
        # One that is far down, chosen: it is there, and choosing it again takes the filter off.
        found = collection_pages.sidebar_entries(
            Filters(collection=str(numbers[13])), read_sidebar(db.session()).collections
        )
        assert (found[12]["label"], found[12]["active"], found[12]["url"]) == ("C13", True, "/")
        assert found[12]["arrange"] == f"/collections/{numbers[13]}"
        assert (
            len(
                collection_pages.sidebar_entries(
                    Filters(collection="4711"), read_sidebar(db.session()).collections
                )
            )
            == 12
        )
