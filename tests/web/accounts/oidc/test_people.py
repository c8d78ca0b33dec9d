"""Whom a sign-in by the organisation lets in, and as what."""

from __future__ import annotations

import threading

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.membership import membership
from models import Audit, Batch, Person
from tests.fakes.oidc_provider import OidcProvider
from tests.support.belongings import batch_of, give_everything, state_of
from tests.web.accounts.oidc.conftest import MARA
from tests.web.accounts.oidc.test_sign_in import address_in, go, said, start
from tests.web.conftest import MakeApp

pytestmark = pytest.mark.slow


def test_what_the_token_leaves_out_is_asked_for(
    client: FlaskClient, provider: OidcProvider, owner: Person, session: Session
) -> None:
    provider.fault("lean")
    assert go(client, provider).location == "/"
    assert session.query(Person).filter_by(oidc_subject="m-1").one().email == "mara@studio.example"


def test_somebody_without_a_role_is_told_so(
    client: FlaskClient, provider: OidcProvider, owner: Person, session: Session
) -> None:
    provider.person("m-1", **{**MARA, "roles": ["accounting"]})
    assert "The Harbour Gallery gives you no role here" in said(client, go(client, provider))
    target = session.scalar(text("SELECT target FROM audit WHERE action = 'sign-in failed'"))
    assert target == "mara@studio.example"


def test_who_has_no_role_any_more_loses_what_they_had(
    app: APIFlask, provider: OidcProvider, owner: Person, session: Session
) -> None:
    phone, laptop = app.test_client(), app.test_client()
    provider.person("m-1", **{**MARA, "roles": ["owner"]})
    go(phone, provider)
    person = session.query(Person).filter_by(oidc_subject="m-1").one()
    person.password_hash = "linked to an account that had one"
    give_everything(session, person, owner)
    provider.person("m-1", **{**MARA, "roles": [], "_claim_names": {"roles": "src1"}})
    assert "does not say your role in its answer" in said(laptop, go(laptop, provider))
    assert phone.get("/api/images").status_code == 200
    provider.person("m-1", **{**MARA, "roles": []})
    for _ in range(2):
        assert "gives you no role here" in said(laptop, go(laptop, provider))
    assert phone.get("/api/images").status_code == 401
    left = state_of(session)
    assert left == {
        "galleries": [], "batches": [f"paused {person.id}", f"done {person.id}"], "invitations": [], "links": [],
        "tokens": [],
    }  # fmt: skip
    assert person.role == "viewer"
    assert not person.password_hash
    assert not person.ended_at
    (batch, _) = session.query(Batch).order_by(Batch.id)
    assert batch.paused_message == (
        "The Harbour Gallery gives Mara Silva no role any more, so nothing is spent in their name."
    )
    (entry,) = session.query(Audit).filter_by(action="shut out")
    assert (entry.who, entry.target) == ("the Harbour Gallery", person.email)
    assert entry.detail == {
        "galleries": 1, "batches": 1, "invitations": 1, "links": 1, "tokens": 2, "sessions_ended": 1,
        "before": "owner", "after": "viewer",
    }  # fmt: skip
    provider.person("m-1", **{**MARA, "roles": ["editor"]})
    assert go(laptop, provider).location == "/"
    session.rollback()
    assert session.get_one(Person, person.id).role == "editor"


def test_the_last_owner_without_a_role_keeps_everything(
    app: APIFlask, provider: OidcProvider, session: Session
) -> None:
    phone, laptop = app.test_client(), app.test_client()
    provider.person("m-1", **{**MARA, "roles": ["owner"]})
    go(phone, provider)
    person = session.query(Person).filter_by(oidc_subject="m-1").one()
    batch = batch_of(session, person)
    provider.person("m-1", **{**MARA, "roles": []})
    assert "You are the only owner, so what you have here stays" in said(laptop, go(laptop, provider))
    session.rollback()
    assert (person.role, batch.state) == ("owner", "running")
    assert phone.get("/people").status_code == 200
    (entry,) = session.query(Audit).filter_by(action="sign-in failed")
    assert "You are the only owner" in entry.detail["reason"]


def test_an_address_that_is_only_claimed_opens_no_account(
    client: FlaskClient, provider: OidcProvider, owner: Person, session: Session
) -> None:
    provider.person("m-1", **{**MARA, "email": owner.email, "email_verified": False, "roles": "owner"})
    assert "does not confirm that the address is yours" in said(client, go(client, provider))
    assert session.scalar(text("SELECT count(*) FROM person_session")) == 0
    provider.person("m-1", **{**MARA, "email": owner.email, "roles": "owner"})
    assert go(client, provider).location == "/"
    session.refresh(owner)
    assert owner.oidc_subject == "m-1"


def test_who_was_removed_stays_out(
    client: FlaskClient, provider: OidcProvider, owner: Person, session: Session
) -> None:
    go(client, provider)
    membership.end(session, session.query(Person).filter_by(oidc_subject="m-1").one())
    session.commit()
    assert client.get("/").status_code == 303
    assert "Your account here was ended" in said(client, go(client, provider))


def test_before_anybody_has_an_account_an_owner_comes_in_directly(
    make_app: MakeApp, provider: OidcProvider, session: Session
) -> None:
    client = make_app(HOST="0.0.0.0", **provider.settings).test_client()
    page = client.get(client.get("/").location).get_data(as_text=True)
    assert "Make the owner account" in page
    assert "Sign in with the Harbour Gallery" in page
    refused = go(client, provider)
    assert client.get(refused.location).location == "/first-owner"
    assert "Nobody is the owner here yet" in client.get("/first-owner").get_data(as_text=True)
    provider.person("m-1", **{**MARA, "roles": ["owner"]})
    assert go(client, provider).location == "/"
    assert session.query(Person).one().role == "owner"
    assert client.get("/settings").status_code == 200
    assert client.get("/first-owner").location == "/sign-in"


def test_two_at_once_make_one_account(
    app: APIFlask, provider: OidcProvider, owner: Person, session: Session
) -> None:
    clients = [app.test_client() for _ in range(2)]
    addresses = [provider.enter(address_in(start(client)), sub="m-1") for client in clients]
    places: list[str | None] = []
    threads = [
        threading.Thread(target=lambda c=c, a=a: places.append(c.get(a).location))
        for c, a in zip(clients, addresses, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert places == ["/", "/"]
    assert session.query(Person).filter_by(oidc_subject="m-1").count() == 1
