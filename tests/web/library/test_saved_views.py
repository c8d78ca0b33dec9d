"""Saved views over HTTP: the API, and the page with plain forms."""

from __future__ import annotations

from typing import Any

import pytest
from flask import render_template
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from artworks.library.sidebar import read_sidebar
from artworks.search.filters import Filters
from artworks.web.collections import pages as collection_pages
from artworks.web.library import saved_view_pages
from models import SavedView, db
from tests.support.factories import added


def made(client: FlaskClient, name: str = "Ready prints", **filters: str) -> dict[str, Any]:
    """Save a view and give its JSON."""
    given = filters or {"category": "Prints", "status": "ready"}
    answer = client.post("/api/views", json={"name": name, "filters": given})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def page(answer: TestResponse) -> str:
    assert answer.mimetype == "text/html"
    return answer.get_data(as_text=True)


def test_a_view_is_saved_listed_changed_and_deleted(client: FlaskClient) -> None:
    body = made(client)
    assert body == {
        "id": body["id"],
        "name": "Ready prints",
        "filters": {"category": "Prints", "status": "ready"},
        "version": 1,
        "url": "/?category=Prints&status=ready",
        "created_at": body["created_at"],
    }
    assert client.get("/api/views").get_json() == {"views": [body]}
    address = f"/api/views/{body['id']}"
    assert client.patch(address, json={"name": "Done"}).get_json() == {**body, "name": "Done", "version": 2}
    changed = client.patch(address, json={"filters": {"tag": "lino", "sort": "oldest"}}).get_json()
    assert (changed["name"], changed["filters"]) == ("Done", {"tag": "lino", "sort": "oldest"})
    assert client.delete(address).status_code == 200
    assert client.delete(address).status_code == 404
    assert client.get("/api/views").get_json() == {"views": []}


def test_a_view_that_followed_a_tag_is_not_written_over_by_who_has_not_seen_that(client: FlaskClient) -> None:
    added(client, hashtags="herron")
    view = made(client, "Herons", tag="herron", category="", status="")
    client.patch("/api/tags", json={"tag": "#herron", "name": "#heron", "version": 1})
    body = {"filters": {"tag": "herron", "sort": "title"}, "version": view["version"]}
    answer = client.patch(f"/api/views/{view['id']}", json=body)
    assert (answer.status_code, answer.get_json()["current"]["filters"]["tag"]) == (409, "#heron")


def test_a_view_leads_to_its_pictures(client: FlaskClient) -> None:
    added(client, "One.jpg", post_title="Heron", category="Prints & paper")
    added(client, "Two.jpg", post_title="Tide", category="Prints & paper")
    collection = client.post("/api/collections", json={"name": "Coast"}).get_json()
    view = made(client, "Herons", q="heron", category="Prints & paper", collection="", sort="title")
    shown = page(client.get(view["url"]))
    assert "One.jpg" in shown
    assert "Two.jpg" not in shown
    in_it = made(client, "In it", collection=str(collection["id"]))
    assert in_it["url"] == f"/?collection={collection['id']}"


def test_views_are_listed_by_name(client: FlaskClient) -> None:
    for name in ("b", "A", "c"):
        made(client, name)
    assert [view["name"] for view in client.get("/api/views").get_json()["views"]] == ["A", "b", "c"]


FILTERS = {"status": "ready"}
BAD = [
    ("post", "/api/views", {"name": "a"}, 422, "filters"),
    ("post", "/api/views", {"filters": FILTERS}, 422, "name"),
    ("post", "/api/views", {"name": " ", "filters": FILTERS}, 422, "name"),
    ("post", "/api/views", {"name": "x" * 81, "filters": FILTERS}, 422, "name"),
    ("post", "/api/views", {"name": "a", "filters": {}}, 422, "filters"),
    ("post", "/api/views", {"name": "a", "filters": {"status": "sold"}}, 422, "status"),
    ("post", "/api/views", {"name": "a", "filters": {"sort": "random"}}, 422, "sort"),
    ("post", "/api/views", {"name": "a", "filters": {"collection": "x"}}, 422, "collection"),
    ("post", "/api/views", {"name": "a", "filters": {"colour": "nothing"}}, 422, "colour"),
    ("post", "/api/views", {"name": "a", "filters": {"trashed": "1"}}, 422, "filters"),
    ("post", "/api/views", {"name": "a", "filters": {"q": ["x"]}}, 422, "filters"),
    ("post", "/api/views", {"name": "a", "filters": "q=x"}, 422, "filters"),
    ("post", "/api/views", {"name": "READY PRINTS", "filters": FILTERS}, 409, "name"),
    ("patch", "/api/views/{id}", {"name": "other"}, 409, "name"),
    ("patch", "/api/views/{id}", {"filters": {}}, 422, "filters"),
    ("patch", "/api/views/{id}", {"colour": "red"}, 422, "colour"),
    ("patch", "/api/views/4711", {"name": "a"}, 404, None),
    ("delete", f"/api/views/{10**30}", None, 404, None),
]


@pytest.mark.parametrize(("method", "address", "body", "status", "field"), BAD)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    client: FlaskClient, method: str, address: str, body: Any, status: int, field: str | None
) -> None:
    kept = made(client)
    made(client, "Other")
    before = client.get("/api/views").get_json()
    answer = client.open(address.format(id=kept["id"]), method=method, json=body)
    assert answer.status_code == status, answer.text
    assert answer.get_json()["error"].get("field") == field
    assert client.get("/api/views").get_json() == before


def test_a_view_is_saved_by_a_plain_form_which_leads_back(client: FlaskClient) -> None:
    form = {"name": "Herons & <co>", "q": "heron", "status": "ready", "sort": "newest", "page": "3"}
    answer = client.post("/views", data=form)
    assert (answer.status_code, answer.location) == (303, "/?q=heron&status=ready&sort=newest")
    assert "Saved. “Herons &amp; &lt;co&gt;”" in page(client.get(answer.location))
    shown = page(client.get("/views"))
    assert 'href="/?q=heron&amp;status=ready&amp;sort=newest"' in shown
    assert "“heron”, ready" in shown


def test_a_view_that_cannot_be_saved_comes_back_with_its_filters(client: FlaskClient) -> None:
    made(client)
    answer = client.post("/views", data={"name": "ready prints", "tag": "lino"})
    assert answer.status_code == 409
    shown = page(answer)
    assert "There is a view called “ready prints” already." in shown
    assert '<input type="hidden" name="tag" value="lino">' in shown
    assert "Another name for #lino" in shown
    assert client.post("/views", data={"name": "", "tag": "lino"}).status_code == 422
    nothing = client.post("/views", data={"name": "All"})
    assert nothing.status_code == 422
    assert "Choose a filter first." in page(nothing)
    assert client.post("/views", data={"name": "a", "status": "sold"}).status_code == 422


def test_views_are_renamed_and_deleted_by_plain_forms(client: FlaskClient) -> None:
    assert "No view saved yet" in page(client.get("/views"))
    view = made(client)
    made(client, "Other")
    address = f"/views/{view['id']}"
    assert client.post(address, data={"name": "Done"}).status_code == 303
    taken = client.post(address, data={"name": "OTHER"})
    assert taken.status_code == 409
    assert 'value="OTHER"' in page(taken)
    assert client.post(address, data={}).status_code == 422
    assert [one["name"] for one in client.get("/api/views").get_json()["views"]] == ["Done", "Other"]
    assert client.post(f"{address}/delete").status_code == 303
    assert "“Done” is deleted" in page(client.get("/views"))
    for path in (address, f"{address}/delete"):
        assert client.post(path, data={"name": "x"}).status_code == 404


def test_the_page_says_what_each_view_is_filtered_by(client: FlaskClient) -> None:
    number = client.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    made(client, "One", collection=str(number), tag="#lino", sort="oldest", colour="teal")
    shown = page(client.get("/views"))
    assert "#lino, colour teal, collection Coast, order: oldest" in shown
    client.delete(f"/api/collections/{number}")
    assert "a collection that is deleted" in page(client.get("/views"))
    assert client.get(f"/?collection={number}").status_code == 200


def test_a_kept_filter_that_is_none_any_more_is_left_out(client: FlaskClient) -> None:
    with client.application.app_context():
        db.session.add(SavedView(name="Old", filters={"mood": "calm", "status": "ready"}))
        db.session.commit()
    assert client.get("/api/views").get_json()["views"][0]["url"] == "/?status=ready"
    assert client.get("/views").status_code == 200


def test_the_form_beside_the_filters_carries_them(client: FlaskClient) -> None:
    filters = {"q": 'a "b"', "tag": "", "status": "ready"}
    with client.application.test_request_context():
        shown = render_template("library/_save_view.html", listing={"filters": filters})
    assert '<input type="hidden" name="q" value="a &#34;b&#34;">' in shown
    assert '<input type="hidden" name="status" value="ready">' in shown
    assert 'name="tag"' not in shown


def test_the_side_shows_collections_and_views(client: FlaskClient) -> None:
    number = client.post("/api/collections", json={"name": "Coast <b>"}).get_json()["id"]
    made(client, "Coast view", collection=str(number))
    filters = Filters(collection=str(number))
    with client.application.test_request_context():
        shown = render_template(
            "library/_side_collections.html",
            collections=collection_pages.sidebar_entries(filters, read_sidebar(db.session()).collections),
            views=saved_view_pages.sidebar_entries(filters, read_sidebar(db.session()).views),
        )
        bare = render_template("library/_side_collections.html", collections=[], views=[])
    assert "Coast &lt;b&gt;" in shown
    assert shown.count('aria-current="true"') == 2
    assert f'href="/collections/{number}"' in shown
    assert "Saved views" not in bare
