"""What was done, by whom, when and from where: written down in the transaction of the deed itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from artworks.core.actor import Actor, actor_of
from models import Audit

MOST_LETTERS = 200


def record(
    session: Session, action: str, target: str = "", *, actor: Actor | None = None, **detail: Any
) -> None:
    """Write down that somebody did something; `action` is a plain word such as "sign-in", `target` what it was done to.

    `actor` stands in where the session does not know yet who acts. Never give it a secret.
    """
    actor = actor or actor_of(session)
    session.add(
        Audit(
            person_id=actor.person_id,
            who=actor.name or actor.email,
            way=actor.way,
            address=actor.address,
            action=action,
            target=_storable(target)[:MOST_LETTERS],
            detail=detail,
        )
    )


def _storable(words: str) -> str:
    """Leave out what PostgreSQL does not take: what somebody typed to sign in may be anything."""
    return words.replace("\0", "").encode("utf-8", "replace").decode()
