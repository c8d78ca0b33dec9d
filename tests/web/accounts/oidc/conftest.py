"""A provider of an organisation, and an installation that uses it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from artworks.accounts import throttle
from artworks.web.accounts import oidc, sso_pages
from models import Person, PersonSession
from tests.fakes.oidc_provider import CLIENT, SECRET, OidcProvider, running
from tests.support.people import OWN, add_person, session_cookie, session_cookie_name, signed_in
from tests.support.program import free_port
from tests.web.conftest import MakeApp

MARA = {"email": "mara@studio.example", "email_verified": True, "name": "Mara Silva", "roles": ["editor"]}


@pytest.fixture(scope="module")
def running_provider() -> Iterator[OidcProvider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(running_provider: OidcProvider) -> Iterator[OidcProvider]:
    running_provider.person("m-1", **MARA)
    yield running_provider
    running_provider.fault()


@pytest.fixture
def app(make_app: MakeApp, provider: OidcProvider) -> APIFlask:
    app = make_app(**provider.settings)
    app.extensions.pop("oidc", None)
    return app


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", email="ines@studio.example")
