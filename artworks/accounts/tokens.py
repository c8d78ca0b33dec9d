"""API tokens: named, for a role, with an end; shown once and stored hashed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from artworks.accounts.users import valid_name, valid_role
from artworks.audit import log as audit
from artworks.core import rights, security
from artworks.core.actor import Actor
from artworks.core.errors import Invalid
from models import ROLES, ApiToken, Person

# Tells people and secret scanners what it is.
PREFIX = "aim_"
MOST_DAYS = 366
MOST_TOKENS = 50

_READ = text(
    "SELECT t.id, t.name AS token_name, t.role AS token_role, t.used_from, p.id AS person_id, p.name, p.email, p.role, "
    "t.used_at IS NULL OR t.used_at < now() - interval '1 minute' AS stale "
    "FROM api_token t JOIN person p ON p.id = t.person_id AND p.ended_at IS NULL "
    "WHERE t.token_hash = :token_hash AND t.expires_at > now()"
)


# The last entries of all tokens are looked at, so that it stays cheap however much was written down.
_WRITTEN = text(
    "SELECT EXISTS (SELECT FROM ("
    "SELECT at, address, detail FROM audit WHERE action = :action ORDER BY id DESC LIMIT 500"
    ") AS lately WHERE at > now() - interval '1 hour' AND address = :address AND detail ->> 'token' = :token)"
)
USED = "token used"


@dataclass(frozen=True)
class IssuedToken:
    """A token that was just made; `key` is shown now and never again."""

    token: ApiToken
    key: str


def read(session: Session, key: str, address: str) -> Actor | None:
    """Find out whose token a key is, and note its use; None when it is not one, or not any more."""
    row = session.execute(_READ, {"token_hash": security.hash_key(key)}).one_or_none()
    if row is None:
        return None
    if row.stale:
        session.execute(
            text("UPDATE api_token SET used_at = now(), used_from = :address WHERE id = :id"),
            {"id": row.id, "address": address},
        )
    actor = Actor(
        # Never more than its person may do today.
        role=min(row.token_role, row.role, key=ROLES.index), person_id=row.person_id, name=row.name or row.email,
        email=row.email, way="token", address=address,
    )  # fmt: skip
    if row.stale or row.used_from != address:
        _write_down(session, actor, row.id, row.token_name)
    return actor


def _write_down(session: Session, actor: Actor, token_id: int, name: str) -> None:
    """Record in the audit that a token is used, once an hour for each address that it is used from."""
    which = {"action": USED, "address": actor.address, "token": str(token_id)}
    if not session.scalar(_WRITTEN, which):
        audit.record(session, USED, name, actor=actor, token=token_id)


def create(session: Session, person: Person, *, name: str, role: str, days: int) -> IssuedToken:
    """Make a token for a person; raises Invalid."""
    name, role = valid_name(name), valid_role(role)
    # Nobody makes the person less until this transaction ends; who left has tokens that let nobody in.
    now = rights.lock(session, person.id)
    most = now.role if now else ROLES[0]
    if not name:
        raise Invalid("Give the token a name, so that you know it again.", field="name")
    if ROLES.index(role) > ROLES.index(most):
        raise Invalid(f"You are {most}, so a token of yours cannot be {role}.", field="role")
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"A token lasts from 1 to {MOST_DAYS} days.", field="days")
    if len(list_tokens(session, person.id)) >= MOST_TOKENS:
        raise Invalid(f"You have {MOST_TOKENS} tokens. Remove one that is not needed any more.")
    key = PREFIX + security.new_key()
    token = ApiToken(
        person_id=person.id, name=name, role=role, token_hash=security.hash_key(key), hint=key[: len(PREFIX) + 4],
        expires_at=func.now() + timedelta(days=days),
    )  # fmt: skip
    session.add(token)
    session.flush()
    audit.record(session, "token made", name, role=role, days=days)
    return IssuedToken(token, key)


def list_tokens(session: Session, person_id: int) -> list[ApiToken]:
    """List a person's tokens, the newest first; those that are over stay until they are removed."""
    return list(
        session.scalars(select(ApiToken).where(ApiToken.person_id == person_id).order_by(ApiToken.id.desc()))
    )


def list_valid(session: Session, person_id: int) -> list[ApiToken]:
    """List a person's tokens that still let somebody in, the newest first."""
    query = select(ApiToken).where(ApiToken.person_id == person_id, ApiToken.expires_at > func.now())
    return list(session.scalars(query.order_by(ApiToken.id.desc())))


def end_all(session: Session, person_id: int) -> int:
    """Remove every token of a person, and return how many of them still let somebody in."""
    count = len(list_valid(session, person_id))
    session.execute(delete(ApiToken).where(ApiToken.person_id == person_id))
    return count


def remove(session: Session, person_id: int, token_id: int) -> bool:
    """Remove one of a person's tokens; returns whether it was there."""
    removed = delete(ApiToken).where(ApiToken.person_id == person_id, ApiToken.id == token_id)
    name = session.scalar(removed.returning(ApiToken.name))
    if name is not None:
        audit.record(session, "token removed", name)
    return name is not None
