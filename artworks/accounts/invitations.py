"""One-time links: invitations, and links for a new password. Their keys are stored hashed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from artworks.accounts import passwords, sessions, throttle, tokens, users
from artworks.audit import log as audit
from artworks.core import rights, security
from artworks.core.actor import Actor, act_as, actor_of
from artworks.core.database import is_id
from artworks.core.errors import Conflict, NotFound
from models import OneTimeLink, Person

INVITED_FOR, RESET_FOR = timedelta(days=7), timedelta(hours=24)
NO_SUCH_LINK = "This link does not work, or not any more. Ask for a new one."
# Whoever replaces a link waits for whoever replaces another one, so that two at once leave one.
LINKS_LOCK = 4_732_910_657


@dataclass(frozen=True)
class IssuedLink:
    """A link that was just issued; `key` is shown now and never again. `ended` is how many earlier ones it replaces."""

    link: OneTimeLink
    key: str
    ended: int = 0

    @property
    def path(self) -> str:
        """The address of the link on this site."""
        return f"/{self.link.kind}/{self.key}"


class InvitedAlready(Conflict):
    """The address has a link that works, and nobody said that it is to end (409)."""

    def __init__(self, link: OneTimeLink) -> None:
        by = f" by {link.made_by}" if link.made_by else ""
        super().__init__(
            f"{link.email} is invited as {link.role} already{by}, and that link still works. "
            "If you invite again, the first link ends.",
            field="email",
        )
        self.link = link


def invite(
    session: Session,
    email: str,
    *,
    name: str = "",
    role: str,
    budget_usd: Decimal | None = None,
    replaces: Collection[int] | None = None,
) -> IssuedLink:
    """Invite somebody; an earlier invitation to the same address stops working.

    `replaces` are the ids of earlier ones that may end so, None for whichever there is. Raises Invalid, InvitedAlready,
    and Conflict when the address has an account, or when nobody has one and this is no owner.
    """
    email, name = users.valid_email(email), users.valid_name(name)
    rights.hold(session, "owner")
    ensure_first_is_owner(session, users.valid_role(role))
    if users.by_email(session, email) is not None:
        raise Conflict(f"{email} has an account already.", field="email")
    same = OneTimeLink.kind == "invitation", func.lower(OneTimeLink.email) == func.lower(email)
    _lock_links(session)
    earlier = session.scalars(
        select(OneTimeLink).where(*same, *_is_usable()).order_by(OneTimeLink.id.desc())
    ).all()
    if replaces is not None and (remaining := [one for one in earlier if one.id not in replaces]):
        raise InvitedAlready(remaining[0])
    _delete_unused(session, *same)
    made = _issue_link(
        session, INVITED_FOR, kind="invitation", email=email, name=name, role=role, budget_usd=budget_usd
    )
    more: dict[str, Any] = {"replaced": [one.role for one in earlier]} if earlier else {}
    audit.record(session, "invitation made", email, role=role, **more)
    return replace(made, ended=len(earlier))


def ensure_first_is_owner(session: Session, role: str) -> None:
    """Raise Conflict when this would be the first account and not an owner's: nobody could invite the others."""
    if role != "owner" and not users.any_exist(session):
        raise Conflict("The first account has to be an owner's.", field="role")


def reset(session: Session, person: Person) -> IssuedLink:
    """Issue a link with which a person chooses a new password; an earlier link for it stops working."""
    rights.hold(session, "owner")
    _lock_links(session)
    ended = len(
        session.scalars(select(OneTimeLink.id).where(OneTimeLink.person_id == person.id, *_is_usable())).all()
    )
    _delete_unused(session, OneTimeLink.person_id == person.id)
    made = _issue_link(session, RESET_FOR, kind="reset", person_id=person.id, email=person.email)
    audit.record(session, "reset link made", person.email)
    return replace(made, ended=ended)


def reset_by_email(session: Session, email: str) -> IssuedLink | None:
    """Make a reset link for somebody who asks for it, if a person with a password has this address."""
    person = users.by_email(session, email)
    # Who signs in with an organisation gets no second way in without an owner.
    return reset(session, person) if person is not None and person.password_hash is not None else None


def open_invitations(session: Session) -> list[OneTimeLink]:
    """List the invitations that can still be taken, the newest first."""
    has_account = select(Person.id).where(
        func.lower(Person.email) == func.lower(OneTimeLink.email), Person.ended_at.is_(None)
    )
    query = select(OneTimeLink).where(OneTimeLink.kind == "invitation", *_is_usable(), ~has_account.exists())
    return list(session.scalars(query.order_by(OneTimeLink.id.desc())))


def withdraw(session: Session, ticket_id: int) -> str:
    """Withdraw an invitation and give its address; raises NotFound when it is not open any more."""
    gone = delete(OneTimeLink).where(
        OneTimeLink.kind == "invitation", OneTimeLink.id == ticket_id, *_is_usable()
    )
    email: str | None = session.scalar(gone.returning(OneTimeLink.email)) if is_id(ticket_id) else None
    if email is None:
        raise NotFound("This invitation is not open any more.")
    audit.record(session, "invitation withdrawn", email)
    return email


def load_link(session: Session, commit: Callable[[], None], kind: str, key: str, address: str) -> OneTimeLink:
    """Return the one-time link that a key belongs to, without using it up; commits.

    Raises RateLimited, and NotFound with the same words whether it is made up, used, withdrawn or too old.
    """
    throttle.record_attempt(session, "ticket", address)
    commit()
    there = select(Person.id).where(Person.id == OneTimeLink.person_id, Person.ended_at.is_(None)).exists()
    found = select(OneTimeLink).where(
        OneTimeLink.token_hash == security.hash_key(key),
        OneTimeLink.kind == kind,
        *_is_usable(),
        or_(OneTimeLink.kind != "reset", there),
    )
    link = session.scalar(found)
    if link is None:
        audit.record(session, "link refused", kind, actor=Actor(address=address))
        commit()
        raise NotFound(NO_SUCH_LINK)
    throttle.clear_attempts(session, "ticket", address)
    commit()
    return link


def accept_invitation(
    session: Session, link: OneTimeLink, *, name: str, password: str, address: str
) -> Person:
    """Make the account that an invitation is for and use it up, all or nothing.

    Raises Invalid, NotFound when somebody was quicker, and Conflict when the address has an account by now.
    """
    _mark_used(session, link)
    act_as(session, Actor(name=link.name or link.email, email=link.email, address=address))
    ensure_first_is_owner(session, link.role)
    person = users.add(
        session, link.email, name=name, role=link.role, budget_usd=link.budget_usd, invited=True
    )
    passwords.set_password(session, person, password)
    audit.record(session, "invitation taken", person.email, role=person.role)
    _record_sign_in(session, person, address, "invitation")
    return person


def accept_reset(session: Session, link: OneTimeLink, *, password: str, address: str) -> Person:
    """Set a new password for a person and use the link up; sessions and tokens end. Raises Invalid, NotFound."""
    _mark_used(session, link)
    person = users.find(session, link.person_id or 0)
    passwords.set_password(session, person, password)
    sessions.end_all(session, person.id)
    # Whoever knew the old password may have made one.
    ended = tokens.end_all(session, person.id)
    act_as(session, Actor(name=person.called, email=person.email, person_id=person.id, address=address))
    audit.record(session, "password reset", person.email, tokens_ended=ended)
    _record_sign_in(session, person, address, "reset")
    return person


def _issue_link(session: Session, lasts: timedelta, **facts: object) -> IssuedLink:
    key, actor = security.new_key(), actor_of(session)
    link = OneTimeLink(
        token_hash=security.hash_key(key),
        expires_at=func.now() + lasts,
        made_by=actor.name or actor.email,
        made_by_id=actor.person_id,
        **facts,
    )
    session.add(link)
    session.flush()
    return IssuedLink(link, key)


def _lock_links(session: Session) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LINKS_LOCK})


def _delete_unused(session: Session, *which: ColumnElement[bool]) -> None:
    session.execute(delete(OneTimeLink).where(OneTimeLink.used_at.is_(None), *which))


def _is_usable() -> tuple[ColumnElement[bool], ...]:
    return OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > func.now()


def _mark_used(session: Session, link: OneTimeLink) -> None:
    """Mark a link as used; of two at once the second waits here, and raises NotFound."""
    used = update(OneTimeLink).where(OneTimeLink.id == link.id, *_is_usable()).values(used_at=func.now())
    if session.scalar(used.returning(OneTimeLink.id)) is None:
        raise NotFound(NO_SUCH_LINK)


def _record_sign_in(session: Session, person: Person, address: str, way: str) -> None:
    actor = Actor(person.role, person.id, person.called, person.email, "session", address)
    audit.record(session, "sign-in", person.email, actor=actor, way=way)
