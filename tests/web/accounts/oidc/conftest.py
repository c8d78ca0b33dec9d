"""A provider of an organisation, and an installation that uses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy.orm import Session

from models import Person
from tests.fakes.oidc_provider import OidcProvider, running
from tests.support.people import add_person
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
