"""Who somebody of an organisation is here: roles by claim, linked accounts, and that the removed stay out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import Config
from artworks.accounts import passwords
from artworks.accounts.oidc_provider import Identity, OidcProvider, identity_from_claims
from artworks.config import ConfigError
from artworks.core.errors import Conflict, Forbidden
from artworks.dependencies import organisation
from artworks.membership import membership, sso
from models import Audit, Person
from tests.support.people import add_person

ISSUER = "https://login.example.org/realms/studio"
STUDIO = OidcProvider(
    issuer=ISSUER, client_id="artworks", client_secret="kept to ourselves", name="the studio", role_claim="roles",
    roles=(("owner", "owner"), ("staff", "editor"), ("guest", "viewer")),
)  # fmt: skip
MARA = Identity(ISSUER, "m-1", "mara@studio.example", True, "Mara Silva", "editor")


def admit(session: Session, who: Identity) -> Person:
    person = sso.sign_in_or_create(session, STUDIO, who, "10.0.0.7")
    session.commit()
    return person


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", email="ines@studio.example")


@pytest.mark.parametrize(
    ("claim", "claims", "role"),
    [
        ("roles", {"roles": "staff"}, "editor"),
        ("roles", {"roles": ["guest", "staff"]}, "editor"),
        ("roles", {"roles": ["staff", "owner", "guest"]}, "owner"),
        ("realm_access.roles", {"realm_access": {"roles": ["guest"]}}, "viewer"),
        ("a.b.c", {"a": {"b": {"c": "staff"}}}, "editor"),
        ("https://studio.example/roles", {"https://studio.example/roles": ["staff"]}, "editor"),
        ("roles", {}, ""),
        ("roles", {"roles": []}, ""),
        ("roles", {"roles": ["editor", "Staff", "staff "]}, ""),
        ("roles", {"roles": "owner staff"}, ""),
        ("roles", {"roles": {"owner": True}}, ""),
        ("roles", {"roles": [None, 1, ["owner"], {"a": "owner"}]}, ""),
        ("roles", {"roles": True}, ""),
        ("realm_access.roles", {"realm_access": ["owner"]}, ""),
        ("realm_access.roles", {"realm_access": None}, ""),
    ],
)
def test_the_highest_role_that_the_claims_give_counts(claim: str, claims: dict[str, Any], role: str) -> None:
    assert replace(STUDIO, role_claim=claim).role_of(claims) == role


@pytest.mark.parametrize("verified", [None, False, "false", 1.5, "yes", ["true"], ""])
def test_only_a_plain_yes_confirms_an_address(verified: object) -> None:
    claims = {"iss": ISSUER, "sub": "m-1", "email": "mara@studio.example", "email_verified": verified}
    assert not identity_from_claims(STUDIO, claims).email_verified
    assert identity_from_claims(STUDIO, {**claims, "email_verified": True}).email_verified
    assert identity_from_claims(STUDIO, {**claims, "email_verified": "true"}).email_verified


@pytest.mark.parametrize("subject", [None, "", 7, "x" * 256, "a\0b", "a\nb", "\ud800", ["m-1"]])
def test_a_subject_that_is_none_is_refused(subject: object) -> None:
    with pytest.raises(Forbidden, match="does not say who you are"):
        identity_from_claims(STUDIO, {"iss": ISSUER, "sub": subject})


def test_what_cannot_be_kept_of_a_name_or_an_address_is_left_out() -> None:
    claims = {
        "iss": ISSUER,
        "sub": "m-1",
        "email": "a\0@b.example",
        "name": " Ma\0ra\n\ud800 Silva\u00a0" + "a" * 90,
    }
    who = identity_from_claims(STUDIO, claims)
    assert (who.email, who.name) == ("", ("Mara Silva " + "a" * 90)[:80])
    assert (
        identity_from_claims(STUDIO, {**claims, "email": ["x@y.example"], "name": {"first": "Mara"}}).name
        == ""
    )


def test_somebody_new_gets_an_account(session: Session, owner: Person) -> None:
    person = admit(session, MARA)
    facts = (
        person.email,
        person.name,
        person.role,
        person.oidc_issuer,
        person.oidc_subject,
        person.password_hash,
    )
    assert facts == ("mara@studio.example", "Mara Silva", "editor", ISSUER, "m-1", None)
    entry = session.query(Audit).filter_by(action="sign-in").one()
    assert (entry.person_id, entry.address, entry.detail) == (person.id, "10.0.0.7", {"way": "organisation"})


def test_somebody_known_is_known_by_the_subject_alone(session: Session, owner: Person) -> None:
    person = admit(session, MARA)
    again = admit(
        session, replace(MARA, email="married@studio.example", name="Mara Costa", email_verified=False)
    )
    assert (again.id, again.email, again.name) == (person.id, "mara@studio.example", "Mara Silva")
    assert (
        admit(session, replace(MARA, issuer="https://other.example", email="m@other.example")).id != person.id
    )


def test_the_role_follows_the_claim_each_time(session: Session, owner: Person) -> None:
    person = admit(session, MARA)
    for role in ("viewer", "owner", "editor"):
        assert admit(session, replace(MARA, role=role)).role == role
    entries = session.query(Audit).filter_by(action="role changed").order_by(Audit.id)
    assert [(e.who, e.target, e.detail["after"]) for e in entries] == [
        ("the studio", person.email, role) for role in ("viewer", "owner", "editor")
    ]


def test_who_has_no_role_stays_out_known_or_not(session: Session, owner: Person) -> None:
    for _ in range(2):
        with pytest.raises(Forbidden, match=r"The studio gives you no role here\. Ask"):
            admit(session, replace(MARA, role=""))
        session.rollback()
        admit(session, MARA)


def test_the_last_owner_is_not_made_less_and_not_let_in_as_more(session: Session) -> None:
    chief = admit(session, replace(MARA, role="owner"))
    with pytest.raises(Conflict, match="You are the only owner here, and the studio makes you viewer"):
        admit(session, replace(MARA, role="viewer"))
    session.rollback()
    assert chief.role == "owner"
    admit(session, replace(MARA, subject="i-1", email="ines@studio.example", role="owner"))
    assert admit(session, replace(MARA, role="viewer")).role == "viewer"


def test_an_account_is_linked_by_an_address_that_is_confirmed(session: Session, owner: Person) -> None:
    had = add_person(session, "viewer", email="MARA@studio.example", name="Mara")
    passwords.set_password(session, had, "a fine heron at dusk")
    session.commit()
    person = admit(session, MARA)
    assert (person.id, person.oidc_subject, person.name, person.role) == (had.id, "m-1", "Mara", "editor")
    assert person.password_hash
    assert session.query(Audit).filter_by(action="account linked", target=had.email).count() == 1
    assert admit(session, replace(MARA, email="", email_verified=False)).id == had.id


def test_an_account_is_not_linked_by_an_address_that_is_only_claimed(session: Session, owner: Person) -> None:
    with pytest.raises(Conflict, match="does not confirm that the address is yours"):
        admit(session, replace(MARA, email="Ines@studio.example", email_verified=False))
    session.rollback()
    assert owner.oidc_subject is None


def test_an_address_that_went_to_somebody_else_does_not_bring_the_account(
    session: Session, owner: Person
) -> None:
    person = admit(session, MARA)
    with pytest.raises(Conflict, match="belongs to another account"):
        admit(session, replace(MARA, subject="m-2"))
    session.rollback()
    moved = admit(session, replace(MARA, issuer="https://new.example", subject="m-2"))
    assert (moved.id, moved.oidc_issuer) == (person.id, "https://new.example")


def test_who_was_removed_does_not_come_back_by_signing_in(session: Session, owner: Person) -> None:
    person = admit(session, MARA)
    membership.end(session, person)
    session.commit()
    for who in (MARA, replace(MARA, email="other@studio.example"), replace(MARA, subject="m-2")):
        with pytest.raises(Forbidden, match="Your account here was ended"):
            admit(session, who)
        session.rollback()
    assert person.ended_at is not None


@pytest.mark.parametrize("email", ["mara@studio.example", "silva@studio.example"])
def test_who_was_removed_and_invited_anew_is_linked_anew(session: Session, owner: Person, email: str) -> None:
    membership.end(session, admit(session, MARA))
    session.commit()
    invited = add_person(session, "viewer", email=email)
    assert invited.oidc_subject is None
    assert admit(session, replace(MARA, email=email)).id == invited.id


def test_without_an_address_there_is_no_account(session: Session, owner: Person) -> None:
    with pytest.raises(Forbidden, match="does not say your e-mail address"):
        admit(session, replace(MARA, email=""))


def test_the_first_one_in_is_an_owner(session: Session) -> None:
    with pytest.raises(Forbidden, match="Nobody is the owner here yet"):
        admit(session, MARA)
    session.rollback()
    assert session.scalar(text("SELECT count(*) FROM person")) == 0
    assert admit(session, replace(MARA, role="owner")).role == "owner"
    assert admit(session, replace(MARA, subject="j-1", email="jo@studio.example")).role == "editor"


ALL = {"OIDC_ISSUER": ISSUER, "OIDC_CLIENT_ID": "artworks", "OIDC_CLIENT_SECRET": "kept to ourselves"}


def test_the_settings_make_an_organisation() -> None:
    assert organisation(Config.from_env({})) is None
    found = organisation(Config.from_env({**ALL, "OIDC_ROLES": "cn=owners=owner, staff = editor"}))
    assert found
    assert (found.name, found.role_claim) == ("your organisation", "roles")
    assert found.roles == (("cn=owners", "owner"), ("staff", "editor"))
    assert "kept to ourselves" not in repr(found)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"OIDC_ISSUER": ISSUER}, "set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET as well"),
        ({**ALL, "OIDC_ISSUER": ""}, "set OIDC_ISSUER as well"),
        ({**ALL, "OIDC_ISSUER": "http://login.example.org"}, "OIDC_ISSUER must be an https:// address"),
        ({**ALL, "OIDC_ISSUER": "http://localhost.example.org"}, "OIDC_ISSUER must be an https:// address"),
        ({**ALL, "OIDC_ISSUER": "login.example.org"}, "OIDC_ISSUER must be"),
        ({**ALL, "OIDC_ISSUER": "https://"}, "OIDC_ISSUER must be"),
        ({**ALL, "OIDC_ISSUER": "https://["}, "OIDC_ISSUER must be"),
        ({**ALL, "OIDC_ROLES": "staff"}, "OIDC_ROLES must be pairs"),
        ({**ALL, "OIDC_ROLES": "=owner"}, "OIDC_ROLES must be pairs"),
        ({**ALL, "OIDC_ROLES": "staff=chief"}, "OIDC_ROLES must be pairs"),
    ],
)
def test_settings_that_do_not_work_are_refused_in_a_sentence(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as error:
        Config.from_env(settings)
    assert "kept to ourselves" not in str(error.value)


@pytest.mark.parametrize(
    "issuer", ["http://localhost:8080/realms/a", "http://127.0.0.1:1", "http://[::1]:9/"]
)
def test_on_this_computer_a_provider_needs_no_https(issuer: str) -> None:
    assert organisation(Config.from_env({**ALL, "OIDC_ISSUER": issuer}))
