"""The shapes of the JSON about what visitors of shared galleries chose."""

from __future__ import annotations

from pydantic import BaseModel


class VisitorOut(BaseModel):
    """Somebody who chose pictures of a gallery: the name that they typed, and their pictures in its order."""

    id: int
    name: str
    sent_at: str
    image_ids: list[int]


class FavouritesOut(BaseModel):
    """What visitors of a gallery chose, the latest first."""

    visitors: list[VisitorOut]
