"""Where finished words go: into fields that AI may fill, or beside a person's own as a suggestion."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from artworks.drafting.request import Wish, may_fill, may_renew
from artworks.images import image as images
from artworks.images import suggestions
from models import Feedback, Image


@dataclass(frozen=True)
class Words:
    """Words to be placed: who wrote them ("openai" or "placeholder"), at what price, in which voice and action."""

    fields: dict[str, Any] = field(default_factory=dict)
    source: str = "openai"
    note: str = ""
    usd: Decimal = Decimal(0)
    voice_id: int | None = None
    bulk_edit_id: int | None = None

    @property
    def origin(self) -> str:
        """Name the writer as a picture's origins have it."""
        return "ai" if self.source == "openai" else "placeholder"


def place(session: Session, image: Image, wish: Wish, words: Words) -> bool:
    """Fill what may be filled as it is now, and let the rest wait; returns whether anything waits.

    Placeholder words take the place of placeholder words only: those that a model wrote are worth more.
    """
    free = {
        name: value for name, value in words.fields.items() if value and _is_free(image, name, wish, words)
    }
    waiting = {
        name: value
        for name, value in words.fields.items()
        if name not in free and value and value != image.words(name)
    }
    if free:
        _fill(session, image, free, words)
    waits = _let_wait(session, image, wish, words, waiting)
    if wish.refines:
        session.add(Feedback(image_id=image.id, text=wish.feedback or ""))
    return waits


def _is_free(image: Image, name: str, wish: Wish, words: Words) -> bool:
    if wish.refines or (wish.mending and name in _waiting(image)):
        return False
    if words.origin == "placeholder" and image.words(name):
        return (
            wish.only != "empty" and image.origins.get(name) == "placeholder" and may_renew(image, name, wish)
        )
    return may_fill(image, name, wish)


def _waiting(image: Image) -> dict[str, Any]:
    return dict(image.suggestion.fields) if image.suggestion else {}


def _let_wait(session: Session, image: Image, wish: Wish, words: Words, waiting: dict[str, Any]) -> bool:
    """Leave a suggestion and tell whether there is one; what waits for other fields already goes on waiting.

    Placeholder words do not take the place of a suggestion that a model wrote, nor do they join it: it is paid for.
    """
    kept = image.suggestion
    if not waiting or (kept and kept.source == "openai" and words.source == "placeholder"):
        return False
    note, feedback = wish.note or words.note, wish.feedback or ""
    if wish.mending:
        note, feedback = (kept.note, kept.feedback) if kept else (note, "")
    if kept and kept.source == words.source:
        waiting = {**kept.fields, **waiting}
    suggestions.put(
        session, image, waiting, source=words.source, note=note, feedback=feedback, voice_id=words.voice_id
    )
    return True


def _fill(session: Session, image: Image, free: dict[str, Any], words: Words) -> None:
    images.write(
        session,
        image,
        {**free, "status": "draft"},
        by=words.origin,
        action="generate",
        origins=dict.fromkeys(free, words.origin),
        usd=words.usd,
        voice_id=words.voice_id,
        bulk_edit_id=words.bulk_edit_id,
    )
