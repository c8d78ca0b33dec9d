"""People for the tests: accounts without the work of a password hash, and callers who are signed in."""

from __future__ import annotations

from itertools import count
from typing import Any

from apiflask import APIFlask
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import Cookie

from artworks.accounts import passwords, sessions, tokens, users
from artworks.web.accounts import cookies
from models import Person, db

PASSWORD = "a fine heron at dusk"
OWN = "http://localhost"
_numbers = count(1)


def add_person(session: Session, role: str = "owner", password: str | None = None, **facts: Any) -> Person:
    """Make an account and commit; without `password` nobody can sign in with one, which saves the time of its hash."""
    email = facts.pop("email", f"{role}{next(_numbers)}@studio.example")
    person = users.add(session, email, role=role, **facts)
    if password is not None:
        passwords.set_password(session, person, password)
    session.commit()
    return person


def session_cookie_name(app: Flask, host: str = "localhost", *, https: bool = False) -> str:
    """Return the name of the cookie that holds the key of a session."""
    return cookies.cookie_name(cookies.SESSION, str(app.secret_key), host, secure=https)


def session_cookie(client: FlaskClient) -> Cookie | None:
    """Return the cookie with the key of a caller's session, if there is one."""
    return client.get_cookie(session_cookie_name(client.application))


def signed_in(app: APIFlask, person: Person, *, https: bool = False) -> FlaskClient:
    """Return a caller who is signed in as a person and sends the headers of a browser on our own pages."""
    with app.app_context():
        limits = app.config["SESSION_LIMITS"]
        key = sessions.start(db.session(), person, limits, way="password", address="127.0.0.1", device="Test")
        db.session.commit()
    client = app.test_client()
    client.set_cookie(session_cookie_name(app, https=https), key, secure=https)
    client.environ_base["HTTP_ORIGIN"] = OWN.replace("http", "https") if https else OWN
    return client


def as_role(app: APIFlask, session: Session, role: str) -> FlaskClient:
    """Return a caller who is signed in with a role; an owner is there in any case."""
    if role != "owner":
        add_person(session, "owner")
    return signed_in(app, add_person(session, role))


def with_token(app: APIFlask, person: Person, role: str = "owner", days: int = 30) -> FlaskClient:
    """Return a caller that shows a token of a person's."""
    with app.app_context():
        made = tokens.create(db.session(), person, name="Script", role=role, days=days)
        db.session.commit()
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {made.key}"
    return client
