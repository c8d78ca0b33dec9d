"""Local mode ends with the first request from elsewhere, for every process, until an account or the operator."""

from __future__ import annotations

import logging

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.accounts import local_mode, login, users
from models import LocalModeEnd
from tests.support.people import OWN, PASSWORD, add_person, signed_in
from tests.web.conftest import SECRET, MakeApp

CODE = login.owner_code(SECRET)
FACTS = {"email": "mara@studio.example", "name": "Mara", "password": PASSWORD}
# What shows that somebody is elsewhere, with how it is told.
SIGNS: list[tuple[dict[str, str], dict[str, str], str]] = [
    ({"Host": "art.example"}, {}, "by the name art.example"),
    ({"Host": "203.0.113.7:8080"}, {}, "by the name 203.0.113.7"),
    ({"Host": "x" * 120 + ".example"}, {}, "by another name"),
    ({"X-Forwarded-For": "127.0.0.1"}, {}, "through a proxy"),
    ({"Via": "1.1 proxy"}, {}, "through a proxy"),
    ({"X-Forwarded-Host": "localhost"}, {}, "through a proxy"),
    ({"X-Forwarded-Proto": "https"}, {}, "through a proxy"),
    # A proxy that hides the name, and a browser that tells it.
    ({"Referer": "https://art.example/", "Sec-Fetch-Site": "same-origin"}, {}, "by the name art.example"),
    ({}, {"REMOTE_ADDR": "10.0.0.9"}, "from the address 10.0.0.9"),
    ({}, {"REMOTE_ADDR": ""}, "through a proxy"),
]


def reason(session: Session) -> str:
    session.rollback()
    return local_mode.end_reason(session)


@pytest.mark.parametrize("way", ["auto", "off"])
@pytest.mark.parametrize(("headers", "environment", "told"), SIGNS)
def test_a_request_from_elsewhere_ends_it_for_everybody(
    make_app: MakeApp,
    session: Session,
    headers: dict[str, str],
    environment: dict[str, str],
    told: str,
    way: str,
) -> None:
    app, other = make_app(SIGN_IN=way), make_app(SIGN_IN=way)
    client = app.test_client()
    assert client.get("/").status_code == 200
    asked = app.test_client().get("/api/images", headers=headers, environ_base=environment)
    assert asked.status_code in (400, 401)
    assert reason(session) == told
    # In another process, too, and for whoever gives a name of this computer.
    for later in (client, other.test_client()):
        assert later.get("/").location == "/first-owner"
        refused = later.get("/api/images")
        assert refused.status_code == 401
        assert f"This page was opened {told}, so others may reach it" in refused.json["error"]["message"]  # type: ignore[index]
        assert later.post("/api/collections", json={"name": "Coast"}).status_code == 401
        assert later.post("/first-owner", data=FACTS).status_code == 422
    assert not users.any_exist(session)


@pytest.mark.parametrize("path", ["/healthz", "/static/css/base.css", "/share/x", "/nowhere", "/sign-in"])
def test_it_ends_whatever_is_asked_for(client: FlaskClient, session: Session, path: str) -> None:
    client.get(path, headers={"Host": "art.example"})
    assert reason(session) == "by the name art.example"
    assert client.get("/").location == "/first-owner"


@pytest.mark.parametrize(
    "host",
    ["localhost:5000", "127.0.0.1", "[::1]:5000", "LOCALHOST", "", "localhost.", "[::ffff:127.0.0.1]:80"],
)
def test_whoever_is_here_ends_nothing(client: FlaskClient, session: Session, host: str) -> None:
    client.get("/api/images", headers={"Host": host})
    for seen, site in (
        ("http://art.example/", "cross-site"), ("http://localhost/", "same-origin"), ("http://[x", "same-origin"),
    ):  # fmt: skip
        client.get("/api/images", headers={"Referer": seen, "Sec-Fetch-Site": site})
    assert reason(session) == ""
    assert client.get("/").status_code == 200


def test_the_owner_at_this_computer_goes_on_with_the_code_of_the_log(
    client: FlaskClient, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            client.get("/", headers={"Host": "art.example"})
    # Once: a stranger must not fill the log.
    (line,) = [one.getMessage() for one in caplog.records if one.name == "artworks.web.accounts.local_mode"]
    assert CODE in line
    assert "by the name art.example" in line
    assert "python main.py local" in line
    page = client.get("/first-owner").get_data(as_text=True)
    assert "by the name art.example" in page
    assert "python main.py local" in page
    assert CODE not in page
    made = client.post("/first-owner", data={**FACTS, "code": CODE}, headers={"Origin": OWN})
    assert (made.status_code, client.get("/people").status_code) == (303, 200)


def test_the_operator_takes_it_back(client: FlaskClient, session: Session) -> None:
    client.get("/", headers={"Host": "art.example"})
    assert local_mode.restore(session)
    session.commit()
    assert client.get("/").status_code == 200
    assert not local_mode.restore(session)
    found = session.execute(text("SELECT action, target, address FROM audit ORDER BY id")).all()
    assert [tuple(row) for row in found] == [
        ("local mode ended", "by the name art.example", "127.0.0.1"),
        ("local mode begun again", "by the name art.example", ""),
    ]


def test_where_people_sign_in_nothing_is_noted(make_app: MakeApp, session: Session) -> None:
    make_app(SIGN_IN="required").test_client().get("/", headers={"Host": "art.example"})
    make_app(TRUSTED_PROXIES="1").test_client().get("/", headers={"Host": "art.example"})
    owner = add_person(session, "owner")
    app = make_app()
    app.test_client().get("/", headers={"Host": "art.example"})
    assert session.query(LocalModeEnd).count() == 0
    assert signed_in(app, owner).get("/").status_code == 200


def test_switched_off_sign_in_ends_with_accounts_too(make_app: MakeApp, session: Session) -> None:
    """Accounts that there are do not matter while it is off; afterwards they are the way in."""
    owner = add_person(session, "owner", PASSWORD, email="mara@studio.example")
    app = make_app(SIGN_IN="off")
    client = app.test_client()
    assert client.get("/people").status_code == 200
    assert (
        client.get("/people", headers={"X-Forwarded-For": "10.0.0.9"}).location == "/sign-in?next=%2Fpeople"
    )
    assert client.get("/people").status_code == 303
    # Nobody had to sign in before, so it is told why they have to now.
    why = "This page was opened through a proxy, so others may reach it"
    assert why in client.get("/sign-in").get_data(as_text=True)
    assert why in client.get("/api/images").json["error"]["message"]  # type: ignore[index]
    other = make_app(SIGN_IN="auto").test_client()
    assert why not in other.get("/sign-in").get_data(as_text=True)
    typed = {"email": owner.email, "password": PASSWORD}
    assert client.post("/sign-in", data=typed, headers={"Origin": OWN}).status_code == 303
    words = client.get("/people").get_data(as_text=True)
    assert "Sign-in is switched off" not in words


@pytest.mark.parametrize("settings", [{"TRUSTED_PROXIES": "1"}, {"ALLOWED_HOSTS": "localhost,art.example"}])
def test_where_others_can_reach_the_page_there_is_no_local_mode(
    make_app: MakeApp, settings: dict[str, str]
) -> None:
    client = make_app(**settings).test_client()
    assert client.get("/").location == "/first-owner"
    assert 'name="code"' in client.get("/first-owner").get_data(as_text=True)
