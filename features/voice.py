"""The voice of the library: how the words should sound, kept version after version."""

from __future__ import annotations

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from errors import NotFound
from features.voice_choices import Choices
from models import Voice

# Any number that nothing else locks; two saves at once are made one after the other.
SAVE_LOCK = 7_401_882


def current(session: Session) -> Voice | None:
    """Read the voice in force, the newest; None before the first is saved."""
    return session.scalar(select(Voice).order_by(Voice.id.desc()).limit(1))


def choices_of(voice: Voice | None) -> Choices:
    """Give the choices of a version; the usual ones for None."""
    return Choices() if voice is None else Choices.from_dict(voice.choices)


def save(session: Session, choices: Choices, by: str = "person") -> Voice:
    """Keep choices as the newest version; when nothing changed, the version in force stays."""
    lock(session)
    newest = current(session)
    if newest is not None and choices_of(newest) == choices:
        return newest
    voice = Voice(by=by, choices=choices.to_dict())
    session.add(voice)
    session.flush()
    return voice


def lock(session: Session) -> None:
    """Let nobody else save until the transaction ends, so that the version in force stays the same."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SAVE_LOCK})


def find(session: Session, voice_id: int) -> Voice:
    """Read one version; raises NotFound."""
    voice = session.get(Voice, voice_id) if 0 < voice_id < 2**63 else None
    if voice is None:
        raise NotFound("There is no such version.")
    return voice


def versions(session: Session, limit: int) -> list[Voice]:
    """List the newest versions, newest first."""
    return list(session.scalars(select(Voice).order_by(Voice.id.desc()).limit(limit)))


def count(session: Session) -> int:
    """Count the versions."""
    return session.scalar(select(func.count()).select_from(Voice)) or 0


def number(session: Session, voice_id: int) -> int:
    """Give the number by which people know a version: the first saved is 1."""
    return session.scalar(select(func.count()).select_from(Voice).where(Voice.id <= voice_id)) or 0
