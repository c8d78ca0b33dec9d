"""Where a finished draft goes: into fields that AI may fill, or beside a person's own as a suggestion."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from artworks.drafting.request import DraftOptions, may_fill, may_renew
from artworks.images import image as images
from artworks.images import suggestions
from models import Feedback, Image


@dataclass(frozen=True)
class DraftFields:
    """A draft's fields to apply: who wrote them ("openai" or "placeholder"), their price, voice and bulk action."""

    fields: dict[str, Any] = field(default_factory=dict)
    source: str = "openai"
    note: str = ""
    usd: Decimal = Decimal(0)
    voice_id: int | None = None
    bulk_edit_id: int | None = None

    @property
    def origin(self) -> str:
        """Return the writer as a picture's origins name it."""
        return "ai" if self.source == "openai" else "placeholder"


def apply_draft(session: Session, image: Image, options: DraftOptions, draft: DraftFields) -> bool:
    """Fill what may be filled as it is now, and leave the rest as a suggestion; return whether there is one.

    Placeholder words take the place of placeholder words only: those that a model wrote are worth more.
    """
    free = {
        name: value for name, value in draft.fields.items() if value and _is_free(image, name, options, draft)
    }
    suggested = {
        name: value
        for name, value in draft.fields.items()
        if name not in free and value and value != image.words(name)
    }
    if free:
        _fill_fields(session, image, free, draft)
    waits = _store_suggestion(session, image, options, draft, suggested)
    if options.is_refinement:
        session.add(Feedback(image_id=image.id, text=options.feedback or ""))
    return waits


def _is_free(image: Image, name: str, options: DraftOptions, draft: DraftFields) -> bool:
    if options.is_refinement or (options.is_rewrite and name in _suggested_fields(image)):
        return False
    if draft.origin == "placeholder" and image.words(name):
        return (
            options.overwrite_policy != "empty"
            and image.origins.get(name) == "placeholder"
            and may_renew(image, name, options)
        )
    return may_fill(image, name, options)


def _suggested_fields(image: Image) -> dict[str, Any]:
    return dict(image.suggestion.fields) if image.suggestion else {}


def _store_suggestion(
    session: Session, image: Image, options: DraftOptions, draft: DraftFields, suggested: dict[str, Any]
) -> bool:
    """Store a suggestion and return whether there is one; what it holds for other fields already stays in it.

    Placeholder words do not take the place of a suggestion that a model wrote, nor do they join it: it is paid for.
    """
    suggestion = image.suggestion
    if not suggested or (suggestion and suggestion.source == "openai" and draft.source == "placeholder"):
        return False
    note, feedback = options.note or draft.note, options.feedback or ""
    if options.is_rewrite:
        note, feedback = (suggestion.note, suggestion.feedback) if suggestion else (note, "")
    if suggestion and suggestion.source == draft.source:
        suggested = {**suggestion.fields, **suggested}
    suggestions.suggest(
        session, image, suggested, source=draft.source, note=note, feedback=feedback, voice_id=draft.voice_id
    )
    return True


def _fill_fields(session: Session, image: Image, free: dict[str, Any], draft: DraftFields) -> None:
    images.write(
        session,
        image,
        {**free, "status": "draft"},
        by=draft.origin,
        action="generate",
        origins=dict.fromkeys(free, draft.origin),
        usd=draft.usd,
        voice_id=draft.voice_id,
        bulk_edit_id=draft.bulk_edit_id,
    )
