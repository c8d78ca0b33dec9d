"""Links that work once: an invitation, and leave to choose a new password. Their keys are kept hashed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from artworks.accounts import passwords, sessions, tokens
from artworks.accounts import throttle as guessing
from artworks.accounts import users as people
from artworks.audit import log as audit
from artworks.core import rights
from artworks.core import security as keys
from artworks.core.actor import Actor, act_as, actor_of
from artworks.core.database import is_id
from artworks.core.errors import Conflict, NotFound
from models import Person, Ticket

INVITED_FOR, RESET_FOR = timedelta(days=7), timedelta(hours=24)
DEAD = "This link does not work, or not any more. Ask for a new one."
# Whoever replaces a link waits for whoever replaces another one, so that two at once leave one.
LINKS_LOCK = 4_732_910_657


@dataclass(frozen=True)
class Made:
    """A link that was just made; `key` is shown now and never again. `ended` is how many earlier ones it replaces."""

    ticket: Ticket
    key: str
    ended: int = 0

    @property
    def path(self) -> str:
        """The address of the link on this site."""
        return f"/{self.ticket.kind}/{self.key}"


class InvitedAlready(Conflict):
    """The address has a link that works, and nobody said that it is to end (409)."""

    def __init__(self, ticket: Ticket) -> None:
        by = f" by {ticket.made_by}" if ticket.made_by else ""
        super().__init__(
            f"{ticket.email} is invited as {ticket.role} already{by}, and that link still works. "
            "If you invite again, the first link ends.",
            field="email",
        )
        self.ticket = ticket


def invite(
    session: Session,
    email: str,
    *,
    name: str = "",
    role: str,
    budget_usd: Decimal | None = None,
    replaces: Collection[int] | None = None,
) -> Made:
    """Invite somebody; an earlier invitation to the same address stops working.

    `replaces` are the ids of earlier ones that may end so, None for whichever there is. Raises Invalid, InvitedAlready,
    and Conflict when the address has an account, or when nobody has one and this is no owner.
    """
    email, name = people.checked_email(email), people.checked_name(name)
    rights.hold(session, "owner")
    fits_first(session, people.checked_role(role))
    if people.by_email(session, email) is not None:
        raise Conflict(f"{email} has an account already.", field="email")
    same = Ticket.kind == "invitation", func.lower(Ticket.email) == func.lower(email)
    _lock_links(session)
    earlier = session.scalars(select(Ticket).where(*same, *_unused()).order_by(Ticket.id.desc())).all()
    if replaces is not None and (kept := [one for one in earlier if one.id not in replaces]):
        raise InvitedAlready(kept[0])
    _drop(session, *same)
    made = _make(
        session, INVITED_FOR, kind="invitation", email=email, name=name, role=role, budget_usd=budget_usd
    )
    more: dict[str, Any] = {"replaced": [one.role for one in earlier]} if earlier else {}
    audit.record(session, "invitation made", email, role=role, **more)
    return replace(made, ended=len(earlier))


def fits_first(session: Session, role: str) -> None:
    """Raise Conflict when this would be the first account and not an owner's: nobody could invite the others."""
    if role != "owner" and not people.exist(session):
        raise Conflict("The first account has to be an owner's.", field="role")


def reset(session: Session, person: Person) -> Made:
    """Let a person choose a new password; an earlier link for it stops working."""
    rights.hold(session, "owner")
    _lock_links(session)
    ended = len(session.scalars(select(Ticket.id).where(Ticket.person_id == person.id, *_unused())).all())
    _drop(session, Ticket.person_id == person.id)
    made = _make(session, RESET_FOR, kind="reset", person_id=person.id, email=person.email)
    audit.record(session, "reset link made", person.email)
    return replace(made, ended=ended)


def forgotten(session: Session, email: str) -> Made | None:
    """Make a reset link for somebody who asks for it, if a person with a password has this address."""
    person = people.by_email(session, email)
    # Who signs in with an organisation gets no second way in without an owner.
    return reset(session, person) if person is not None and person.password_hash is not None else None


def open_invitations(session: Session) -> list[Ticket]:
    """List the invitations that can still be taken, the newest first."""
    has_account = select(Person.id).where(
        func.lower(Person.email) == func.lower(Ticket.email), Person.ended_at.is_(None)
    )
    query = select(Ticket).where(Ticket.kind == "invitation", *_unused(), ~has_account.exists())
    return list(session.scalars(query.order_by(Ticket.id.desc())))


def withdraw(session: Session, ticket_id: int) -> str:
    """Withdraw an invitation and give its address; raises NotFound when it is not open any more."""
    gone = delete(Ticket).where(Ticket.kind == "invitation", Ticket.id == ticket_id, *_unused())
    email: str | None = session.scalar(gone.returning(Ticket.email)) if is_id(ticket_id) else None
    if email is None:
        raise NotFound("This invitation is not open any more.")
    audit.record(session, "invitation withdrawn", email)
    return email


def look(session: Session, commit: Callable[[], None], kind: str, key: str, address: str) -> Ticket:
    """Return the ticket that a link's key belongs to, without using it up; commits.

    Raises RateLimited, and NotFound with the same words whether it is made up, used, withdrawn or too old.
    """
    guessing.count(session, "ticket", address)
    commit()
    there = select(Person.id).where(Person.id == Ticket.person_id, Person.ended_at.is_(None)).exists()
    found = select(Ticket).where(
        Ticket.token_hash == keys.kept(key),
        Ticket.kind == kind,
        *_unused(),
        or_(Ticket.kind != "reset", there),
    )
    ticket = session.scalar(found)
    if ticket is None:
        audit.record(session, "link refused", kind, actor=Actor(address=address))
        commit()
        raise NotFound(DEAD)
    guessing.succeeded(session, "ticket", address)
    commit()
    return ticket


def take_invitation(session: Session, ticket: Ticket, *, name: str, password: str, address: str) -> Person:
    """Make the account that an invitation is for and use it up, all or nothing.

    Raises Invalid, NotFound when somebody was quicker, and Conflict when the address has an account by now.
    """
    _use_up(session, ticket)
    act_as(session, Actor(name=ticket.name or ticket.email, email=ticket.email, address=address))
    fits_first(session, ticket.role)
    person = people.add(
        session, ticket.email, name=name, role=ticket.role, budget_usd=ticket.budget_usd, invited=True
    )
    passwords.choose(session, person, password)
    audit.record(session, "invitation taken", person.email, role=person.role)
    _signed_in(session, person, address, "invitation")
    return person


def take_reset(session: Session, ticket: Ticket, *, password: str, address: str) -> Person:
    """Set a new password for a person and use the link up; sessions and tokens end. Raises Invalid, NotFound."""
    _use_up(session, ticket)
    person = people.find(session, ticket.person_id or 0)
    passwords.choose(session, person, password)
    sessions.end_all(session, person.id)
    # Whoever knew the old password may have made one.
    ended = tokens.end_all(session, person.id)
    act_as(session, Actor(name=person.called, email=person.email, person_id=person.id, address=address))
    audit.record(session, "password reset", person.email, tokens_ended=ended)
    _signed_in(session, person, address, "reset")
    return person


def _make(session: Session, lasts: timedelta, **facts: object) -> Made:
    key, actor = keys.make(), actor_of(session)
    ticket = Ticket(
        token_hash=keys.kept(key),
        expires_at=func.now() + lasts,
        made_by=actor.name or actor.email,
        made_by_id=actor.person_id,
        **facts,
    )
    session.add(ticket)
    session.flush()
    return Made(ticket, key)


def _lock_links(session: Session) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LINKS_LOCK})


def _drop(session: Session, *which: ColumnElement[bool]) -> None:
    session.execute(delete(Ticket).where(Ticket.used_at.is_(None), *which))


def _unused() -> tuple[ColumnElement[bool], ...]:
    return Ticket.used_at.is_(None), Ticket.expires_at > func.now()


def _use_up(session: Session, ticket: Ticket) -> None:
    """Mark a ticket as used; of two at once the second waits here, and raises NotFound."""
    used = update(Ticket).where(Ticket.id == ticket.id, *_unused()).values(used_at=func.now())
    if session.scalar(used.returning(Ticket.id)) is None:
        raise NotFound(DEAD)


def _signed_in(session: Session, person: Person, address: str, way: str) -> None:
    actor = Actor(person.role, person.id, person.called, person.email, "session", address)
    audit.record(session, "sign-in", person.email, actor=actor, way=way)
