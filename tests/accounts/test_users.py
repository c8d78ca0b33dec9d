"""Accounts: there is always an owner, and who was removed has no way back, whatever happened at that moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from artworks.accounts import invitations, sessions, tokens, users
from artworks.core.errors import Conflict, Invalid, NotFound
from artworks.core.limits import SessionLimits
from artworks.membership import membership
from models import ApiToken, Person
from tests.support.people import PASSWORD, add_person

LIMITS = SessionLimits(timedelta(hours=72), timedelta(days=30))
EMAIL = "bo@studio.example"


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner")


def owners(session: Session) -> int:
    session.rollback()
    return session.query(Person).filter(Person.role == "owner", Person.ended_at.is_(None)).count()


def make_less(session: Session, person: Person) -> None:
    membership.change(session, person, role="editor")


@pytest.mark.parametrize("deed", [make_less, membership.end])
def test_the_role_counts_as_it_is_now_and_not_as_it_was_read(
    engine: Engine, session: Session, owner: Person, deed: Callable[[Session, Person], None]
) -> None:
    """A viewer who has become the only owner since is not taken for a viewer."""
    other = add_person(session, "viewer")
    with Session(engine) as late:
        seen = users.find(late, other.id)
        membership.change(session, other, role="owner")
        membership.change(session, owner, role="viewer")
        session.commit()
        with pytest.raises(Conflict, match="Somebody has to be the owner"):
            deed(late, seen)
    assert owners(session) == 1


def test_an_invitation_that_was_not_needed_does_not_bring_somebody_back(
    session: Session, owner: Person
) -> None:
    """Somebody may be invited and then come in through the organisation, or be added by the operator."""
    made = invitations.invite(session, EMAIL.upper(), role="owner")
    other = invitations.invite(session, "nina@studio.example", role="viewer")
    membership.end(session, add_person(session, "viewer", email=EMAIL))
    session.commit()
    with pytest.raises(NotFound):
        invitations.load_link(session, session.commit, "invitation", made.key, "10.0.0.1")
    assert [one.id for one in invitations.open_invitations(session)] == [other.link.id]


def test_a_way_in_that_was_made_at_the_moment_of_leaving_is_closed_when_somebody_comes_back(
    engine: Engine, session: Session, owner: Person
) -> None:
    person = add_person(session, "editor", email=EMAIL)
    membership.end(session, person)
    session.commit()
    # As by a request that had found the account before it was ended.
    key = sessions.start(session, person, LIMITS, way="password", address="", device="")
    made = tokens.create(session, person, name="Script", role="viewer", days=7)
    session.commit()
    users.add(session, EMAIL, role="owner")
    session.commit()
    assert sessions.read(session, key, LIMITS, "").actor is None
    assert tokens.read(session, made.key, "") is None
    assert session.query(ApiToken).count() == 0


@pytest.mark.parametrize("email", ["ÉVA@studio.example", "vİvi@studio.example", "Straße@studio.example"])
def test_somebody_comes_back_whatever_the_letters_of_the_address(
    session: Session, owner: Person, email: str
) -> None:
    """The database decides which addresses are the same, as in its index."""
    person = add_person(session, "editor", email=email)
    membership.end(session, person)
    session.commit()
    made = invitations.invite(session, email, role="viewer")
    ticket = invitations.load_link(session, session.commit, "invitation", made.key, "10.0.0.1")
    back = invitations.accept_invitation(session, ticket, name="", password=PASSWORD, address="10.0.0.1")
    session.commit()
    assert (back.id, back.role) == (person.id, "viewer")
    with pytest.raises(Conflict):
        users.add(session, email, role="viewer")


@pytest.mark.parametrize(
    "email", ["a\u202eb@studio.example", "a\u200bb@studio.example", "a\udcff@studio.example"]
)
def test_an_address_has_no_signs_that_are_not_seen(session: Session, email: str) -> None:
    with pytest.raises(Invalid):
        users.add(session, email, role="owner")
    assert users.by_email(session, email) is None


def test_a_new_name_is_written_down_whoever_gives_it(session: Session, owner: Person) -> None:
    membership.change(session, owner, name=" Mara  Lind ")
    membership.change(session, owner, name="Mara Lind")
    found = session.execute(text("SELECT detail FROM audit WHERE action = 'name changed'")).all()
    assert [row.detail for row in found] == [{"before": "", "after": "Mara Lind"}]


def test_the_list_of_devices_has_an_end(session: Session, owner: Person) -> None:
    for _ in range(sessions.MOST_LISTED + 1):
        sessions.start(session, owner, LIMITS, way="password", address="", device="")
    assert len(sessions.of_person(session, owner.id, LIMITS)) == sessions.MOST_LISTED
    assert sessions.end_all(session, owner.id) == sessions.MOST_LISTED + 1
