"""E-mail addresses: new ones are checked by email-validator, and whoever has an account signs in with theirs."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from artworks.accounts import invitations, login, passwords, users
from artworks.core.errors import Invalid
from models import Person
from tests.support.examples import examples
from tests.support.people import PASSWORD, add_person

# What counted as an address before the library did.
EARLIER = re.compile(r"[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+")
REFUSED_TODAY = (
    "dot..dot@studio.example",
    "dot.@studio.example",
    '"nina"@studio.example',
    "<nina@studio.example>",
    "nina,jo@studio.example",
    "nina@studio..example",
    "nina@-studio.example",
    "nina@" + "long" * 60,
    "nina@\U0001f41f.example",
)
TAKEN = (
    "nina@studio.example",
    "Nina.O'Hara+art@STUDIO.Example",
    "éva@studio.example",
    "例え@例え.テスト",
    "info@straße.example",
    "nina@printer.local",
    "nina@studio.test",
    "nina@localhost",
    "nina@mailhost",
    "nina@mail_host",
    "nina@x.invalid",
    "nina@studio.internal",
    "nina@[127.0.0.1]",
    "nina@127.0.0.1",
    "n" * 200 + "@studio.example",
)


def was_taken(email: str) -> bool:
    return len(email) <= 254 and EARLIER.fullmatch(email) is not None and email.isprintable()


def stored(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def is_new(text: str) -> bool:
    try:
        users.valid_email(text)
    except Invalid:
        return False
    return True


@pytest.mark.parametrize("email", TAKEN)
def test_an_address_is_taken_as_it_is_written(email: str) -> None:
    assert users.valid_email(f" {email}\n") == email


@pytest.mark.parametrize("email", REFUSED_TODAY)
def test_a_slip_is_found_that_was_not_found_before(email: str) -> None:
    assert was_taken(email)
    with pytest.raises(Invalid, match="does not look like an e-mail address"):
        users.valid_email(email)


@examples(30)
@given(
    st.one_of(
        st.emails(), st.from_regex(EARLIER), st.text(max_size=30).map(lambda text: f"a{text}@b.example")
    )
)
@example("nina@stu\u200bdio.example")
@example("nina@studio.example\nother")
@example("Nina <nina@studio.example>")
def test_nothing_is_taken_that_was_not_before(text: str) -> None:
    assert was_taken(stored(text)) or not is_new(text)


@given(st.one_of(st.sampled_from(TAKEN + REFUSED_TODAY), st.emails(), st.from_regex(EARLIER, fullmatch=True)))
@settings(examples(15), suppress_health_check=list(HealthCheck))
def test_every_address_that_was_ever_taken_finds_its_account(session: Session, text: str) -> None:
    email = stored(text)
    assume(was_taken(email))
    session.add(Person(email=email, role="viewer"))
    session.flush()
    for written in (text, f"  {email} ", unicodedata.normalize("NFD", email)):
        found = users.by_email(session, written)
        assert found is not None
        assert found.email == email
    session.rollback()


@pytest.mark.parametrize("email", REFUSED_TODAY[:3])
def test_who_has_an_address_that_is_no_longer_taken_signs_in_and_gets_a_link(
    session: Session, email: str
) -> None:
    person = add_person(session, "owner")
    passwords.set_password(session, person, PASSWORD)
    person.email = email
    session.commit()
    found = login.sign_in_with_password(
        session, session.commit, email=email, password=PASSWORD, address="10.0.0.1"
    )
    assert found.id == person.id
    made = invitations.reset_by_email(session, email)
    assert made is not None
    assert made.link.email == email


def test_an_invitation_of_before_is_taken(session: Session) -> None:
    add_person(session, "owner")
    made = invitations.invite(session, "nina@studio.example", role="viewer")
    made.link.email = REFUSED_TODAY[0]
    session.commit()
    ticket = invitations.load_link(session, session.commit, "invitation", made.key, "10.0.0.1")
    person = invitations.accept_invitation(session, ticket, name="", password=PASSWORD, address="10.0.0.1")
    assert person.email == REFUSED_TODAY[0]
