"""How many pictures wait for the review, for the mark beside its place on every page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from models import Image, StatusCount, Suggestion

MOST_COUNTED = 1000


def waiting_query() -> Any:
    """Return how many drafts and pictures with a suggestion there are, as SQL; of the latter at most 1,000 are counted.

    Every page asks: the drafts are read from counts that triggers keep, and there are few suggestions.
    """
    drafts = select(StatusCount.images).where(StatusCount.status == "draft").scalar_subquery()
    suggested = (
        select(Suggestion.image_id)
        .join(Image, Image.id == Suggestion.image_id)
        .where(Image.trashed_at.is_(None), Image.status != "draft")
        .limit(MOST_COUNTED)
        .subquery()
    )
    others = select(func.count()).select_from(suggested).scalar_subquery()
    return func.coalesce(drafts, 0) + others
