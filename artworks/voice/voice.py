"""The voice of the library: how the words should sound, saved version after version."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.core.actor import actor_of
from artworks.core.database import get_or_404
from artworks.voice import rules as voice_rules
from artworks.voice.settings import Choices
from models import TEXT_FIELDS, Image, Voice

# Any number that nothing else locks; two saves at once are made one after the other.
SAVE_LOCK = 7_401_882
# Put together once: this is read for every picture of a batch.
_CURRENT = select(Voice).order_by(Voice.id.desc()).limit(1)


def current(session: Session) -> Voice | None:
    """Return the voice in force, the newest; None before the first is saved."""
    return session.scalar(_CURRENT)


def choices_of(voice: Voice | None) -> Choices:
    """Return the choices of a version; the usual ones for None."""
    return Choices() if voice is None else Choices.from_dict(voice.choices, stored=True)


def save(session: Session, choices: Choices, by: str = "person") -> Voice:
    """Save choices as the newest version and return it; when nothing changed, the version in force stays."""
    lock(session)
    newest = current(session)
    if newest is not None and choices_of(newest) == choices:
        return newest
    voice = Voice(by=by, who=actor_of(session).name, choices=choices.to_dict())
    session.add(voice)
    session.flush()
    audit.record(session, "voice changed", f"version {number(session, voice.id)}")
    return voice


def lock(session: Session) -> None:
    """Let nobody else save until the transaction ends, so that the version in force stays the same."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SAVE_LOCK})


def find(session: Session, voice_id: int) -> Voice:
    """Return one version; raises NotFound."""
    return get_or_404(session, Voice, voice_id, "There is no such version.")


def versions(session: Session, limit: int) -> list[Voice]:
    """Return the newest versions, newest first."""
    return list(session.scalars(select(Voice).order_by(Voice.id.desc()).limit(limit)))


def count(session: Session) -> int:
    """Return how many versions there are."""
    return session.scalar(select(func.count()).select_from(Voice)) or 0


def number(session: Session, voice_id: int) -> int:
    """Return the number by which people know a version: the first saved is 1."""
    return session.scalar(select(func.count()).select_from(Voice).where(Voice.id <= voice_id)) or 0


def numbers(session: Session, voice_ids: Collection[int]) -> dict[int, int]:
    """Return the numbers by which people know some versions, in one statement; none without ids."""
    if not voice_ids:
        return {}
    every = select(Voice.id, func.row_number().over(order_by=Voice.id).label("number")).subquery()
    rows = session.execute(select(every.c.id, every.c.number).where(every.c.id.in_(voice_ids)))
    return {row.id: row.number for row in rows}


def broken_rules(session: Session, image: Image) -> list[str]:
    """Return which rules of the voice in force the AI's words of a picture break, and those of its suggestion.

    What a person wrote is theirs and is not judged.
    """
    written = {name: image.words(name) for name in TEXT_FIELDS if image.origins.get(name) == "ai"}
    waiting = (
        dict(image.suggestion.fields) if image.suggestion and image.suggestion.source == "openai" else {}
    )
    if not written and not waiting:
        return []
    voice = current(session)
    if voice is None:
        return []
    choices = choices_of(voice)
    found = [problem.sentence for problem in voice_rules.problems(written, choices)]
    found += [f"In the suggestion: {problem.sentence}" for problem in voice_rules.problems(waiting, choices)]
    return list(dict.fromkeys(found))
