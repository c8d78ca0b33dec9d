"""The door before there is an account: who is at this computer, and who needs the code from the server's log."""

from __future__ import annotations

import threading

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.accounts import login, throttle, users
from models import Person
from tests.support.factories import added
from tests.support.people import OWN, PASSWORD, add_person
from tests.support.program import PATIENCE
from tests.web.conftest import SECRET, MakeApp

CODE = login.owner_code(SECRET)
FACTS = {"email": "mara@studio.example", "name": "Mara", "password": PASSWORD}
ELSEWHERE = {"REMOTE_ADDR": "10.0.0.9"}


@pytest.fixture
def stranger(app: APIFlask) -> FlaskClient:
    """Return somebody on another computer."""
    client = app.test_client()
    client.environ_base.update(ELSEWHERE)
    return client


def test_whoever_sits_here_needs_neither_code_nor_account(client: FlaskClient, session: Session) -> None:
    assert client.get("/").status_code == 200
    assert 'name="code"' not in client.get("/first-owner").get_data(as_text=True)
    image = added(client)
    words = {"tab": "1", "number": 1, "text": "Mist over the ree"}
    client.put(f"/api/images/{image['id']}/autosaves/description", json=words)
    assert client.get("/api/autosaves").get_json()["first"] is False
    made = client.post("/first-owner", data=FACTS, headers={"Origin": OWN})
    assert (made.status_code, made.location) == (303, "/")
    # What was being typed is the first owner's from now on, also what a browser alone has of it.
    left = client.get("/api/autosaves").get_json()
    assert ([one["text"] for one in left["autosaves"]], left["first"]) == (["Mist over the ree"], True)
    assert [one.role for one in session.query(Person)] == ["owner"]
    assert client.get("/people").status_code == 200


def test_a_stranger_is_led_to_the_form_and_gets_nothing_else(stranger: FlaskClient) -> None:
    for address in ("/", "/images/1", "/people", "/nowhere"):
        answer = stranger.get(address)
        assert (answer.status_code, answer.location) == (303, "/first-owner"), address
    data = stranger.get("/api/images")
    assert data.status_code == 401
    assert "make the owner account" in data.get_json()["error"]["message"]
    assert stranger.post("/collections", data={"name": "Coast"}).status_code == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-For", "10.0.0.9"),
        ("Forwarded", "for=127.0.0.1"),
        ("X-Real-IP", "10.0.0.9"),
        ("Via", "1.1 proxy"),
    ],
)
def test_whoever_a_proxy_tells_of_is_not_here(
    client: FlaskClient, session: Session, name: str, value: str
) -> None:
    """A proxy on this computer calls from it, and one that hands on what it is sent says whatever it is told."""
    assert client.get("/").status_code == 200
    assert client.get("/", headers={name: value}).location == "/first-owner"
    assert client.get("/api/images", headers={name: value}).status_code == 401
    assert client.post("/first-owner", data=FACTS, headers={name: value}).status_code == 422
    assert not users.any_exist(session)


def test_where_sign_in_is_required_the_code_is_needed_here_too(make_app: MakeApp) -> None:
    client = make_app(SIGN_IN="required").test_client()
    assert client.get("/").location == "/first-owner"
    assert client.post("/first-owner", data=FACTS).status_code == 422
    assert client.post("/first-owner", data={**FACTS, "code": CODE}).status_code == 303
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("code", ["", "AAAA-BBBB-CCCC-DDDD", CODE[:-1], "é" * 16, "\0"])
def test_a_wrong_code_makes_no_owner(stranger: FlaskClient, session: Session, code: str) -> None:
    answer = stranger.post("/first-owner", data={**FACTS, "code": code})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "not the code" in page
    assert FACTS["email"] in page
    assert PASSWORD not in page
    assert not users.any_exist(session)


def test_the_code_counts_however_it_is_typed_and_opens_nothing_twice(
    stranger: FlaskClient, app: APIFlask, session: Session
) -> None:
    typed = f" {CODE.lower().replace('-', ' ')} "
    made = stranger.post("/first-owner", data={**FACTS, "code": typed})
    assert (made.status_code, made.location) == (303, "/")
    assert stranger.get("/people").status_code == 200
    other = app.test_client()
    assert other.get("/first-owner").location == "/sign-in"
    again = other.post("/first-owner", data={**FACTS, "email": "eve@studio.example", "code": CODE})
    assert again.status_code == 409
    assert [one.email for one in session.query(Person)] == [FACTS["email"]]
    done = session.execute(text("SELECT action, who, address FROM audit ORDER BY id DESC LIMIT 1")).one()
    assert done == ("sign-in", "Mara", "10.0.0.9")


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [({"password": "short"}, "at least 10 characters"), ({"email": "mara"}, "look like an e-mail address")],
)
def test_what_does_not_fit_leaves_the_door_as_it_was(
    client: FlaskClient, session: Session, facts: dict[str, str], sentence: str
) -> None:
    answer = client.post("/first-owner", data={**FACTS, **facts})
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert not users.any_exist(session)


def test_guesses_at_the_code_are_limited(stranger: FlaskClient, session: Session) -> None:
    codes = [
        stranger.post("/first-owner", data={**FACTS, "code": "wrong"}).status_code
        for _ in range(throttle.ADDRESS.most + 1)
    ]
    assert codes == [422] * throttle.ADDRESS.most + [429]
    waits = stranger.post("/first-owner", data={**FACTS, "code": CODE})
    assert waits.status_code == 429
    assert int(waits.headers["Retry-After"]) > 0
    assert not users.any_exist(session)


def test_of_two_at_once_one_becomes_the_first(app: APIFlask, session: Session) -> None:
    start, codes = threading.Barrier(2), []

    def make(number: int) -> None:
        start.wait(PATIENCE)
        facts = {**FACTS, "email": f"n{number}@studio.example", "code": CODE}
        codes.append(app.test_client().post("/first-owner", data=facts, environ_base=ELSEWHERE).status_code)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(codes) == [303, 409]
    assert session.query(Person).count() == 1


def test_the_code_is_told_by_no_page(stranger: FlaskClient) -> None:
    words = stranger.get("/first-owner").get_data(as_text=True)
    assert 'name="code"' in words
    assert CODE not in words


def test_one_account_is_enough_to_close_local_mode(client: FlaskClient, session: Session) -> None:
    """Also when it is not an owner's, and when its person left."""
    person = add_person(session, "editor")
    assert client.get("/").location == "/sign-in"
    session.execute(text("UPDATE person SET ended_at = now() WHERE id = :id"), {"id": person.id})
    session.commit()
    assert client.get("/").location == "/sign-in"
    assert client.post("/first-owner", data={**FACTS, "code": CODE}).status_code == 409
