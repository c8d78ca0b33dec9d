"""One's own account: the password, and where one is signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy.orm import Session

from artworks.accounts import passwords, sessions, throttle, tokens
from artworks.audit import log as audit
from artworks.core.actor import Actor
from artworks.core.database import is_id
from artworks.core.errors import Conflict, Invalid, NotFound
from models import Person, PersonSession

NOTHING_THERE = "You sign in without a password, so there is none to change."
WRONG = "This is not your password now."


class EndedAccess(NamedTuple):
    """How many other sessions, and how many tokens, ended with a password."""

    sessions: int
    tokens: int


def change_password(
    session: Session,
    commit: Callable[[], None],
    person: Person,
    actor: Actor,
    *,
    current: str,
    new: str,
    end_tokens: bool = False,
) -> EndedAccess:
    """Change the password of a person who knows it; end the other sessions, and the tokens if they say so.

    The try is counted, and committed, before it is looked at: whoever finds a browser open must not guess at leisure.
    Raises Invalid, RateLimited, and Conflict for somebody without a password. The caller changes the session's key.
    """
    if person.password_hash is None:
        raise Conflict(NOTHING_THERE)
    # Before anything is counted: a new one that is too short says nothing about the old one.
    passwords.valid_password(new)
    throttle.record_attempt(session, "password", actor.address, person.email)
    commit()
    if not passwords.is_right(session, person, current):
        audit.record(session, "password change failed", person.email)
        commit()
        raise Invalid(WRONG, field="current")
    throttle.clear_attempts(session, "password", actor.address, person.email)
    passwords.set_password(session, person, new)
    ended = EndedAccess(
        sessions.end_all(session, person.id, but=actor.session_id),
        tokens.end_all(session, person.id) if end_tokens else 0,
    )
    audit.record(
        session, "password changed", person.email, sessions_ended=ended.sessions, tokens_ended=ended.tokens
    )
    return ended


def end_session(session: Session, person: Person, session_id: int) -> str:
    """End one of a person's sessions and name its device; raises NotFound, for somebody else's too."""
    one = session.get(PersonSession, session_id) if is_id(session_id) else None
    device = one.device if one else ""
    if not one or not sessions.end(session, person.id, session_id):
        raise NotFound("This device is not signed in any more.")
    audit.record(session, "signed out elsewhere", person.email, device=device)
    return device


def end_other_sessions(session: Session, person: Person, actor: Actor) -> int:
    """End a person's sessions but for this one; returns how many ended."""
    ended = sessions.end_all(session, person.id, but=actor.session_id)
    if ended:
        audit.record(session, "signed out elsewhere", person.email, sessions_ended=ended)
    return ended


def confirm_password(
    session: Session, commit: Callable[[], None], actor: Actor, typed: str, *, what: str
) -> None:
    """Ask a signed-in person for the password once more before something that a stranger at the browser would like.

    The try is counted like a sign-in, and committed, before it is looked at. Whoever has none, because nobody has an
    account or the organisation signs them in, is not asked. Raises Invalid and RateLimited.
    """
    person = session.get(Person, actor.person_id) if actor.person_id is not None else None
    if person is None or person.password_hash is None:
        return
    if not typed:
        raise Invalid("Type your password, too.", field="password")
    throttle.record_attempt(session, "password", actor.address, person.email)
    commit()
    if not passwords.is_right(session, person, typed):
        audit.record(session, "password refused", what)
        commit()
        raise Invalid("This is not your password.", field="password")
    throttle.clear_attempts(session, "password", actor.address, person.email)
