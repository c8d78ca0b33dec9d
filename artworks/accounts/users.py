"""Accounts: make one, change what it may do, end it; there is always an owner left."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, literal, select, text
from sqlalchemy.orm import Session

from artworks.accounts import sessions
from artworks.adapters.email_address import is_email_address
from artworks.audit import log as audit
from artworks.batches import owners as batch_owners
from artworks.core import versions
from artworks.core.database import is_id
from artworks.core.errors import Conflict, Invalid, NotFound
from artworks.dependents import belongings
from artworks.dependents.belongings import Decision
from models import ROLES, ApiToken, Audit, OneTimeLink, Person, PersonSession, PersonSpending

MOST_EMAIL, MOST_NAME = 254, 80
# Any number will do that nothing else locks: whoever counts owners waits for whoever changes one.
OWNERS_LOCK = 4_732_910_656
# The month that counts is the calendar month in UTC, as for the budget.
_MONTH = text("date_trunc('month', now() AT TIME ZONE 'UTC')::date")


@dataclass(frozen=True)
class UserSummary:
    """A person, when they last did something, and what their words cost this month."""

    person: Person
    seen_at: datetime | None
    month_usd: Decimal


def find(session: Session, person_id: int) -> Person:
    """Return a person who has not left; raises NotFound."""
    person = session.get(Person, person_id) if is_id(person_id) else None
    if person is None or person.ended_at is not None:
        raise NotFound("There is nobody like that.")
    return person


def by_email(session: Session, email: str) -> Person | None:
    """Return the person with an e-mail address, who has not left; None when there is none."""
    email = _normalised(email)
    if not email.isprintable():
        # PostgreSQL does not take every sign, and nobody has such an address.
        return None
    person = session.scalar(
        select(Person).where(func.lower(Person.email) == func.lower(email), Person.ended_at.is_(None))
    )
    # The database takes some letters for others, an i with a dot for one without: a mailbox, and a count, of its own.
    same = person is not None and person.email.casefold() == email.casefold()
    return person if same else None


def list_all(session: Session) -> list[Person]:
    """List the people who have not left, by name."""
    query = (
        select(Person)
        .where(Person.ended_at.is_(None))
        .order_by(func.lower(func.coalesce(func.nullif(Person.name, ""), Person.email)), Person.id)
    )
    return list(session.scalars(query))


def list_users(session: Session) -> list[UserSummary]:
    """List the people who have not left, by name, in one statement."""
    used = (
        select(func.max(PersonSession.seen_at)).where(PersonSession.person_id == Person.id).scalar_subquery()
    )
    # A session that has ended leaves no trace but here.
    did = (
        select(Audit.at)
        .where(Audit.person_id == Person.id)
        .order_by(Audit.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    usd = (
        select(PersonSpending.usd)
        .where(PersonSpending.person_id == Person.id, PersonSpending.month == _MONTH)
        .scalar_subquery()
    )
    query = (
        select(Person, func.greatest(used, did), func.coalesce(usd, literal(0)))
        .where(Person.ended_at.is_(None))
        .order_by(func.lower(func.coalesce(func.nullif(Person.name, ""), Person.email)), Person.id)
    )
    return [UserSummary(person, seen_at, Decimal(spent)) for person, seen_at, spent in session.execute(query)]


def any_exist(session: Session) -> bool:
    """Return whether there was ever an account."""
    return bool(session.scalar(text("SELECT EXISTS (SELECT FROM person)")))


def add(
    session: Session,
    email: str,
    *,
    name: str = "",
    role: str,
    budget_usd: Decimal | None = None,
    invited: bool = False,
) -> Person:
    """Make an account without a password; one who left and has the same address comes back with it.

    `invited` says that the address was checked before, by what counted as one then. Raises Invalid, and Conflict when
    the address is taken.
    """
    email = email if invited else valid_email(email)
    name, role = valid_name(name), valid_role(role)
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": OWNERS_LOCK})
    person = session.scalar(select(Person).where(func.lower(Person.email) == func.lower(email)))
    if person is not None and person.ended_at is None:
        raise Conflict(f"{email} has an account already.", field="email")
    if person is None:
        person = Person(email=email)
        session.add(person)
    else:
        # Somebody who was signing in at the very moment of leaving may have left a way in.
        _delete_sessions_and_keys(session, person)
    person.email, person.name, person.role, person.budget_usd = email, name, role, budget_usd
    person.password_hash = person.oidc_issuer = person.oidc_subject = person.ended_at = None
    session.flush()
    audit.record(session, "person added", email, role=role)
    return person


def change(
    session: Session,
    person: Person,
    *,
    name: str | None = None,
    role: str | None = None,
    budget_usd: Decimal | str | None = "same",
    version: int | None = None,
    decision: Decision | None = None,
) -> dict[str, int]:
    """Change what a person is called or may do; returns how many of each kind they cannot have any more.

    `version` is what somebody saw who changes it by hand. `decision` tells what becomes of what they cannot have;
    without one it ends (artworks/dependents/belongings.py). Raises Stale, Invalid, Undecided, Outdated, and Conflict
    for the last owner.
    """
    settled: dict[str, Any] = {}
    if role is not None:
        _wait_for_role(session, person)
    if version is not None:
        _check_version(session, person, version)
    was = (person.name, person.role, person.budget_usd)
    if role is not None and valid_role(role) != person.role:
        if person.role == "owner":
            _ensure_another_owner(session, person)
        settled = belongings.settle(session, person, role, decision)
        audit.record(session, "role changed", person.email, before=person.role, after=role, **settled)
        person.role = role
        if not batch_owners.spends(role):
            session.flush()
            reason = f"{person.called} may only look from now on, so nothing more is spent in their name."
            batch_owners.pause_for_lost_right(session, person, reason)
    if name is not None and valid_name(name) != person.name:
        before, person.name = person.name, valid_name(name)
        audit.record(session, "name changed", person.email, before=before, after=person.name)
    if not isinstance(budget_usd, str) and budget_usd != person.budget_usd:
        audit.record(
            session,
            "share changed",
            person.email,
            before=_dollars(person.budget_usd),
            after=_dollars(budget_usd),
        )
        person.budget_usd = budget_usd
    person.version += was != (person.name, person.role, person.budget_usd)
    session.flush()
    return settled


def _check_version(session: Session, person: Person, version: int) -> None:
    versions.hold(session, person)
    current = {"id": person.id, "name": person.name, "role": person.role, "version": person.version}
    share = "no share" if person.budget_usd is None else f"a share of ${person.budget_usd:,.2f}"
    said = f"It is “{person.called}” now, with the role {person.role} and {share}."
    versions.check(version, person.version, said, current)


def end(session: Session, person: Person, decision: Decision | None = None) -> dict[str, int]:
    """End an account with its sessions, tokens and links, and invitations to its address; what the person did stays.

    `decision` and what is returned are as for `change`. Raises Conflict for the last owner, Undecided and Outdated.
    """
    _wait_for_role(session, person)
    if person.role == "owner":
        _ensure_another_owner(session, person)
    settled = belongings.settle(session, person, belongings.REMOVED, decision)
    # Who they are at an organisation stays, so that signing in there does not bring them back.
    person.ended_at = func.now()
    _end_access(session, person, f"{person.called} was removed, so nothing more is spent in their name.")
    audit.record(session, "person removed", person.email, **settled)
    return settled


def revoke_access(session: Session, person: Person, reason: str) -> None:
    """End all that somebody has, and every way in, but keep the account for the day when they get a role again.

    `reason` is a sentence for their batches. Nothing is written down when there is nothing left to end. Raises Conflict
    for the last owner.
    """
    _wait_for_role(session, person)
    if person.role == "owner":
        _ensure_another_owner(session, person)
    settled: dict[str, Any] = belongings.settle(session, person, belongings.REMOVED, None)
    before, had_password = person.role, person.password_hash is not None
    person.role = ROLES[0]
    person.version += before != person.role
    running = settled.pop("batches", 0) and batch_owners.count_running_of(session, person.id)
    ended = _end_access(session, person, reason)
    found = {"batches": running, **settled, "sessions_ended": ended}
    found = {kind: count for kind, count in found.items() if count}
    if found or had_password or before != person.role:
        audit.record(session, "shut out", person.email, before=before, after=person.role, **found)


def valid_email(email: str) -> str:
    """Return a new e-mail address without spaces around it, otherwise as it was written; raises Invalid."""
    email = _normalised(email)
    if not is_email_address(email):
        raise Invalid("That does not look like an e-mail address.", field="email")
    return email


def valid_name(name: str) -> str:
    """Return a name on one line; raises Invalid."""
    name = " ".join(_normalised(name).split())
    if len(name) > MOST_NAME or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        raise Invalid(f"A name has at most {MOST_NAME} characters, on one line.", field="name")
    return name


def valid_role(role: str) -> str:
    """Return a role; raises Invalid."""
    if role not in ROLES:
        raise Invalid("Choose viewer, editor or owner.", field="role")
    return role


def _normalised(words: str) -> str:
    return unicodedata.normalize("NFC", words).strip()


def _dollars(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _end_access(session: Session, person: Person, reason: str) -> int:
    """End the ways in of somebody without any right and pause their batches; returns how many sessions ended."""
    person.password_hash = None
    # First, so that this waits for whoever is signing in, and then ends that session too.
    session.flush()
    ended = _delete_sessions_and_keys(session, person)
    batch_owners.pause_for_lost_right(session, person, reason)
    # Not used by somebody who came in by another way, it would bring them back.
    session.execute(
        delete(OneTimeLink).where(
            OneTimeLink.kind == "invitation", func.lower(OneTimeLink.email) == func.lower(person.email)
        )
    )
    return ended


def _delete_sessions_and_keys(session: Session, person: Person) -> int:
    ended = sessions.end_all(session, person.id)
    session.execute(delete(ApiToken).where(ApiToken.person_id == person.id))
    session.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person.id))
    return ended


def _wait_for_role(session: Session, person: Person) -> None:
    """Wait for whoever changes who is an owner, or begins something with this role, and read it as it is then."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": OWNERS_LOCK})
    session.refresh(person, ["role"], with_for_update={"key_share": True})


def _ensure_another_owner(session: Session, person: Person) -> None:
    others = select(Person.id).where(
        Person.role == "owner", Person.ended_at.is_(None), Person.id != person.id
    )
    if session.scalar(others.limit(1)) is None:
        raise Conflict("Somebody has to be the owner. Make another person an owner first.", field="role")
