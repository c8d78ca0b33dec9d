"""The right of whoever acts, held until the transaction ends: nobody begins what they may not have any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from artworks.core.actor import actor_of
from artworks.core.errors import Forbidden
from models import ROLES, Person


def hold(session: Session, role: str) -> None:
    """Hold the right of whoever acts until this transaction ends; raises Forbidden when they lost it meanwhile.

    Who changes roles locks the row of `person` first (artworks/membership/membership.py). So what is begun here is
    there before the change, which then sees it, or is refused after it.
    """
    person_id = actor_of(session).person_id
    if person_id is None:
        return
    row = lock(session, person_id)
    if row is None or row.ended_at is not None or ROLES.index(row.role) < ROLES.index(role):
        raise Forbidden("You may not do this any more. Ask an owner.")


def lock(session: Session, person_id: int) -> Row[str, datetime | None] | None:
    """Return somebody's role and when they left, which stay so until this transaction ends; None for nobody."""
    query = select(Person.role, Person.ended_at).where(Person.id == person_id)
    return session.execute(query.with_for_update(read=True)).one_or_none()
