"""Which passwords may be chosen, and how they are stored and compared."""

from __future__ import annotations

import unicodedata

from sqlalchemy import delete
from sqlalchemy.orm import Session

from artworks.adapters import password_hasher
from artworks.core.errors import Invalid
from models import OneTimeLink, Person

LEAST, MOST = 10, 500


def set_password(session: Session, person: Person, password: str) -> None:
    """Set a new password for a person; raises Invalid.

    The caller ends the other sessions (artworks/accounts/sessions.py). A link for choosing one
    that is still on its way stops working.
    """
    person.password_hash = password_hasher.hash_password(valid_password(password))
    session.execute(
        delete(OneTimeLink).where(OneTimeLink.person_id == person.id, OneTimeLink.used_at.is_(None))
    )
    session.flush()


def valid_password(password: str) -> str:
    """Return a new password as it is compared; raises Invalid when it is too short or one of the commonest.

    No other rules, as NIST SP 800-63B (5.1.1.2) advises.
    """
    same = _normalised(password)
    if len(same) < LEAST:
        raise Invalid(f"Choose a password of at least {LEAST} characters.", field="password")
    if len(same) > MOST:
        raise Invalid(f"Choose a password of at most {MOST} characters.", field="password")
    if password_hasher.is_common(same):
        raise Invalid(
            "This is one of the passwords that everybody tries first. Choose another one.", field="password"
        )
    return same


def is_right(session: Session, person: Person | None, password: str) -> bool:
    """Return whether a person's password is right; takes as long when there is no such person or no password.

    After a right one nobody changes the password or ends the account until the caller commits.
    """
    stored = person.password_hash if person else None
    # Nothing longer was ever stored, and a text of megabytes is not worth the work.
    right = password_hasher.matches(stored, _normalised(password[: MOST * 4]))
    if not right or person is None or stored is None:
        return False
    # While it was compared another one may have been chosen, or the account ended.
    session.refresh(person, ["password_hash", "ended_at"], with_for_update={"key_share": True})
    if person.password_hash != stored or person.ended_at is not None:
        return False
    if password_hasher.is_outdated(stored):
        person.password_hash = password_hasher.hash_password(_normalised(password))
        session.flush()
    return True


def _normalised(password: str) -> str:
    """Return a text with one spelling for what keyboards spell in several ways."""
    return unicodedata.normalize("NFKC", password)
