"""What the panel with a picture's words needs, on the picture's own page and in the review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from artworks.core.fields import FIELDS, Field
from artworks.images import revisions, suggestions
from artworks.voice import voice
from artworks.web import image_json
from artworks.web.flash import link_undo
from models import Image, db


def panel_context(image: Image, typed: Mapping[str, str]) -> dict[str, Any]:
    """Gather the fields and what is suggested for them; `typed` is what a form had that was not saved."""
    return {
        "image": image,
        "clash": {
            name: text for name, text in typed.items() if text != suggestions.as_text(image.words(name))
        },
        "fields": [_field_context(image, field) for field in FIELDS],
        "suggestion": image.suggestion,
        "diffs": suggestions.differences(db.session(), image),
        "broken_rules": voice.broken_rules(db.session(), image),
    }


def _field_context(image: Image, field: Field) -> dict[str, Any]:
    origin = image.origins.get(field.name, "")
    return {
        "name": field.name,
        "label": field.title,
        "short_label": field.label,
        "hint": field.hint,
        "half": field.half,
        "saves_on_enter": field.saves_on_enter,
        "value": suggestions.as_text(image.words(field.name)),
        "limit": field.limit,
        "origin": origin,
        "approved": field.name in image.approved_fields,
        "writer": image.writers.get(field.name, ""),
    }


def commit_change(image: Image, seen: int) -> dict[str, Any]:
    """Commit a change of a picture that had the version `seen`; return its JSON, with a link to the undo."""
    revision_id = revisions.recorded_id(db.session()) if image.version != seen else None
    db.session.commit()
    if revision_id:
        link_undo(undo_url(image.id, [revision_id]))
    return image_json.image_to_json(image)


def undo_url(image_id: int, revision_ids: Sequence[int], suggestion: int | None = None) -> str:
    """Return the address that takes back what some revisions did, and a suggestion that came with them."""
    named = f"&suggestion={suggestion}" if suggestion else ""
    return f"/api/images/{image_id}/undo?revisions={','.join(map(str, revision_ids))}{named}"
