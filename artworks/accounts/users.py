"""Accounts: find them, list them, make one."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from sqlalchemy import delete, exists, func, literal, select, text, update
from sqlalchemy.orm import Session

from artworks.accounts import sessions
from artworks.adapters.email_address import is_email_address
from artworks.audit import log as audit
from artworks.core.database import is_id
from artworks.core.errors import Conflict, Invalid, NotFound
from artworks.texts.folding import is_seen
from artworks.usage.periods import this_month
from models import ROLES, ApiToken, Audit, Autosave, OneTimeLink, Person, PersonSession, PersonSpending

MOST_EMAIL, MOST_NAME = 254, 80
# Any number will do that nothing else locks: whoever counts owners waits for whoever changes one.
OWNERS_LOCK = 4_732_910_656


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


def list_users(session: Session, zone: tzinfo) -> list[UserSummary]:
    """List the people who have not left, by name, in one statement; the months of the budget are those of `zone`."""
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
        .where(PersonSpending.person_id == Person.id, PersonSpending.month == this_month(zone))
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


def is_first(session: Session, person_id: int) -> bool:
    """Return whether nobody had an account before a person."""
    return not session.scalar(select(exists().where(Person.id < person_id)))


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
        delete_sessions_and_keys(session, person)
    person.email, person.name, person.role, person.budget_usd = email, name, role, budget_usd
    person.password_hash = person.oidc_issuer = person.oidc_subject = person.ended_at = None
    session.flush()
    if is_first(session, person.id):
        # What was being typed while nobody had an account.
        session.execute(update(Autosave).where(Autosave.person_id.is_(None)).values(person_id=person.id))
    audit.record(session, "person added", email, role=role)
    return person


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
    if name and not is_seen(name):
        raise Invalid("That name has nothing that people could see.", field="name")
    return name


def valid_role(role: str) -> str:
    """Return a role; raises Invalid."""
    if role not in ROLES:
        raise Invalid("Choose viewer, editor or owner.", field="role")
    return role


def _normalised(words: str) -> str:
    return unicodedata.normalize("NFC", words).strip()


def delete_sessions_and_keys(session: Session, person: Person) -> int:
    """Delete the sessions, API tokens and one-time links of somebody; return how many sessions were ended."""
    ended = sessions.end_all(session, person.id)
    session.execute(delete(ApiToken).where(ApiToken.person_id == person.id))
    session.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person.id))
    return ended
