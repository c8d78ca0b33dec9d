"""Look-alikes in the background: what of a picture is not measured yet, and which others are the same or look alike."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    cast,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, BIT, insert
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import BigInteger, Double, Integer

from artworks.adapters.storage.storage import Storage, rendition_key
from artworks.core.errors import AppError
from artworks.images import files as image_files
from artworks.images.background import BackgroundWork
from artworks.imaging import perceptual_hash, renditions
from artworks.search import palette
from models import Image, LookAlike

# The task that looks for them.
COMPARE = "images.compare"
# "LookAlik" in ASCII: the advisory lock of whoever writes to `look_alike`. Of two pictures compared at once the second
# sees the first.
PAIRS_LOCK = 0x4C6F6F6B416C696B
# A picture that is in the library a thousand times would otherwise be in half a million pairs.
MOST_PAIRS = 50
# Several workers choose among so many, so that they seldom choose the same.
CHOICES = 20
# Two pictures look alike only when their proportions differ by less than this.
PROPORTIONS = 1.25
MEASURED = (
    Image.stored_filename, Image.original_filename, Image.media_type, Image.rendition_type,
    Image.rendition_version, Image.width, Image.height, Image.sha256, Image.pixel_hash, Image.look, Image.palette,
)  # fmt: skip
log = logging.getLogger(__name__)


def next_uncompared(session: Session) -> int | None:
    """Return the id of one of the newest pictures that are not compared yet; None when all are."""
    waiting = select(Image.id).where(Image.trashed_at.is_(None), Image.compared_at.is_(None))
    found = session.scalars(waiting.order_by(Image.id.desc()).limit(CHOICES)).all()
    return random.choice(found) if found else None  # noqa: S311 - no secret.


def compare(session: Session, storage: Storage, image_id: int) -> None:
    """Measure what is missing of a picture and write down its doubles; commits by itself, and may run twice.

    The file is read with no transaction open. One that is missing or damaged leaves its picture compared by what is
    known of it. Raises Unavailable or StorageFull, and then leaves the picture for later.
    """
    image = _read_measured(session, image_id)
    session.commit()
    if image is None:
        return
    found: dict[str, Any] = {}
    try:
        if not image.palette and not _measure_thumbnail(storage, image, found):
            image = _with_renditions(session, storage, image_id) or image
        session.commit()
        if not image.pixel_hash and image.media_type and image_files.has_original(storage, image):
            with image_files.local_file(storage, image.stored_filename) as path:
                found["pixel_hash"] = renditions.pixel_hash(path, image.media_type)
    except (AppError, FileNotFoundError) as error:
        session.rollback()
        if isinstance(error, AppError) and error.status >= 500:
            raise
        log.info("Picture %d is compared by what is known of it: %s", image_id, error)
    _store_result(session, image_id, found)


def _read_measured(session: Session, image_id: int) -> Any:
    """Read what is measured of a picture, as a row that outlives its transaction; None when it is gone."""
    return session.execute(select(*MEASURED).where(Image.id == image_id)).one_or_none()


def _with_renditions(session: Session, storage: Storage, image_id: int) -> Any:
    """Make the renditions of a picture that has none, as an older library left it, and return its facts."""
    image = session.get(Image, image_id, populate_existing=True)
    if image is not None:
        image_files.measure(session, storage, image)
    session.commit()
    return _read_measured(session, image_id)


def _measure_thumbnail(storage: Storage, image: Any, found: dict[str, Any]) -> bool:
    """Measure colours and look of a picture from before they were kept; return whether its thumbnail is there."""
    if not image.rendition_type or image.sha256 is None:
        return False
    key = rendition_key(image.stored_filename, "thumbnail", image.rendition_type, image.rendition_version)
    if not storage.exists(key):
        return False
    colours, look = renditions.measure_thumbnail(storage.read(key), image.rendition_type)
    found |= {
        "colours": colours,
        "colour_names": palette.plain_names(colours),
        "palette": palette.cells_of(colours),
        "look": look,
    }
    return True


def _store_result(session: Session, image_id: int, found: dict[str, Any]) -> None:
    """Write down what was measured and every double, in one short transaction."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PAIRS_LOCK})
    # The planner takes 68 rare pieces together for common ones, and would read the whole table.
    session.execute(text("SET LOCAL enable_seqscan = off"))
    # Facts are no words: they leave the version alone.
    session.execute(update(Image).where(Image.id == image_id).values(**found, compared_at=func.now()))
    image = _read_measured(session, image_id)
    if image is not None:
        _forget_unlike(session, image_id, image)
    pairs = [
        {
            "first_id": min(image_id, other),
            "second_id": max(image_id, other),
            "kind": kind,
            "distance": distance,
        }
        for other, (kind, distance) in (_find_duplicates(session, image_id, image) if image else {}).items()
    ]
    if pairs:
        _add_pairs(session, pairs)
    session.commit()


def _add_pairs(session: Session, pairs: list[dict[str, Any]]) -> None:
    """Add pairs; one that is there takes the kind that is known now, and is left alone once it is decided."""
    adding = insert(LookAlike).values(pairs)
    session.execute(
        adding.on_conflict_do_update(
            index_elements=[LookAlike.first_id, LookAlike.second_id],
            set_={"kind": adding.excluded.kind, "distance": adding.excluded.distance},
            where=LookAlike.kept_at.is_(None),
        )
    )


def _forget_unlike(session: Session, image_id: int, image: Any) -> None:
    """Drop undecided pairs of a picture with others that it is not like any more, as when it was drawn anew."""
    other = aliased(Image)
    alike = [other.sha256 == image.sha256] if image.sha256 else []
    alike += [other.pixel_hash == image.pixel_hash] if image.pixel_hash else []
    if image.look is not None:
        alike.append((_bits_apart(image, other) <= perceptual_hash.NEAR) & _similar_proportions(image, other))
    session.execute(
        delete(LookAlike)
        .where(
            LookAlike.kept_at.is_(None),
            (LookAlike.first_id == image_id) | (LookAlike.second_id == image_id),
            # Found by its key, whichever of the two it is.
            other.id == LookAlike.first_id + LookAlike.second_id - image_id,
            ~func.coalesce(or_(false(), *alike), false()),
        )
        .execution_options(synchronize_session=False)
    )


def _find_duplicates(session: Session, image_id: int, image: Any) -> dict[int, tuple[str, int]]:
    """Return the pictures that are the same or look alike, by id, each with the strongest kind and the distance.

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
        apart = _bits_apart(image, Image)
        shares = Image.look_bands.overlap(cast(perceptual_hash.bands_near(image.look), ARRAY(Integer)))
        alike = select(Image.id, apart).where(shares, apart <= perceptual_hash.NEAR).order_by(apart)
        yield "looks", alike.where(_similar_proportions(image, Image))


def _bits_apart(image: Any, other: type[Image]) -> ColumnElement[int]:
    """Return by how many bits the look of another picture differs."""
    return func.bit_count(cast(other.look.op("#")(cast(image.look, BigInteger)), BIT(64)))


def _similar_proportions(image: Any, other: type[Image]) -> ColumnElement[bool]:
    """Return the clause that two pictures have like proportions, without dividing; one of unknown size passes."""
    if not (image.width and image.height):
        return true()
    wide = cast(other.width, Double) * image.height
    high = cast(other.height, Double) * image.width
    return func.coalesce((wide <= high * PROPORTIONS) & (high <= wide * PROPORTIONS), True)


class DuplicateScanner:
    """Compares pictures for the queue."""

    def __init__(self, sessions: Callable[[], Session], storage: Storage) -> None:
        self._sessions = sessions
        self._storage = storage
        self._background = BackgroundWork("comparing", self._compare_waiting)

    def work(self) -> None:
        """Compare what there is to compare, for a while; raises Unavailable when the file store is away."""
        self._background.run()

    def stop(self) -> None:
        """Begin with no more pictures; the one under way is finished."""
        self._background.stop()

    def _compare_waiting(self, goes_on: Callable[[], bool]) -> None:
        with self._sessions() as session:
            while goes_on():
                image_id = next_uncompared(session)
                session.commit()
                if image_id is None:
                    return
                compare(session, self._storage, image_id)
