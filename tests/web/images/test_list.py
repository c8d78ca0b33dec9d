"""Lists of pictures: GET /api/images and the library page."""

from __future__ import annotations

from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models import db
from tests.support.factories import added
from tests.support.material import row, statements


def titles(client: FlaskClient, query: str) -> list[str]:
    return [image["post_title"] for image in client.get(f"/api/images?{query}").get_json()["images"]]


def test_an_empty_library_is_an_empty_page(client: FlaskClient) -> None:
    empty: dict[str, Any] = {"images": [], "next": None, "total": {"count": 0, "exact": True}}
    assert client.get("/api/images").get_json() == empty
    assert client.get("/").status_code == 200


def test_the_listed_picture_has_the_shape_of_the_contract(client: FlaskClient) -> None:
    image = added(client, hashtags="heron", category="Prints")
    (listed,) = client.get("/api/images").get_json()["images"]
    assert listed == image == client.get(f"/api/images/{image['id']}").get_json()
    assert set(listed) == {
        "id", "original_filename", "stored_filename", "post_title", "description", "hashtags", "category",
        "key_points", "alt_text", "status", "origins", "approved", "width", "height", "size_bytes", "media_type",
        "converted_from",
        "created_at", "updated_at", "version", "suggestion", "urls",
    }  # fmt: skip
    assert set(listed["urls"]) == {"page", "original", "preview", "thumbnail"}
    assert listed["created_at"].endswith("Z")


def test_filters_of_the_address_narrow_the_list(client: FlaskClient, session: Session) -> None:
    row(session, post_title="Heron", category="Prints", hashtags="bird", status="ready")
    row(session, post_title="Otter", category="Paper", hashtags="fur")
    session.commit()
    for query in ("q=her", "category=prints", "tag=bird", "tag=%23Bird", "status=ready"):
        assert titles(client, query) == ["Heron"], query
    assert titles(client, "sort=title") == ["Heron", "Otter"]
    assert titles(client, "q=her&category=paper") == []
    assert client.get("/api/images?status=ready").get_json()["total"] == {"count": 1, "exact": True}


def test_the_cursor_leads_through_all_pages(client: FlaskClient, session: Session) -> None:
    names = [f"Title {number}" for number in range(5)]
    for name in names:
        row(session, post_title=name)
    session.commit()
    found, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/api/images?sort=title&limit=2&after={cursor}").get_json()
        found += [image["post_title"] for image in page["images"]]
        cursor = page["next"]
    assert found == names


def test_a_page_holds_at_most_two_hundred(client: FlaskClient, session: Session) -> None:
    for _ in range(201):
        row(session)
    session.commit()
    counts = {q: len(titles(client, q)) for q in ("", "limit=1", "limit=200")}
    assert counts == {"": 50, "limit=1": 1, "limit=200": 200}


def test_values_that_do_not_fit_are_refused_by_name(client: FlaskClient) -> None:
    for query, field in (
        ("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("sort=random", "sort"),
        ("status=gone", "status"), ("trashed=2", "trashed"), ("color=red", "color"),
        (f"q={'x' * 1001}", "q"),
    ):  # fmt: skip
        answer = client.get(f"/api/images?{query}")
        assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, field)
    for query in ("sort=random", "status=gone"):
        assert client.get(f"/?{query}").status_code == 422


def test_a_broken_cursor_is_a_bad_request(client: FlaskClient) -> None:
    for cursor in ("x", "W10", "%00", "🎨", "W1tb" * 450):
        assert client.get(f"/api/images?after={cursor}").status_code == 400
        assert client.get(f"/?after={cursor}").status_code == 400


def test_strange_signs_in_an_address_are_no_error(client: FlaskClient) -> None:
    added(client)
    for text in ("%", "%00", "%ff%fe", "%ED%A0%80", "'", "%27%3B", "🎨", "\\", "_", "(", "*"):
        assert client.get(f"/api/images?q={text}&category={text}&tag={text}").status_code == 200
        assert client.get(f"/?fragment=rows&q={text}").status_code == 200
        assert client.get(f"/api/tags?prefix={text}").status_code == 200


def rows_of(client: FlaskClient, query: str) -> str:
    return client.get(f"/?fragment=rows&{query}").get_data(as_text=True)


def test_the_rows_fragment_is_the_piece_the_page_is_made_of(client: FlaskClient, session: Session) -> None:
    for number in range(52):
        row(session, post_title=f"Title {number:02}")
    session.commit()
    first = rows_of(client, "sort=title")
    assert first.strip() in client.get("/?sort=title").get_data(as_text=True)
    assert "Title 49" in first
    assert "Title 50" not in first
    cursor = client.get("/api/images?sort=title").get_json()["next"]
    rest = rows_of(client, f"sort=title&after={cursor}")
    assert "data-load-more" in first
    assert rest.count("data-image-id") == 2
    assert "data-load-more" not in rest


def test_the_view_changes_rows_into_cards(client: FlaskClient) -> None:
    image = added(client)
    assert "<tr" in rows_of(client, "view=table")
    assert "<li" in rows_of(client, "view=grid")
    page = f"/images/{image['id']}/row"
    assert "<tr" in client.get(page).get_data(as_text=True)
    assert "<li" in client.get(f"{page}?view=grid").get_data(as_text=True)


def test_the_sidebar_counts_and_links(client: FlaskClient, session: Session) -> None:
    row(session, category="Prints & more", hashtags="bird")
    session.commit()
    sidebar = client.get("/?fragment=sidebar&status=new").get_data(as_text=True)
    assert "<html" not in sidebar
    assert "category=Prints+%26+more" in sidebar
    assert "tag=%23bird" in sidebar


def count_statements(app: APIFlask, client: FlaskClient, address: str) -> list[str]:
    with app.app_context(), statements(db.engine) as sent:
        assert client.get(address).status_code == 200
    return sent


def test_pages_take_few_statements_however_many_pictures(
    app: APIFlask, client: FlaskClient, session: Session
) -> None:
    most: dict[str, Any] = {
        "/": 4, "/?view=grid": 4, "/?fragment=rows": 3, "/api/images": 3, "/trash": 6,
        "/?q=shelf": 5, "/?q=shelf+-nothing&status=new": 6, "/?category=Shelf+0&tag=tag0": 6, "/?sort=title": 4,
    }  # fmt: skip
    for count in (1, 30):
        for number in range(count):
            row(session, category=f"Shelf {number}", hashtags=f"tag{number}")
        session.commit()
        for address, limit in most.items():
            sent = count_statements(app, client, address)
            assert len(sent) <= limit, sent
