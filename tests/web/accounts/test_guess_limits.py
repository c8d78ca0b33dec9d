"""Guesses at passwords are limited, by account and by address."""

from __future__ import annotations

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.accounts import throttle
from artworks.adapters import password_hasher
from models import Person
from tests.support.people import PASSWORD, add_person
from tests.web.accounts.test_login import enter
from tests.web.conftest import MakeApp


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", PASSWORD, email="Mara@Studio.example", name="Mara")


def test_guesses_at_an_account_are_limited_and_a_right_one_waits_too(
    app: APIFlask, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        password_hasher, "matches", lambda kept, password: password == PASSWORD and kept is not None
    )
    for email in (owner.email, "nobody@studio.example"):
        # From another address each time: the account counts by itself.
        answers = [
            app.test_client().post(
                "/sign-in",
                data={"email": email.upper() if number % 2 else email, "password": "wrong wrong"},
                environ_base={"REMOTE_ADDR": f"10.0.0.{number}"},
            )
            for number in range(throttle.ACCOUNT.most + 1)
        ]
        assert [answer.status_code for answer in answers] == [401] * throttle.ACCOUNT.most + [429], email
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 900
        assert "Wait 15 minutes" in answers[-1].get_data(as_text=True)
        assert enter(app.test_client(), email).status_code == 429


def test_guesses_from_an_address_are_limited_over_all_accounts(
    client: FlaskClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        password_hasher, "matches", lambda kept, password: password == PASSWORD and kept is not None
    )
    codes = [
        enter(client, f"n{number}@studio.example", "wrong wrong").status_code
        for number in range(throttle.ADDRESS.most + 1)
    ]
    assert codes == [401] * throttle.ADDRESS.most + [429]
    assert enter(client, owner.email).status_code == 429


def test_somebody_who_gets_in_takes_nothing_from_the_limit(client: FlaskClient, owner: Person) -> None:
    for _ in range(throttle.ACCOUNT.most - 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(password_hasher, "matches", lambda _kept, _password: False)
            enter(client, owner.email, "wrong wrong wrong")
    assert enter(client, owner.email).status_code == 303
    assert enter(client, owner.email, "wrong wrong wrong").status_code == 401


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(
    make_app: MakeApp, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_hasher, "matches", lambda _kept, _password: False)

    def last(app: APIFlask, prefix: str) -> int:
        """Guess once more than an address may, each time for another account and with another forwarded address."""
        answer = 0
        for number in range(throttle.ADDRESS.most + 1):
            data = {"email": f"{prefix}{number}@studio.example", "password": "wrong wrong"}
            headers = {"X-Forwarded-For": f"10.1.{number}.1"}
            answer = app.test_client().post("/sign-in", data=data, headers=headers).status_code
        return answer

    assert last(make_app(), "a") == 429
    assert last(make_app(TRUSTED_PROXIES="1"), "b") == 401


def test_a_longer_chain_than_the_trusted_one_is_not_believed(
    make_app: MakeApp, owner: Person, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_hasher, "matches", lambda _kept, _password: False)
    headers = {"X-Forwarded-For": "6.6.6.6, 10.0.0.9"}
    data = {"email": "a@b.example", "password": "wrong wrong"}
    make_app(TRUSTED_PROXIES="1").test_client().post("/sign-in", data=data, headers=headers)
    names = session.scalars(text("SELECT name FROM guess WHERE name LIKE '%address%'")).all()
    assert names == ["sign-in:address:10.0.0.9"]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("10.0.0.1", "x:address:10.0.0.1"),
        ("::ffff:10.0.0.1", "x:address:10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "x:address:2001:db8:1:2::/64"),
        ("", "x:address:unknown"),
        ("nonsense", "x:address:unknown"),
    ],
)
def test_an_address_is_counted_as_who_it_belongs_to(address: str, counted: str) -> None:
    assert throttle.address_key("x", address) == counted
