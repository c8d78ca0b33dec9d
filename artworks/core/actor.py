"""Who acts: set once by the entry point, held by the database session, read by whoever records something."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from models import ROLES

KEY = "actor"


@dataclass(frozen=True)
class Actor:
    """Somebody who acts, with what they may do: one of ROLES, or nothing while nobody is signed in.

    `way` tells how they came in: local (no accounts on this computer), session, token, share, command, program (what
    it does by itself), or nobody.
    `session_id` is the row of their sign-in, `address` the network address they come from.
    """

    role: str = ""
    person_id: int | None = None
    name: str = ""
    email: str = ""
    way: str = "nobody"
    address: str = ""
    session_id: int | None = None

    def may(self, role: str) -> bool:
        """Return whether they may do what a role may do."""
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)

    @property
    def named(self) -> bool:
        """Return whether they have an account."""
        return self.person_id is not None


NOBODY = Actor()
# What the ledger calls them where nobody has an account.
OWNER_NAME = "owner"
# Whoever sits at this computer, and the program itself.
OWNER = Actor("owner", way="local")
# The program, where what it does by itself is told apart from what somebody at this computer does.
PROGRAM = Actor("owner", way="program")


def act_as(session: Session, actor: Actor) -> None:
    """Make `actor` the one who does whatever is done with this session."""
    session.info[KEY] = actor


def actor_of(session: Session) -> Actor:
    """Return who acts; without an entry point that set one it is the program, for the owner."""
    actor: Actor = session.info.get(KEY, OWNER)
    return actor
