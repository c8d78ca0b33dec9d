"""Look-alikes in the background: what of a picture is not measured yet, and which others are the same or look alike."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, cast, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, BIT, insert
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Double, Integer

from artworks.adapters.storage.storage import Storage, rendition_key
from artworks.core.errors import AppError
from artworks.images import files as pictures
from artworks.imaging import perceptual_hash, renditions
from artworks.search import palette as palettes
from models import Image, LookAlike

# The task that looks for them.
COMPARE = "images.compare"
# "LookAlik" in ASCII. Who writes pairs holds this lock: of two pictures compared at once the second sees the first.
LOCK = 0x4C6F6F6B416C696B
# A picture that is in the library a thousand times would otherwise be in half a million pairs.
MOST_PAIRS = 50
# Several workers choose among so many, so that they seldom choose the same.
CHOICES = 20
# Two pictures look alike only when their proportions differ by less than this.
PROPORTIONS = 1.25
MEASURED = (
    Image.stored_filename, Image.original_filename, Image.media_type, Image.rendition_type, Image.width,
    Image.height, Image.sha256, Image.pixel_hash, Image.look, Image.palette,
)  # fmt: skip
log = logging.getLogger(__name__)


def next_one(session: Session) -> int | None:
    """Choose one of the newest pictures that are not compared yet."""
    waiting = select(Image.id).where(Image.trashed_at.is_(None), Image.compared_at.is_(None))
    found = session.scalars(waiting.order_by(Image.id.desc()).limit(CHOICES)).all()
    return random.choice(found) if found else None  # noqa: S311 - no secret.


def compare(session: Session, storage: Storage, image_id: int) -> None:
    """Measure what is missing of a picture and write down its doubles; commits by itself, and may run twice.

    The file is read with no transaction open. One that is missing or damaged leaves its picture compared by what is
    known of it. Raises Unavailable or StorageFull, and then leaves the picture for later.
    """
    image = _read(session, image_id)
    session.commit()
    if image is None:
        return
    found: dict[str, Any] = {}
    try:
        if not image.palette and not _from_thumbnail(storage, image, found):
            image = _learned(session, storage, image_id) or image
        session.commit()
        if not image.pixel_hash and image.media_type and pictures.has_original(storage, image):
            with pictures.on_disk(storage, image.stored_filename) as path:
                found["pixel_hash"] = renditions.pixel_hash(path, image.media_type)
    except (AppError, FileNotFoundError) as error:
        session.rollback()
        if isinstance(error, AppError) and error.status >= 500:
            raise
        log.info("Picture %d is compared by what is known of it: %s", image_id, error)
    _write(session, image_id, found)


def _read(session: Session, image_id: int) -> Any:
    """Read what is measured of a picture, as a row that outlives its transaction; None when it is gone."""
    return session.execute(select(*MEASURED).where(Image.id == image_id)).one_or_none()


def _learned(session: Session, storage: Storage, image_id: int) -> Any:
    """Make the renditions of a picture that has none, as an older library left it."""
    image = session.get(Image, image_id, populate_existing=True)
    if image is not None:
        pictures.learn(session, storage, image)
    session.commit()
    return _read(session, image_id)


def _from_thumbnail(storage: Storage, image: Any, found: dict[str, Any]) -> bool:
    """Measure colours and look of a picture from before they were kept; returns whether its thumbnail is there."""
    if not image.rendition_type or image.sha256 is None:
        return False
    key = rendition_key(image.stored_filename, "thumbnail", image.rendition_type)
    if not storage.exists(key):
        return False
    colours, look = renditions.measure_thumbnail(storage.read(key), image.rendition_type)
    found |= {
        "colours": colours,
        "colour_names": palettes.names(colours),
        "palette": palettes.cells(colours),
        "look": look,
    }
    return True


def _write(session: Session, image_id: int, found: dict[str, Any]) -> None:
    """Write down what was measured and every double, in one short transaction."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    # The planner takes 68 rare pieces together for common ones, and would read the whole table.
    session.execute(text("SET LOCAL enable_seqscan = off"))
    # Facts are no words: they leave the version alone.
    session.execute(update(Image).where(Image.id == image_id).values(**found, compared_at=func.now()))
    image = _read(session, image_id)
    pairs = [
        {
            "first_id": min(image_id, other),
            "second_id": max(image_id, other),
            "kind": kind,
            "distance": distance,
        }
        for other, (kind, distance) in (_doubles(session, image_id, image) if image else {}).items()
    ]
    if pairs:
        _add(session, pairs)
    session.commit()


def _add(session: Session, pairs: list[dict[str, Any]]) -> None:
    """Add pairs; one that is there takes the kind that is known now, and is left alone once it is decided."""
    adding = insert(LookAlike).values(pairs)
    session.execute(
        adding.on_conflict_do_update(
            index_elements=[LookAlike.first_id, LookAlike.second_id],
            set_={"kind": adding.excluded.kind, "distance": adding.excluded.distance},
            where=LookAlike.kept_at.is_(None),
        )
    )


def _doubles(session: Session, image_id: int, image: Any) -> dict[int, tuple[str, int]]:
    """Find the pictures that are the same or look alike, by id, each with the strongest kind and the distance.

    Those in the trash too, last: they may be taken out again.
    """
    found: dict[int, tuple[str, int]] = {}
    # The strongest first, and each by an index of its own.
    for kind, query in _searches(image):
        others = query.where(Image.id != image_id).order_by(Image.trashed_at.is_not(None), Image.id.desc())
        for other, distance in session.execute(others.limit(MOST_PAIRS)):
            if len(found) < MOST_PAIRS:
                found.setdefault(other, (kind, distance))
    return found


def _searches(image: Any) -> Iterator[tuple[str, Select[int, int]]]:
    same = select(Image.id, literal(0))
    if image.sha256:
        yield "bytes", same.where(Image.sha256 == image.sha256)
    if image.pixel_hash:
        yield "pixels", same.where(Image.pixel_hash == image.pixel_hash)
    if image.look is not None:
        apart = func.bit_count(cast(Image.look.op("#")(cast(image.look, BigInteger)), BIT(64)))
        shares = Image.look_bands.overlap(cast(perceptual_hash.bands_near(image.look), ARRAY(Integer)))
        alike = select(Image.id, apart).where(shares, apart <= perceptual_hash.NEAR).order_by(apart)
        yield "looks", alike.where(_like_shaped(image)) if image.width and image.height else alike


def _like_shaped(image: Any) -> ColumnElement[bool]:
    """Compare width / height without dividing; a picture whose size is not known passes."""
    mine = cast(Image.width, Double) * image.height
    other = cast(Image.height, Double) * image.width
    return func.coalesce((mine <= other * PROPORTIONS) & (other <= mine * PROPORTIONS), True)
