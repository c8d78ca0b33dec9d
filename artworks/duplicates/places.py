"""The places in collections that the kept one of two look-alikes takes over, and gives back when that is undone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from models import Image

# Nobody deletes or orders these collections until the transaction ends.
HOLD = text("""
SELECT id FROM collection WHERE id IN (SELECT collection_id FROM collection_image WHERE image_id = :other)
ORDER BY id FOR KEY SHARE
""")
# The other one keeps its places: out of the trash it is where it was.
TAKE = text("""
INSERT INTO collection_image (collection_id, image_id, place)
SELECT m.collection_id, :kept, m.place FROM collection_image m JOIN collection c ON c.id = m.collection_id
WHERE m.image_id = :other ORDER BY m.collection_id
ON CONFLICT DO NOTHING RETURNING collection_id, place
""")
GIVE_BACK = text("""
DELETE FROM collection_image m
USING unnest(CAST(:ids AS bigint[]), CAST(:places AS double precision[])) AS taken(collection_id, place)
WHERE m.image_id = :kept AND m.collection_id = taken.collection_id AND m.place = taken.place
""")


Places = list[list[float]]


def take(session: Session, kept: Image, other: Image) -> Places:
    """Put a picture into the collections that another one is in, where that stands; gives each collection and place.

    Where it is already it stays as it is.
    """
    pair = {"kept": kept.id, "other": other.id}
    session.execute(HOLD, pair)
    return [[row.collection_id, row.place] for row in session.execute(TAKE, pair)]


def give_back(session: Session, kept: Image, places: Sequence[Sequence[float]]) -> None:
    """Take a picture out of what it came into; where it was moved since, it stays."""
    if places:
        ids, where = zip(*places, strict=True)
        session.execute(GIVE_BACK, {"kept": kept.id, "ids": list(ids), "places": list(where)})
