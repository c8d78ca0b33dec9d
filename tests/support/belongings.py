"""What may belong to a person, for the tests of what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.accounts import invitations, tokens
from artworks.core.actor import Actor, act_as
from models import Batch, Person, ShareLink

_numbers = count(1)


def as_(session: Session, person: Person) -> None:
    """Let what is done with this session be done by a person."""
    act_as(session, Actor(person.role, person.id, person.called, person.email, "session"))


def gallery_of(session: Session, person: Person, title: str = "Coast", **facts: object) -> ShareLink:
    """Write down a gallery that a person shared, and commit."""
    share = ShareLink(
        token_hash=f"hash {next(_numbers)}", nonce="nonce", title=title, person_id=person.id,
        made_by=person.called, **facts,
    )  # fmt: skip
    session.add(share)
    session.commit()
    return share


def batch_of(session: Session, person: Person, state: str = "running") -> Batch:
    """Write down a batch that nobody works on, and commit."""
    batch = Batch(
        total=1, state=state, about="everything tagged #heron", person=person.called, person_id=person.id
    )
    session.add(batch)
    session.commit()
    return batch


def give_everything(session: Session, person: Person, other: Person) -> None:
    """Let an owner have one of each kind, and of most kinds one more that is over."""
    as_(session, person)
    gallery_of(session, person)
    gallery_of(session, person, "Revoked", revoked_at=datetime.now(UTC))
    gallery_of(session, person, "Ended", expires_at=datetime.now(UTC) - timedelta(days=1))
    batch_of(session, person)
    batch_of(session, person, "done")
    invitations.invite(session, "nina@studio.example", role="viewer")
    invitations.reset(session, other)
    # Their own way back is no link for somebody else.
    invitations.reset(session, person)
    tokens.create(session, person, name="Scanner", role="owner", days=7)
    tokens.create(session, person, name="Reader", role="viewer", days=7)
    session.commit()
    act_as(session, Actor("owner", name="the operator", way="command"))


def state_of(session: Session) -> dict[str, list[str]]:
    """Read what is left, with whose it is."""
    session.rollback()
    asked = {
        "galleries": "SELECT title || ' ' || coalesce(person_id::text, '') FROM share_link"
        " WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) ORDER BY id",
        "batches": "SELECT state || ' ' || coalesce(person_id::text, '') FROM batch ORDER BY id",
        "invitations": "SELECT email || ' ' || coalesce(made_by_id::text, '') FROM ticket"
        " WHERE kind = 'invitation' ORDER BY id",
        "links": "SELECT email FROM ticket WHERE kind = 'reset' ORDER BY id",
        "tokens": "SELECT name || ' ' || role FROM api_token ORDER BY id",
    }
    return {name: list(session.scalars(text(query))) for name, query in asked.items()}
