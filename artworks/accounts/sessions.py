"""Who is signed in where: sessions are rows, and the cookie of a device holds nothing but a key to one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from artworks.core import security
from artworks.core.actor import Actor
from artworks.core.limits import SessionLimits
from models import Person, PersonSession

# Seen once a minute is often enough to be shown, and a page costs no write.
TOUCH_EVERY = timedelta(minutes=1)
MOST_DEVICE = 300
# A script that signs in again and again must not make a page without an end; the others can be ended together.
MOST_LISTED = 100
# The first that is found counts: browsers name those before them that they are like.
BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"),
    ("python", "A Python script"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """Whom a cookie belongs to, if anybody, whether there are accounts at all, and what ended local mode, if it did."""

    anybody: bool
    local_mode_ended: str
    actor: Actor | None
    stale: bool = False


_READ = text(
    "SELECT EXISTS (SELECT FROM person) AS anybody, (SELECT reason FROM local_mode_end) AS ended, "
    "s.id AS session_id, s.seen_at < now() - :touch_every AS stale, p.id, p.name, p.email, p.role "
    "FROM (SELECT 1) AS one LEFT JOIN (person_session s JOIN person p ON p.id = s.person_id AND p.ended_at IS NULL) "
    "ON s.token_hash = :token_hash AND s.expires_at > now() AND s.seen_at > now() - :idle"
)


def read(session: Session, key: str, limits: SessionLimits, address: str) -> Caller:
    """Find out whom the key of a cookie belongs to, in one statement; `key` may be empty or made up."""
    values = {
        "token_hash": security.hash_key(key) if key else "",
        "idle": limits.idle,
        "touch_every": TOUCH_EVERY,
    }
    row = session.execute(_READ, values).one()
    if row.id is None:
        return Caller(row.anybody, row.ended or "", None)
    actor = Actor(
        role=row.role, person_id=row.id, name=row.name or row.email, email=row.email,
        way="session", address=address, session_id=row.session_id,
    )  # fmt: skip
    return Caller(row.anybody, row.ended or "", actor, bool(row.stale))


def touch(session: Session, session_id: int, address: str) -> None:
    """Write down that a session is in use, and from where."""
    session.execute(
        text("UPDATE person_session SET seen_at = now(), address = :address WHERE id = :id"),
        {"id": session_id, "address": address},
    )


def start(
    session: Session,
    person: Person,
    limits: SessionLimits,
    *,
    way: str,
    address: str,
    device: str,
    old_key: str = "",
) -> str:
    """Sign a person in on a device and return the key for its cookie; the device's earlier session ends."""
    end_key(session, old_key)
    key = security.new_key()
    session.add(
        PersonSession(
            person_id=person.id,
            token_hash=security.hash_key(key),
            expires_at=func.now() + limits.longest,
            way=way,
            address=address,
            device=device[:MOST_DEVICE],
        )
    )
    session.flush()
    return key


def end_key(session: Session, key: str) -> None:
    """End the session that a key belongs to, if there is one."""
    if key:
        session.execute(delete(PersonSession).where(PersonSession.token_hash == security.hash_key(key)))


def end(session: Session, person_id: int, session_id: int) -> bool:
    """End one session of a person; returns whether it was there."""
    ended = delete(PersonSession).where(PersonSession.person_id == person_id, PersonSession.id == session_id)
    return session.scalar(ended.returning(PersonSession.id)) is not None


def end_all(session: Session, person_id: int, but: int | None = None) -> int:
    """End every session of a person, but for one perhaps; returns how many ended."""
    ended = delete(PersonSession).where(PersonSession.person_id == person_id)
    if but is not None:
        ended = ended.where(PersonSession.id != but)
    return len(session.scalars(ended.returning(PersonSession.id)).all())


def of_person(session: Session, person_id: int, limits: SessionLimits) -> list[PersonSession]:
    """List where a person is signed in, the last one used first; a hundred at most."""
    query = (
        select(PersonSession)
        .where(
            PersonSession.person_id == person_id,
            PersonSession.expires_at > func.now(),
            PersonSession.seen_at > func.now() - limits.idle,
        )
        .order_by(PersonSession.seen_at.desc(), PersonSession.id.desc())
        .limit(MOST_LISTED)
    )
    return list(session.scalars(query))


def delete_expired(session: Session, limits: SessionLimits) -> int:
    """Remove sessions that are over; returns how many."""
    over = delete(PersonSession).where(
        (PersonSession.expires_at < func.now()) | (PersonSession.seen_at < func.now() - limits.idle)
    )
    return len(session.scalars(over.returning(PersonSession.id)).all())


def device_name(user_agent: str) -> str:
    """Return a device's name from its User-Agent header, which anybody can make up."""
    browser = next((word for mark, word in BROWSERS if mark in user_agent), "A browser")
    system = next((word for mark, word in SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
