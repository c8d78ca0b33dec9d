"""Links that work once: who gets in by them, when they end, and that of two at once one wins."""

from __future__ import annotations

import threading
from datetime import UTC
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from artworks.accounts import invitations, passwords, sessions, throttle, users
from artworks.accounts.invitations import NO_SUCH_LINK, IssuedLink
from artworks.core import security
from artworks.core.actor import Actor, act_as
from artworks.core.errors import Conflict, Invalid, NotFound, RateLimited
from artworks.core.limits import SessionLimits
from artworks.membership import membership
from models import OneTimeLink, Person, PersonSession
from tests.support.people import PASSWORD, add_person
from tests.support.program import PATIENCE

EMAIL = "nina@studio.example"


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", email="mara@studio.example", name="Mara")


@pytest.fixture
def made(session: Session, owner: Person) -> IssuedLink:
    """Return an invitation of an editor that is committed."""
    act_as(session, Actor("owner", owner.id, owner.called, owner.email, "session"))
    given = invitations.invite(session, EMAIL, name="Nina", role="editor", budget_usd=Decimal("12.5"))
    session.commit()
    return given


def look(session: Session, made: IssuedLink, address: str = "10.0.0.1") -> OneTimeLink:
    return invitations.load_link(session, session.commit, made.link.kind, made.key, address)


def take(session: Session, ticket: OneTimeLink, password: str = PASSWORD, name: str = "Nina") -> Person:
    return invitations.accept_invitation(session, ticket, name=name, password=password, address="10.0.0.1")


def is_dead(session: Session, made: IssuedLink) -> bool:
    """Return whether a key opens nothing, neither as an invitation nor for a new password."""
    told = []
    for kind in ("invitation", "reset"):
        try:
            invitations.load_link(session, session.commit, kind, made.key, "10.0.0.1")
        except NotFound as error:
            told.append(error.message)
    return told == [NO_SUCH_LINK, NO_SUCH_LINK]


def done(session: Session) -> list[str]:
    return list(session.scalars(text("SELECT action FROM audit ORDER BY id")))


def test_an_invitation_makes_the_person_it_was_for(session: Session, made: IssuedLink) -> None:
    person = take(session, look(session, made), name="Nina Berg")
    session.commit()
    assert (person.email, person.name, person.role) == (EMAIL, "Nina Berg", "editor")
    assert person.budget_usd == Decimal("12.5")
    assert passwords.is_right(session, person, PASSWORD)
    assert done(session)[-4:] == ["invitation made", "person added", "invitation taken", "sign-in"]
    by = session.execute(
        text("SELECT who, address FROM audit WHERE action = 'person added' ORDER BY id DESC")
    ).first()
    assert by == ("Nina", "10.0.0.1")


def test_the_key_is_kept_hashed_and_nowhere_else(session: Session, made: IssuedLink) -> None:
    rows = str(session.execute(text("SELECT t.*::text FROM ticket t")).all())
    rows += str(session.execute(text("SELECT a.*::text FROM audit a")).all())
    assert made.key not in rows
    assert made.link.token_hash == security.hash_key(made.key)
    assert made.path == f"/invitation/{made.key}"
    assert made.link.made_by == "Mara"


def test_a_link_works_once(session: Session, made: IssuedLink) -> None:
    ticket = look(session, made)
    take(session, ticket)
    session.commit()
    assert is_dead(session, made)
    with pytest.raises(NotFound, match=NO_SUCH_LINK):
        take(session, ticket)


def test_of_two_at_once_one_wins(engine: Engine, session: Session, made: IssuedLink) -> None:
    """Both have seen that the link works; the second one waits for the first and then gets nothing."""
    first, second = Session(engine), Session(engine)
    tickets_seen = [look(each, made) for each in (first, second)]
    take(first, tickets_seen[0])
    told: list[str] = []

    def try_too() -> None:
        try:
            take(second, tickets_seen[1], password="another fine password")
        except NotFound as error:
            told.append(error.message)
        second.rollback()

    thread = threading.Thread(target=try_too)
    thread.start()
    first.commit()
    thread.join(PATIENCE)
    assert told == [NO_SUCH_LINK]
    person = users.by_email(session, EMAIL)
    assert person is not None
    assert passwords.is_right(session, person, PASSWORD)
    for each in (first, second):
        each.close()


def test_a_password_that_will_not_do_leaves_the_link_as_it_was(session: Session, made: IssuedLink) -> None:
    ticket = look(session, made)
    with pytest.raises(Invalid):
        take(session, ticket, password="short")
    session.rollback()
    assert users.by_email(session, EMAIL) is None
    assert take(session, look(session, made)).email == EMAIL


@pytest.mark.parametrize(("kind", "days"), [("invitation", "6 days 23 hours"), ("reset", "23 hours")])
def test_a_link_ends(session: Session, owner: Person, kind: str, days: str) -> None:
    made = (
        invitations.invite(session, EMAIL, role="viewer")
        if kind == "invitation"
        else invitations.reset(session, owner)
    )
    session.commit()
    lasts = session.scalar(
        text("SELECT expires_at - now() > CAST(:days AS interval) FROM ticket"), {"days": days}
    )
    assert lasts
    assert not is_dead(session, made)
    longer = "7 days" if kind == "invitation" else "24 hours"
    session.execute(text("UPDATE ticket SET expires_at = expires_at - CAST(:it AS interval)"), {"it": longer})
    session.commit()
    assert is_dead(session, made)
    assert invitations.open_invitations(session) == []


def test_a_link_of_one_kind_is_none_of_the_other(session: Session, made: IssuedLink) -> None:
    with pytest.raises(NotFound, match=NO_SUCH_LINK):
        invitations.load_link(session, session.commit, "reset", made.key, "10.0.0.1")


def test_a_new_invitation_replaces_the_older_one(session: Session, made: IssuedLink) -> None:
    newer = invitations.invite(session, EMAIL.upper(), role="viewer")
    other = invitations.invite(session, "bo@studio.example", role="viewer")
    session.commit()
    assert is_dead(session, made)
    assert [one.id for one in invitations.open_invitations(session)] == [other.link.id, newer.link.id]


def test_a_withdrawn_invitation_is_gone(session: Session, made: IssuedLink) -> None:
    assert invitations.withdraw(session, made.link.id) == EMAIL
    session.commit()
    assert is_dead(session, made)
    for number in (made.link.id, 0, 2**70):
        with pytest.raises(NotFound):
            invitations.withdraw(session, number)


def test_a_reset_cannot_be_withdrawn_as_an_invitation(session: Session, owner: Person) -> None:
    with pytest.raises(NotFound):
        invitations.withdraw(session, invitations.reset(session, owner).link.id)


def test_who_has_an_account_is_not_invited(session: Session, made: IssuedLink, owner: Person) -> None:
    with pytest.raises(Conflict, match="has an account already"):
        invitations.invite(session, owner.email.upper(), role="viewer")
    users.add(session, EMAIL, role="viewer")
    session.commit()
    assert invitations.open_invitations(session) == []
    with pytest.raises(Conflict, match="has an account already"):
        take(session, look(session, made))


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"email": "nobody"}, "email"), ({"role": "king"}, "role"), ({"name": "x" * 81}, "name")],
)
def test_what_does_not_fit_is_refused(
    session: Session, owner: Person, facts: dict[str, str], field: str
) -> None:
    given = {"email": EMAIL, "role": "viewer", "name": "", **facts}
    with pytest.raises(Invalid) as told:
        invitations.invite(session, given["email"], name=given["name"], role=given["role"])
    assert told.value.field == field


def test_the_first_account_is_an_owners(session: Session) -> None:
    with pytest.raises(Conflict, match="first account has to be an owner's"):
        invitations.invite(session, EMAIL, role="editor")
    made = invitations.invite(session, EMAIL, role="owner")
    assert take(session, look(session, made)).role == "owner"


def test_a_reset_gives_a_new_password_and_ends_every_session(session: Session) -> None:
    person = add_person(session, "editor", PASSWORD)
    limits = SessionLimits(invitations.RESET_FOR, invitations.RESET_FOR)
    sessions.start(session, person, limits, way="password", address="", device="")
    made = invitations.reset(session, person)
    session.commit()
    invitations.accept_reset(
        session, look(session, made), password="another fine password", address="10.0.0.1"
    )
    session.commit()
    assert session.query(PersonSession).count() == 0
    assert passwords.is_right(session, person, "another fine password")
    assert done(session)[-3:] == ["reset link made", "password reset", "sign-in"]
    assert is_dead(session, made)


def test_a_new_reset_replaces_the_older_one(session: Session, owner: Person) -> None:
    older, newer = invitations.reset(session, owner), invitations.reset(session, owner)
    session.commit()
    assert (is_dead(session, older), is_dead(session, newer)) == (True, False)


def test_a_new_password_chosen_elsewhere_ends_the_link(session: Session, owner: Person) -> None:
    made = invitations.reset(session, owner)
    passwords.set_password(session, owner, PASSWORD)
    session.commit()
    assert is_dead(session, made)


def test_who_was_removed_gets_no_new_password_not_even_after_coming_back(
    session: Session, owner: Person
) -> None:
    person = add_person(session, "editor", PASSWORD)
    made = invitations.reset(session, person)
    membership.end(session, person)
    session.commit()
    assert is_dead(session, made)
    users.add(session, person.email, role="editor")
    session.commit()
    assert is_dead(session, made)


def test_a_stranger_who_forgot_gets_no_link(session: Session, owner: Person) -> None:
    """Neither somebody without an account nor somebody who signs in with an organisation alone."""
    person = add_person(session, "editor", PASSWORD)
    assert invitations.reset_by_email(session, "nobody@studio.example") is None
    assert invitations.reset_by_email(session, owner.email) is None
    made = invitations.reset_by_email(session, person.email.upper())
    assert made is not None
    assert made.link.person_id == person.id


def test_guesses_at_links_are_counted_for_the_address(session: Session, made: IssuedLink) -> None:
    for _ in range(throttle.ADDRESS.most - 1):
        with pytest.raises(NotFound):
            invitations.load_link(session, session.commit, "invitation", security.new_key(), "10.0.0.1")
    # A right one takes nothing from the limit.
    for _ in range(3):
        look(session, made)
    with pytest.raises(NotFound):
        invitations.load_link(session, session.commit, "reset", security.new_key(), "10.0.0.1")
    with pytest.raises(RateLimited):
        look(session, made)
    session.rollback()
    assert look(session, made, "10.0.0.2").id == made.link.id
    assert "link refused" in done(session)


def test_the_list_tells_when_somebody_was_here_and_what_it_cost(session: Session, owner: Person) -> None:
    other = add_person(session, "viewer", name="Zoe", budget_usd=Decimal(5))
    limits = SessionLimits(invitations.RESET_FOR, invitations.RESET_FOR)
    sessions.start(session, owner, limits, way="password", address="", device="")
    session.execute(
        text("INSERT INTO person_spending VALUES (:id, date_trunc('month', now() AT TIME ZONE 'UTC'), 1.25), "
             "(:id, '2020-01-01', 9)"),
        {"id": other.id},
    )  # fmt: skip
    first, second = users.list_users(session, UTC)
    assert (first.person.id, second.person.id) == (owner.id, other.id)
    assert first.seen_at is not None
    assert (second.seen_at, second.month_usd) == (None, Decimal("1.25"))
    # What somebody did is remembered when the session is over.
    sessions.end_all(session, owner.id)
    session.execute(text("INSERT INTO audit (person_id, action) VALUES (:id, 'sign-out')"), {"id": owner.id})
    assert users.list_users(session, UTC)[0].seen_at is not None
