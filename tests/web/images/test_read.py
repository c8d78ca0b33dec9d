"""One picture: its JSON and its page."""

from __future__ import annotations

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models import db
from tests.support.factories import added
from tests.support.material import naughty, row, statements


def test_a_picture_that_is_not_there_is_404_everywhere(client: FlaskClient) -> None:
    for number in (1, 2**63, 10**40):
        for address in ("", "/row", "/thumbnail", "/preview"):
            assert client.get(f"/images/{number}{address}").status_code == 404
        for address in ("", "/revisions"):
            answer = client.get(f"/api/images/{number}{address}")
            assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


def test_an_id_that_is_no_number_is_no_address(client: FlaskClient) -> None:
    for number in ("x", "-1", "1.5", "1%00", "%2e%2e"):
        assert client.get(f"/api/images/{number}").status_code == 404
        assert client.get(f"/images/{number}").status_code == 404


def test_the_page_shows_words_history_and_neighbours(client: FlaskClient) -> None:
    first, middle, last = (added(client, post_title=title, hashtags="heron") for title in "abc")
    page = client.get(f"/images/{middle['id']}?sort=title").get_data(as_text=True)
    assert f"/images/{first['id']}?sort=title" in page
    assert f"/images/{last['id']}?sort=title" in page
    assert "You added the picture" in page
    assert "You changed the title and hashtags" in page
    assert f'data-version="{middle["version"]}"' in page


def test_the_panel_fragment_is_a_piece_of_the_page(client: FlaskClient) -> None:
    image = added(client, post_title="Heron")
    panel = client.get(f"/images/{image['id']}?fragment=panel").get_data(as_text=True)
    assert "<html" not in panel
    assert panel.strip() in client.get(f"/images/{image['id']}").get_data(as_text=True)


def test_the_page_takes_few_statements(app: APIFlask, client: FlaskClient) -> None:
    image = added(client, category="Prints")
    for turn in range(5):
        change = {"version": image["version"], "post_title": f"Title {turn}"}
        image = client.patch(f"/api/images/{image['id']}", json=change).get_json()
    with app.app_context(), statements(db.engine) as sent:
        client.get(f"/images/{image['id']}")
    assert len(sent) <= 13, sent


def test_no_naughty_string_becomes_markup_on_any_page(client: FlaskClient, session: Session) -> None:
    """Whatever has a `<` in it must not be found as it stands, in any text field of any page."""
    hostile = [text for text in naughty() if "<" in text and "\0" not in text and len(text) <= 200]
    fields = ("post_title", "description", "key_points", "alt_text")
    for start in range(0, len(hostile), len(fields)):
        words = dict(zip(fields, hostile[start:], strict=False))
        # A category has two levels at most.
        row(session, hostile[start], category=hostile[start][:80].replace(" / ", "/"), **words)
    session.commit()
    numbers = [image["id"] for image in client.get("/api/images?limit=200").get_json()["images"]]
    pages = [f"/images/{number}" for number in numbers]
    pages += [
        "/?fragment=rows",
        "/?view=grid",
        "/export",
        f"/images/{numbers[0]}/row",
        "/categories",
        "/tags",
    ]
    for text in hostile[:3]:
        pages.append(f"/?q={text.replace('%', '%25').replace('#', '%23').replace('&', '%26')}")
    assert len(hostile) > 100
    for page in pages:
        shown = client.get(page).get_data(as_text=True)
        assert [text for text in hostile if text in shown] == [], page


def test_the_versions_of_some_pictures(client: FlaskClient) -> None:
    images = [added(client, f"{number}.jpg", category="Prints") for number in range(3)]
    ids = [image["id"] for image in images]
    change = {"version": images[0]["version"], "post_title": "Heron"}
    version = client.patch(f"/api/images/{ids[0]}", json=change).get_json()["version"]
    client.delete(f"/api/images/{ids[1]}")
    asked = ",".join(map(str, [*ids, 4711, 2**40, 10**30, 0]))
    answer = client.get(f"/api/images/versions?ids={asked}")
    assert answer.get_json() == {"versions": {str(ids[0]): version, str(ids[2]): images[2]["version"]}}
    assert version > images[0]["version"]
    for bad in ("", ",", "1,", "-1", "one", "1;2", "1" * 4000, "\u0661"):
        assert client.get("/api/images/versions", query_string={"ids": bad}).status_code == 422, bad
    assert client.get("/api/images/versions").status_code == 422
