"""What people may do changes, and people leave: what they have ends or is handed over; an owner is always left."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from artworks.accounts.users import OWNERS_LOCK, delete_sessions_and_keys, valid_name, valid_role
from artworks.audit import log as audit
from artworks.batches import owners as batch_owners
from artworks.core import versions
from artworks.core.errors import Conflict
from artworks.dependents import belongings
from artworks.dependents.belongings import Decision
from models import ROLES, OneTimeLink, Person


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


def _dollars(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _end_access(session: Session, person: Person, reason: str) -> int:
    """End the ways in of somebody without any right and pause their batches; returns how many sessions ended."""
    person.password_hash = None
    # First, so that this waits for whoever is signing in, and then ends that session too.
    session.flush()
    ended = delete_sessions_and_keys(session, person)
    batch_owners.pause_for_lost_right(session, person, reason)
    # Not used by somebody who came in by another way, it would bring them back.
    session.execute(
        delete(OneTimeLink).where(
            OneTimeLink.kind == "invitation", func.lower(OneTimeLink.email) == func.lower(person.email)
        )
    )
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
