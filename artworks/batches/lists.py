"""What the pages of batches ask beyond a batch itself: which of its pictures can still be opened."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Image


def open_ones(session: Session, image_ids: Collection[int]) -> set[int]:
    """Return those of the pictures that have a page: neither in the trash nor deleted."""
    if not image_ids:
        return set()
    query = select(Image.id).where(Image.id.in_(image_ids), Image.trashed_at.is_(None))
    return set(session.scalars(query))
