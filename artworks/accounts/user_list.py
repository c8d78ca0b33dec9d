"""Everybody with an account, as the owner's page and the command show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, literal, select, text
from sqlalchemy.orm import Session

from models import Audit, Person, PersonSession, PersonSpending

# The month that counts is the calendar month in UTC, as for the budget.
_MONTH = text("date_trunc('month', now() AT TIME ZONE 'UTC')::date")


@dataclass(frozen=True)
class UserSummary:
    """A person, when they last did something, and what their words cost this month."""

    person: Person
    seen_at: datetime | None
    month_usd: Decimal


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
