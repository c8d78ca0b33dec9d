"""Coming in: with a password, or as the first owner with the code that the server's log shows."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.accounts import passwords, throttle, users
from artworks.audit import log as audit
from artworks.core.actor import Actor
from artworks.core.errors import Conflict, Invalid, Unauthorized
from models import Person

WRONG = "The e-mail address or the password is not right."
CODE_BYTES = 10


def sign_in_with_password(
    session: Session, commit: Callable[[], None], *, email: str, password: str, address: str
) -> Person:
    """Return the person whose address and password these are; the try is counted and committed before it is looked at.

    Raises RateLimited, and Unauthorized with the same words and after the same work whether the account exists or not.
    """
    came_from = Actor(address=address)
    throttle.record_attempt(session, "sign-in", address, email)
    commit()
    person = users.by_email(session, email)
    # A crowd waits for its hashes, and must not keep the connections meanwhile.
    commit()
    if not passwords.is_right(session, person, password) or person is None:
        audit.record(session, "sign-in failed", email.strip(), actor=came_from)
        commit()
        raise Unauthorized(WRONG)
    throttle.clear_attempts(session, "sign-in", address, email)
    audit.record(session, "sign-in", person.email, actor=_actor(person, address), way="password")
    return person


def owner_code(secret: str) -> str:
    """Return the code that makes the owner account, in groups of four letters.

    It is derived from the program's secret, so that every process knows it and none has to keep it; once there is an
    account it opens nothing any more.
    """
    mark = hmac.new(secret.encode(), b"first owner", hashlib.sha256).digest()[:CODE_BYTES]
    letters = base64.b32encode(mark).decode()
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def create_first_owner(
    session: Session,
    commit: Callable[[], None],
    *,
    code: str | None,
    secret: str,
    email: str,
    name: str,
    password: str,
    address: str,
) -> Person:
    """Make the owner account, once; `code` is None for somebody who sits at this computer.

    Raises Invalid, RateLimited, and Conflict when there is an account already.
    """
    if code is not None:
        throttle.record_attempt(session, "owner-code", address)
        commit()
        given = "".join(sign for sign in code.upper() if sign.isalnum()).encode()
        if not hmac.compare_digest(given, owner_code(secret).replace("-", "").encode()):
            raise Invalid("This is not the code from the server's log.", field="code")
        throttle.clear_attempts(session, "owner-code", address)
    passwords.valid_password(password)
    # Two at once must not both become the first one.
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": users.OWNERS_LOCK})
    if users.any_exist(session):
        raise Conflict("There is an owner already. Sign in, or ask for an invitation.")
    person = users.add(session, email, name=name, role="owner")
    passwords.set_password(session, person, password)
    audit.record(session, "sign-in", person.email, actor=_actor(person, address), way="owner code")
    return person


def _actor(person: Person, address: str) -> Actor:
    return Actor(person.role, person.id, person.called, person.email, "session", address)
