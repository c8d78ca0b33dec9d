"""Favourites over HTTP: a visitor without an account sends them, the studio sees, deletes and uses them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.accounts import throttle
from tests.support.factories import added
from tests.support.galleries import Share, enter, shared

JSON = {"Accept": "application/json"}


def send(
    client: FlaskClient, share: Share, ids: list[int], name: str = "Ms. R.", **given: Any
) -> TestResponse:
    body = {"name": name, "ids": ids, **given}
    return client.post(f"{share['url']}/favourites", json=body, headers=JSON)


def ticked(page: str) -> list[int]:
    found = re.findall(r"<input type=checkbox name=ids value=(\d+)[^>]* checked>", page)
    return [int(number) for number in found]


def once(page: str) -> str:
    [found] = re.findall(r'name="once" value="([^"]+)"', page)
    return str(found)


@pytest.fixture
def ids(studio: FlaskClient) -> list[int]:
    return [added(studio, f"{number}.jpg", post_title=f"Work {number}")["id"] for number in range(3)]


def test_a_visitor_chooses_with_a_plain_form_and_changes_it(
    studio: FlaskClient, client: FlaskClient, ids: list[int]
) -> None:
    share = shared(studio, ids)
    page = client.get(share["url"]).text
    assert ticked(page) == []
    shown = ",".join(map(str, ids))
    form = {"name": "Ms. R.", "ids": ids[:2], "shown": shown, "once": once(page)}
    # A double press is one visitor.
    for _ in range(2):
        answer = client.post(f"{share['url']}/favourites", data=form)
        assert (answer.status_code, answer.location.endswith("#favourites")) == (303, True)
    cookie = answer.headers["Set-Cookie"]
    path = share["url"].removeprefix("http://localhost")
    for part in ("HttpOnly", f"Path={path}", "SameSite=Lax"):
        assert part in cookie
    page = client.get(share["url"]).text
    assert ticked(page) == ids[:2]
    assert "Sent" in page
    assert 'value="Ms. R."' in page
    # One picture's page decides about that picture alone.
    one = {"name": "Ms. R.", "shown": str(ids[0]), "picture": str(ids[0])}
    assert client.post(f"{share['url']}/favourites", data=one).location.endswith(f"/{ids[0]}#favourites")
    assert ticked(client.get(share["url"]).text) == ids[1:2]
    listed = studio.get(f"/api/shares/{share['id']}/favourites").get_json()["visitors"]
    assert [(one["name"], one["image_ids"]) for one in listed] == [("Ms. R.", ids[1:2])]
    # A page that does not know of it adds to it; a script that names no pictures decides about all.
    assert send(client, share, ids[2:], shown=ids[2:]).get_json() == {"ids": ids[1:]}
    assert send(client, share, ids[:1]).get_json() == {"ids": ids[:1]}
    assert send(client, share, ids[:1], shown=["x"]).status_code == 422


def test_two_presses_without_a_cookie_are_one_visitor(
    app: APIFlask, studio: FlaskClient, client: FlaskClient, ids: list[int]
) -> None:
    share = shared(studio, ids)
    mark = once(client.get(share["url"]).text)
    for _ in range(2):
        assert send(app.test_client(), share, ids[:1], once=mark).status_code == 200
    assert send(app.test_client(), share, ids[:1]).status_code == 200
    assert len(studio.get(f"/api/shares/{share['id']}/favourites").get_json()["visitors"]) == 2


def test_a_stranger_sees_nothing_of_it(
    app: APIFlask, studio: FlaskClient, client: FlaskClient, ids: list[int]
) -> None:
    share = shared(studio, ids)
    answer = send(client, share, ids[:1], "Mrs. Secret")
    assert answer.get_json() == {"ids": ids[:1]}
    page = app.test_client().get(share["url"]).text
    assert ticked(page) == []
    assert "Mrs. Secret" not in page
    assert app.test_client().get(f"/api/shares/{share['id']}/favourites").status_code == 401


def test_a_mistake_brings_the_page_back_with_the_hearts(
    studio: FlaskClient, client: FlaskClient, ids: list[int]
) -> None:
    share = shared(studio, ids)
    form = {"name": " ", "ids": ids[1:], "shown": ",".join(map(str, ids))}
    answer = client.post(f"{share['url']}/favourites", data=form)
    assert answer.status_code == 422
    assert "Type your name" in answer.text
    assert ticked(answer.text) == ids[1:]
    for wrong in ({"ids": "x"}, {"ids": "-1"}, {"shown": "x"}, {"ids": "9" * 30}, {"name": "x" * 2000}):
        answer = client.post(f"{share['url']}/favourites", data={"name": "R", "ids": ids[0], **wrong})
        assert answer.status_code == 422, wrong
    wrong_bodies: tuple[Any, ...] = (
        {}, [], "x", {"name": 1, "ids": []}, {"name": "R", "ids": ["x"]}, {"name": "R", "ids": [*range(1, 202)]}
    )  # fmt: skip
    for body in wrong_bodies:
        answer = client.post(f"{share['url']}/favourites", json=body, headers=JSON)
        assert answer.status_code == 422, body
        assert answer.get_json()["error"]["message"]
    broken = client.post(f"{share['url']}/favourites", data="{", content_type="application/json")
    assert broken.status_code == 422
    assert "Artwork Image Manager" not in broken.text
    huge = client.post(f"{share['url']}/favourites", data={"name": "x" * 70_000, "ids": ids[0]})
    assert huge.status_code == 413
    assert "Artwork Image Manager" not in huge.text
    assert studio.get(f"/api/shares/{share['id']}/favourites").get_json() == {"visitors": []}


def test_a_passcode_guards_the_hearts_as_well(
    studio: FlaskClient, client: FlaskClient, ids: list[int]
) -> None:
    share = shared(studio, ids, passcode="harbour")
    assert send(client, share, ids).status_code == 403
    enter(client, share, "harbour")
    assert send(client, share, ids).status_code == 200
    studio.delete(f"/api/shares/{share['id']}")
    assert send(client, share, ids).status_code == 404


def test_whoever_sends_too_often_waits(
    studio: FlaskClient, client: FlaskClient, session: Session, ids: list[int]
) -> None:
    share = shared(studio, ids)
    session.execute(
        text("INSERT INTO guess (name, failures) VALUES ('favourites:address:127.0.0.1', :most)"),
        {"most": throttle.ADDRESS.most},
    )
    session.commit()
    for answer in (
        send(client, share, ids),
        client.post(f"{share['url']}/favourites", data={"name": "R", "ids": ids}),
    ):
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0


def test_the_studio_sees_who_chose_what_makes_a_collection_of_it_and_deletes_it(
    app: APIFlask, studio: FlaskClient, client: FlaskClient, ids: list[int]
) -> None:
    share = shared(studio, ids)
    send(client, share, ids[1:], "<b>Ms. R.</b>")
    said = re.compile(r'<bdi translate="no">&lt;b&gt;Ms. R.&lt;/b&gt;</bdi>(</strong>)? chose 2')
    for address in ("/shared", f"/shared/{share['id']}"):
        assert said.search(studio.get(address).text), address
    page = studio.get(f"/shared/{share['id']}").text
    [visitor] = re.findall(r'id="visitor-(\d+)"', page)
    assert all(f'href="/images/{number}"' in page for number in ids[1:])
    assert f'href="/images/{ids[0]}"' not in page
    made = studio.post(f"/shared/{share['id']}/visitors/{visitor}/collection")
    assert made.status_code == 303
    shown = studio.get(made.location).text
    assert "Undo" in shown
    number = int(made.location.rpartition("/")[2])
    found = studio.get(f"/api/images?collection={number}").get_json()["images"]
    assert {image["id"] for image in found} == set(ids[1:])
    gone = studio.post(f"/shared/{share['id']}/visitors/{visitor}/delete")
    assert gone.location.endswith("#visitors")
    assert "chose 2" not in studio.get(f"/shared/{share['id']}").text
    assert ticked(client.get(share["url"]).text) == []
    for path in ("delete", "collection"):
        assert studio.post(f"/shared/{share['id']}/visitors/{visitor}/{path}").status_code == 404
    assert studio.delete(f"/api/shares/{share['id']}/favourites/{visitor}").status_code == 404
    assert len(studio.get(f"/api/images?collection={number}").get_json()["images"]) == 2
