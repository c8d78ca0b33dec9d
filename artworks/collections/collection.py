"""Collections: named, ordered sets of pictures; a picture can be in several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    CursorResult,
    Select,
    any_,
    cast,
    delete,
    exists,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from artworks.collections import positions
from artworks.core import versions
from artworks.core.database import is_id, one_or_404, split_page
from artworks.core.errors import BadRequest, Conflict, Invalid, NotFound
from artworks.core.text import clean, clean_name, unique_name_or_conflict
from artworks.texts.folding import folded_name
from models import Collection, CollectionImage, Image

MOST_IDS = 20_000
LONGEST_NOTE = 2000
WRONG_IDS = "The ids must be those of pictures."
NO_COLLECTION = "There is no such collection. It may have been deleted."
NOT_IN_COLLECTION = "This picture is not in the collection."

# Held to the end of the transaction, in one order for everybody: whether a picture is in the trash must not change
# while it comes or goes, or the count of the collection would be off by one for ever.
LOCK_IMAGES = text(
    "WITH held AS (SELECT trashed_at FROM image WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR SHARE) "
    "SELECT count(*) FROM held WHERE trashed_at IS NULL"
)
APPEND = text(
    "INSERT INTO collection_image (collection_id, image_id, place) "
    "SELECT :id, new.id, :start + :step * row_number() OVER (ORDER BY new.position) "
    "FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS new(id, position) "
    "JOIN image ON image.id = new.id AND image.trashed_at IS NULL WHERE NOT EXISTS ("
    "SELECT 1 FROM collection_image AS c WHERE c.collection_id = :id AND c.image_id = new.id)"
)


@dataclass(frozen=True)
class CollectionSummary:
    """A collection and its first picture, which is its cover."""

    collection: Collection
    cover: int | None


@dataclass(frozen=True)
class AddResult:
    """What became of pictures that were to be added: new in it, in it before, and not in the library (any more)."""

    added: int
    already: int
    missing: int


@dataclass(frozen=True)
class CollectionChoice:
    """A collection as one picture sees it."""

    id: int
    name: str
    inside: bool


@dataclass(frozen=True)
class MoveResult:
    """The version of the order after a move, and the place of the picture before and after it."""

    arranged: int
    was: float
    place: float


@dataclass(frozen=True)
class CollectionPage:
    """Some pictures of a collection in their order, and the id to go on after when there are more."""

    images: Sequence[Image]
    next: int | None


def create(session: Session, name: object, note: object = "") -> Collection:
    """Make a collection; raises Invalid, and Conflict when there is one of that name."""
    collection = Collection(name=clean_name(name), note=clean(note, "note", LONGEST_NOTE))
    with unique_name_or_conflict(session, "collection", collection.name):
        session.add(collection)
    return collection


def edit(
    session: Session,
    collection: Collection,
    name: object = None,
    note: object = None,
    *,
    version: int | None = None,
) -> None:
    """Rename a collection, or write what it is about; None leaves it. Raises Stale, Invalid and Conflict."""
    versions.hold(session, collection)
    current = {name: getattr(collection, name) for name in ("id", "name", "note", "version")}
    sentence = (
        f"It is called “{collection.name}” now{', and its note is another one' if collection.note else ''}."
    )
    versions.check(version, collection.version, sentence, current)
    new_name = collection.name if name is None else clean_name(name)
    new_note = collection.note if note is None else clean(note, "note", LONGEST_NOTE)
    if (new_name, new_note) == (collection.name, collection.note):
        return
    with unique_name_or_conflict(session, "collection", new_name):
        collection.name, collection.note = new_name, new_note
        collection.version += 1


def find(session: Session, collection_id: int, *, lock: bool = False) -> Collection:
    """Read one collection; `lock` keeps others from changing its order until the transaction ends. Raises NotFound."""
    query = select(Collection).where(Collection.id == collection_id, Collection.deleted_at.is_(None))
    return one_or_404(session, query.with_for_update() if lock else query, collection_id, NO_COLLECTION)


def read(session: Session, collection_id: int) -> CollectionSummary:
    """Read one collection with its cover, as it is now; raises NotFound."""
    query = _with_cover().where(Collection.id == collection_id).execution_options(populate_existing=True)
    row = session.execute(query).one_or_none() if is_id(collection_id) else None
    if row is None:
        raise NotFound(NO_COLLECTION)
    return CollectionSummary(*row)


def list_with_covers(session: Session, limit: int, after: str = "") -> list[CollectionSummary]:
    """List collections by name with their covers in one statement; `after` is the last name of the page before."""
    name = folded_name(Collection.name)
    query = _with_cover().order_by(name).limit(limit)
    if after:
        query = query.where(name > folded_name(after.replace("\0", "")))
    return [CollectionSummary(*row) for row in session.execute(query)]


def list_by_name(session: Session, limit: int) -> list[Collection]:
    """List collections by name, without their covers."""
    query = select(Collection).where(Collection.deleted_at.is_(None)).order_by(folded_name(Collection.name))
    return list(session.scalars(query.limit(limit)))


def names_of(session: Session, collection_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of some collections; those that are gone are left out."""
    query = select(Collection.id, Collection.name).where(
        Collection.id.in_(filter(is_id, collection_ids)), Collection.deleted_at.is_(None)
    )
    return {row.id: row.name for row in session.execute(query)}


def _with_cover() -> Select[Collection, int | None]:
    covers = select(Collection, positions.first_picture(Collection.id, Collection))
    return covers.where(Collection.deleted_at.is_(None))


def choices(session: Session, image_id: int, limit: int = 500) -> list[CollectionChoice]:
    """List the collections that a picture can be in, those it is in first; by name."""
    inside = exists().where(
        CollectionImage.collection_id == Collection.id, CollectionImage.image_id == image_id
    )
    query = (
        select(Collection.id, Collection.name, inside.label("inside"))
        .where(Collection.deleted_at.is_(None))
        .order_by(inside.desc(), folded_name(Collection.name))
        .limit(limit)
    )
    return [CollectionChoice(*row) for row in session.execute(query)]


def pictures(session: Session, collection_id: int, limit: int, after: int | None = None) -> CollectionPage:
    """Read one page of pictures outside the trash in their order, from after a picture on.

    Raises BadRequest when that picture is not in the collection.
    """
    query = (
        select(Image)
        .join(CollectionImage, CollectionImage.image_id == Image.id)
        .where(CollectionImage.collection_id == collection_id, Image.trashed_at.is_(None))
        .order_by(CollectionImage.place, CollectionImage.image_id)
        .limit(limit + 1)
    )
    if after is not None:
        at = _position_of(session, collection_id, after)
        query = query.where(tuple_(CollectionImage.place, CollectionImage.image_id) > tuple_(at, after))
    shown, last = split_page(session.scalars(query).all(), limit)
    return CollectionPage(shown, last.id if last else None)


def _position_of(session: Session, collection_id: int, image_id: int) -> float:
    key = {"collection_id": collection_id, "image_id": image_id}
    place = session.scalar(select(CollectionImage.place).filter_by(**key)) if is_id(image_id) else None
    if place is None:
        raise BadRequest("The picture to go on after is not in this collection. Start again from the top.")
    return place


def add(
    session: Session,
    collection_id: int,
    image_ids: Sequence[int],
    *,
    before: int | None = None,
    after: int | None = None,
) -> AddResult:
    """Add pictures in the order given: beside a picture of the collection, else at the end.

    Those that are in it stay where they are. Raises NotFound, Invalid for too many at once, and Conflict when the
    picture beside them is not in the collection.
    """
    ids = _checked_ids(image_ids)
    # Pictures first and the collection after them, as whoever trashes a picture takes them: nobody waits in a circle.
    existing = session.scalar(LOCK_IMAGES, {"ids": ids}) or 0
    find(session, collection_id, lock=True)
    start, step = positions.position_between(session, collection_id, len(ids), before=before, after=after)
    new = {"id": collection_id, "ids": ids, "start": start, "step": step}
    added = _rows_written(session.execute(APPEND, new))
    return AddResult(added, existing - added, len(ids) - existing)


def remove(session: Session, collection_id: int, image_ids: Sequence[int]) -> int:
    """Take pictures out of a collection, not out of the library; return how many were in it."""
    ids = _checked_ids(image_ids)
    session.execute(LOCK_IMAGES, {"ids": ids})
    find(session, collection_id, lock=True)
    gone = delete(CollectionImage).where(
        CollectionImage.collection_id == collection_id,
        CollectionImage.image_id == any_(cast(ids, ARRAY(BigInteger))),
    )
    return _rows_written(session.execute(gone.execution_options(synchronize_session=False)))


def move(
    session: Session,
    collection_id: int,
    image_id: int,
    *,
    arranged: int | None = None,
    before: int | None = None,
    after: int | None = None,
) -> MoveResult:
    """Move a picture before or after another one, or to the end.

    `arranged` is the one the caller saw. Raises Stale, NotFound when the picture is not in the collection, Conflict
    when the other one is not.
    """
    collection = _lock_order(session, collection_id, arranged)
    row = session.get(CollectionImage, (collection_id, image_id), populate_existing=True)
    if row is None:
        raise NotFound(NOT_IN_COLLECTION)
    if image_id in (before, after):
        return MoveResult(collection.arranged, row.place, row.place)
    start, step = positions.position_between(
        session, collection_id, 1, before=before, after=after, moved=image_id
    )
    # Where numbers had to be given afresh, the earlier place is another number now.
    session.refresh(row)
    was = row.place
    row.place = start + step
    collection.arranged += 1
    session.flush()
    return MoveResult(collection.arranged, was, row.place)


def move_back(session: Session, collection_id: int, image_id: int, *, place: float, was: float) -> int:
    """Move a picture back from `place` to where it was, by numbers that a move returned; return the version after it.

    Raises NotFound when it is not in the collection any more, and Conflict when it stands elsewhere by now.
    """
    collection = find(session, collection_id, lock=True)
    row = session.get(CollectionImage, (collection_id, image_id), populate_existing=True)
    if row is None:
        raise NotFound(NOT_IN_COLLECTION)
    if row.place != place:
        raise Conflict("This picture was moved since, so nothing was taken back.")
    row.place = was
    collection.arranged += 1
    session.flush()
    return collection.arranged


def _lock_order(session: Session, collection_id: int, arranged: int | None) -> Collection:
    """Return a collection and keep others from changing its order; raises Stale when that is another one by now."""
    collection = find(session, collection_id, lock=True)
    current = {"id": collection.id, "arranged": collection.arranged}
    sentence = "The order of the pictures is another one now. Load the page again to see it."
    versions.check(arranged, collection.arranged, sentence, current)
    return collection


def shift(
    session: Session, collection_id: int, image_id: int, *, later: bool, arranged: int | None = None
) -> None:
    """Move a picture past the next one that is shown, earlier or later; the first and the last stay. Raises Stale."""
    _lock_order(session, collection_id, arranged)
    member = session.get(CollectionImage, (collection_id, image_id), populate_existing=True)
    if member is None:
        raise NotFound(NOT_IN_COLLECTION)
    columns, current = (
        tuple_(CollectionImage.place, CollectionImage.image_id),
        tuple_(member.place, image_id),
    )
    order = (CollectionImage.place, CollectionImage.image_id)
    neighbour = session.scalar(
        select(CollectionImage.image_id)
        .join(Image, Image.id == CollectionImage.image_id)
        .where(
            CollectionImage.collection_id == collection_id,
            Image.trashed_at.is_(None),
            columns > current if later else columns < current,
        )
        .order_by(*(order if later else (column.desc() for column in order)))
        .limit(1)
    )
    if neighbour is not None and later:
        move(session, collection_id, image_id, after=neighbour)
    elif neighbour is not None:
        move(session, collection_id, image_id, before=neighbour)


def _checked_ids(image_ids: Sequence[int]) -> list[int]:
    ids = list(dict.fromkeys(image_ids))
    if len(ids) > MOST_IDS:
        raise Invalid(f"That is more than {MOST_IDS:,} pictures at once.", field="ids")
    if not all(map(is_id, ids)):
        raise Invalid(WRONG_IDS, field="ids")
    return ids


def _rows_written(result: object) -> int:
    """Return how many rows a statement wrote."""
    if not isinstance(result, CursorResult):
        raise TypeError(type(result).__name__)
    return int(result.rowcount)
