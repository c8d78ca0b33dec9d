"""Signing in and out: who gets in, what is counted, and that nothing tells which accounts there are."""

from __future__ import annotations

import re
import time
from statistics import median

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.accounts import passwords, sessions
from artworks.adapters import password_hasher
from artworks.core import security
from artworks.membership import membership
from artworks.web.accounts.cookies import cookie_name
from models import Person, PersonSession, db
from tests.support.people import OWN, PASSWORD, add_person, session_cookie, session_cookie_name, signed_in

WRONG = "The e-mail address or the password is not right."


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", PASSWORD, email="Mara@Studio.example", name="Mara")


def enter(client: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
    return client.post("/sign-in", data={"email": email, "password": password, **more})


def test_the_right_password_opens_the_page_one_came_for(client: FlaskClient, owner: Person) -> None:
    asked = client.get("/trash?sort=oldest")
    assert (asked.status_code, asked.location) == (303, "/sign-in?next=%2Ftrash%3Fsort%3Doldest")
    form = client.get(asked.location).get_data(as_text=True)
    assert 'name="next" value="/trash?sort=oldest"' in form
    entered = enter(client, " mara@STUDIO.example ", next="/trash?sort=oldest")
    assert (entered.status_code, entered.location) == (303, "/trash?sort=oldest")
    assert client.get("/trash").status_code == 200


def test_the_cookie_is_for_the_server_alone(client: FlaskClient, owner: Person) -> None:
    (cookie,) = enter(client, owner.email).headers.getlist("Set-Cookie")
    assert cookie.startswith("artwork_session_")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_under_https_the_cookie_is_bound_to_the_host(client: FlaskClient, owner: Person) -> None:
    data = {"email": owner.email, "password": PASSWORD}
    answer = client.post("/sign-in", data=data, base_url="https://localhost")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-artwork_session_")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert client.get("/", base_url="https://localhost").status_code == 200


def test_programs_on_one_host_have_cookies_of_their_own(client: FlaskClient, owner: Person) -> None:
    """A browser sends a cookie to every port of a host; other programs call theirs `session`."""
    data = {"email": owner.email, "password": PASSWORD}
    names = set()
    for port in (5712, 5713):
        here = f"http://localhost:{port}"
        entered = client.post("/sign-in", data=data, base_url=here)
        told = client.post("/account/name", data={"name": "Mara"}, base_url=here, headers={"Origin": here})
        found = [
            cookie.partition("=")[0]
            for answer in (entered, told)
            for cookie in answer.headers.getlist("Set-Cookie")
        ]
        assert len(found) == 2
        names |= set(found)
    assert len(names) == 4
    assert "session" not in names
    for port in (5712, 5713):
        assert client.get("/", base_url=f"http://localhost:{port}").status_code == 200
    one, another = (cookie_name("x", secret, "[::1]:80", secure=False) for secret in ("one", "another"))
    assert one != another


def test_a_session_under_the_name_of_before_goes_on_until_it_ends(app: APIFlask, owner: Person) -> None:
    key = session_cookie(signed_in(app, owner))
    assert key
    client = app.test_client()
    client.set_cookie("artwork_session", key.value)
    assert client.get("/").status_code == 200
    client.environ_base["HTTP_ORIGIN"] = "http://localhost"
    client.post("/sign-out")
    assert client.get_cookie("artwork_session") is None
    # With a name of our own at hand, the one of before may be another program's.
    client.set_cookie("artwork_session", "of another program")
    enter(client, owner.email)
    client.post("/sign-out")
    assert client.get_cookie("artwork_session") is not None


def test_only_a_hash_of_the_key_is_kept(client: FlaskClient, owner: Person, session: Session) -> None:
    cookie = enter(client, owner.email).headers["Set-Cookie"]
    key = cookie.split(";")[0].partition("=")[2]
    (row,) = session.query(PersonSession)
    assert row.token_hash == security.hash_key(key)
    assert (row.way, row.address) == ("password", "127.0.0.1")


def test_a_key_that_was_there_before_is_worth_nothing_after_signing_in(
    app: APIFlask, client: FlaskClient, owner: Person
) -> None:
    """Session fixation: neither a made-up key nor an earlier session's becomes the new one."""
    client.set_cookie(session_cookie_name(client.application), "chosen-by-somebody-else")
    enter(client, owner.email)
    first = session_cookie(client)
    assert first
    assert first.value != "chosen-by-somebody-else"
    enter(client, owner.email)
    second = session_cookie(client)
    assert second
    assert second.value != first.value
    stranger = app.test_client()
    for key in ("chosen-by-somebody-else", first.value):
        stranger.set_cookie(session_cookie_name(stranger.application), key)
        assert stranger.get("/").status_code == 303


def test_wrong_ones_are_told_the_same(client: FlaskClient, owner: Person, session: Session) -> None:
    left = add_person(session, "editor", PASSWORD)
    session.execute(text("UPDATE person SET ended_at = now() WHERE id = :id"), {"id": left.id})
    session.commit()
    answers = [
        enter(client, owner.email, "not it at all"),
        enter(client, "nobody@studio.example"),
        enter(client, left.email),
        enter(client, ""),
        enter(client, f"{owner.email}\0"),
        enter(client, "x" * 5000, "y" * 5000),
    ]
    assert {answer.status_code for answer in answers} == {401}
    pages = [re.sub(r'value="[^"]*"| autofocus', "", answer.get_data(as_text=True)) for answer in answers[:3]]
    assert WRONG in pages[0]
    assert pages[0] == pages[1] == pages[2]
    assert client.get("/").status_code == 303


def test_what_was_typed_comes_back_but_not_the_password(client: FlaskClient, owner: Person) -> None:
    page = enter(client, "mara@studio.exampel", "my dear password", next="/trash").get_data(as_text=True)
    assert "mara@studio.exampel" in page
    assert 'value="/trash"' in page
    assert "my dear password" not in page


def test_it_takes_as_long_when_there_is_no_such_account(client: FlaskClient, owner: Person) -> None:
    """The same work is done; measured in hashes, which take nearly all of the time."""
    done: list[str | None] = []
    real = password_hasher.matches

    def watched(kept: str | None, password: str) -> bool:
        done.append(kept)
        return real(kept, password)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password_hasher, "matches", watched)
        enter(client, owner.email, "wrong wrong wrong")
        enter(client, "nobody@studio.example", "wrong wrong wrong")
    assert [kept is None for kept in done] == [False, True]

    def seconds(email: str) -> float:
        begun = time.thread_time()
        real(owner.password_hash if email else None, "wrong wrong wrong")
        return time.thread_time() - begun

    known, unknown = (median(seconds(email) for _ in range(5)) for email in ("mara", ""))
    assert 0.3 < known / unknown < 3


def test_nothing_waits_for_the_hash(
    client: FlaskClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crowd at the door must not keep the connections that everybody else needs."""
    out: list[int] = []

    def watched(_kept: str | None, _password: str) -> bool:
        # The caller is in the middle of a request of the application.
        out.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]
        return False

    monkeypatch.setattr(password_hasher, "matches", watched)
    for email in (owner.email, "nobody@studio.example"):
        assert enter(client, email).status_code == 401
    assert out == [0, 0]


def test_a_password_that_is_changed_meanwhile_lets_nobody_in(
    client: FlaskClient, owner: Person, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the old one must not slip in while the new one is chosen, nor bring the old one back."""
    real = password_hasher.matches

    def slow(kept: str | None, password: str) -> bool:
        right = real(kept, password)
        passwords.set_password(session, owner, "another fine password")
        sessions.end_all(session, owner.id)
        session.commit()
        return right

    monkeypatch.setattr(password_hasher, "matches", slow)
    monkeypatch.setattr(password_hasher, "is_outdated", lambda _kept: True)
    assert enter(client, owner.email).status_code == 401
    assert session.query(PersonSession).count() == 0
    monkeypatch.setattr(password_hasher, "matches", real)
    assert enter(client, owner.email, "another fine password").status_code == 303


def test_who_is_removed_meanwhile_does_not_get_in(
    client: FlaskClient, owner: Person, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = add_person(session, "editor", PASSWORD)

    def slow(_kept: str | None, _password: str) -> bool:
        membership.end(session, person)
        session.commit()
        return True

    monkeypatch.setattr(password_hasher, "matches", slow)
    assert enter(client, person.email).status_code == 401
    assert session.query(PersonSession).count() == 0


def test_an_address_that_only_the_database_takes_for_the_same_is_another_one(
    client: FlaskClient, session: Session
) -> None:
    """PostgreSQL writes an i with a dot small as one without; the guesses at the account would be counted apart."""
    add_person(session, "owner", PASSWORD, email="vivi@studio.example")
    assert enter(client, "vİvi@studio.example").status_code == 401
    assert enter(client, "VIVI@studio.example").status_code == 303


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "javascript:alert(1)", "/\t/evil.example", "/\n//evil.example", "http:evil.example", "evil.example", "//[",
        " //evil.example",
    ],
)  # fmt: skip
def test_next_never_leaves_the_site(client: FlaskClient, owner: Person, goal: str) -> None:
    entered = enter(client, owner.email, next=goal)
    assert (entered.status_code, entered.location) == (303, "/")
    assert client.get("/sign-in", query_string={"next": goal}).location == "/"


def test_signing_out_ends_the_session_itself(app: APIFlask, owner: Person) -> None:
    client = signed_in(app, owner)
    cookie = session_cookie(client)
    assert cookie
    left = client.post("/sign-out")
    assert (left.status_code, left.location) == (303, "/sign-in")
    assert session_cookie(client) is None
    client.set_cookie(session_cookie_name(client.application), cookie.value)
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("seen_at = now() - interval '71 hours'", 200),
        ("seen_at = now() - interval '73 hours'", 303),
        ("expires_at = now() - interval '1 second'", 303),
    ],
)
def test_a_session_ends_when_it_is_not_used_and_in_any_case(
    app: APIFlask, owner: Person, session: Session, change: str, code: int
) -> None:
    client = signed_in(app, owner)
    session.execute(text(f"UPDATE person_session SET {change}"))
    session.commit()
    assert client.get("/").status_code == code


def test_using_a_session_keeps_it_but_writes_once_a_minute(
    app: APIFlask, owner: Person, session: Session
) -> None:
    client = signed_in(app, owner)
    seen = text("SELECT seen_at FROM person_session")
    first = session.scalar(seen)
    session.commit()
    client.get("/")
    assert session.scalar(seen) == first
    session.execute(text("UPDATE person_session SET seen_at = now() - interval '2 minutes'"))
    session.commit()
    client.get("/")
    assert session.scalar(seen) > first


def test_a_call_that_changes_something_must_come_from_a_page(app: APIFlask, owner: Person) -> None:
    """A cookie alone is not enough: every browser says where a call comes from."""
    client = signed_in(app, owner)
    del client.environ_base["HTTP_ORIGIN"]
    refused = client.post("/api/collections", json={"name": "Coast"})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "forbidden")
    for headers in ({"Origin": OWN}, {"Sec-Fetch-Site": "same-origin"}):
        made = client.post("/api/collections", json={"name": f"Coast {headers}"[:40]}, headers=headers)
        assert made.status_code == 201
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/api/collections", json={"name": "Sea"}, headers=headers).status_code == 403


def test_an_expired_session_loses_nothing_that_was_typed(app: APIFlask, owner: Person) -> None:
    """A form that is sent too late answers 401 with a way back; it is not led away to another page."""
    answer = app.test_client().post("/collections", data={"name": "A long name"})
    assert answer.status_code == 401
    page = answer.get_data(as_text=True)
    assert "Sign in in a new tab" in page
    assert 'href="/sign-in" target="_blank"' in page


def test_data_and_pictures_answer_401_instead_of_a_page(client: FlaskClient, owner: Person) -> None:
    data = client.get("/api/images")
    assert (data.status_code, data.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert data.get_json()["error"] == {"code": "unauthorized", "message": "Please sign in first."}
    assert client.get("/images/1/thumbnail", headers={"Accept": "image/webp,image/*"}).status_code == 401
    assert client.get("/nowhere").status_code == 303
    assert client.get("/api/nowhere").status_code == 401


def test_the_password_reaches_neither_log_nor_audit(
    client: FlaskClient, owner: Person, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    enter(client, owner.email, "my dear password")
    enter(client, owner.email)
    kept = str(session.execute(text("SELECT a.*::text FROM audit a")).all())
    assert "sign-in failed" in kept
    for secret in ("my dear password", PASSWORD):
        assert secret not in kept
        assert secret not in caplog.text
