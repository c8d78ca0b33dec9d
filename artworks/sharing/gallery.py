"""Shared galleries as a client sees them: by the key of their address, and nothing beyond their own pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, select, text, tuple_
from sqlalchemy.orm import Session

from artworks.accounts import throttle
from artworks.adapters import password_hasher
from artworks.audit import log as audit
from artworks.core.actor import Actor
from artworks.core.database import is_id, split_page
from artworks.core.errors import BadRequest, NotFound, Unauthorized
from artworks.sharing import share_link as shares
from models import CollectionImage, Image, ShareImage, ShareLink

# Going back and forth between the pictures is one visit.
VISIT_MINUTES = 5
# So many pictures to one side are read at once for the viewer.
MOST_BESIDE = 24


class GalleryClosed(NotFound):
    """No gallery is open under this key, or this picture is not in it; which of the reasons is not told."""

    def __init__(self, message: str = "This gallery is not open, or not any more.") -> None:
        super().__init__(message)


@dataclass(frozen=True)
class GalleryPage:
    """Some pictures of a gallery, how many come before them, and the id to go on after when there are more."""

    images: Sequence[Image]
    before: int
    total: int
    next: int | None


@dataclass(frozen=True)
class GalleryImage:
    """A picture in its gallery: its number there, of how many, and the ids of the previous and the next one."""

    image: Image
    number: int
    total: int
    previous: int | None
    next: int | None


@dataclass(frozen=True)
class GallerySlice:
    """Pictures of a gallery that follow each other, and the number of the first of them.

    `starts` and `ends` tell whether none come before and after.
    """

    images: Sequence[Image]
    number: int
    starts: bool
    ends: bool


def open_by(session: Session, commit: Callable[[], None], key: str, address: str) -> ShareLink:
    """Return the gallery that a key opens; a key that opens none is counted for the address, and committed.

    Raises Closed with the same words whatever the reason, and RateLimited.
    """
    share = shares.by_key(session, key)
    if share is None:
        throttle.record_attempt(session, "share", address)
        commit()
        raise GalleryClosed
    return share


def check_passcode(
    session: Session, commit: Callable[[], None], share: ShareLink, passcode: str, actor: Actor
) -> None:
    """Check a passcode; the try is counted, and committed, before it is looked at.

    Raises RateLimited and Unauthorized.
    """
    name = str(share.id)
    throttle.record_attempt(session, "passcode", actor.address, name)
    commit()
    # Nothing longer was ever stored, and a text of megabytes is not worth the work.
    cut = passcode[: shares.MOST_PASSCODE * 4].encode("utf-8", "replace").decode()
    if not password_hasher.matches(share.passcode_hash, shares.normalise_passcode(cut)):
        audit.record(session, "gallery passcode failed", share.title, actor=actor, share=share.id)
        commit()
        raise Unauthorized("This is not the passcode.", field="passcode")
    throttle.clear_attempts(session, "passcode", actor.address, name)


def count_view(session: Session, share: ShareLink) -> None:
    """Count that somebody opened a gallery; those who come within minutes count as one visit."""
    session.execute(
        text(
            "UPDATE share_link SET opened = opened + 1, opened_at = now() WHERE id = :id "
            "AND (opened_at IS NULL OR opened_at < now() - make_interval(mins => :minutes))"
        ),
        {"id": share.id, "minutes": VISIT_MINUTES},
    )


def list_images(session: Session, share: ShareLink, limit: int, after: int | None = None) -> GalleryPage:
    """Read one page of a gallery in its order, from after a picture on; raises BadRequest when that is not in it."""
    table, inside = members_of(share)
    order = tuple_(table.place, table.image_id)
    query = (
        select(Image)
        .join(table, table.image_id == Image.id)
        .where(inside, Image.trashed_at.is_(None))
        .order_by(table.place, table.image_id)
        .limit(limit + 1)
    )
    before: ColumnElement[int] = literal(0)
    if after is not None:
        at = session.scalar(select(table.place).where(inside, table.image_id == after))
        if at is None:
            raise BadRequest("That page address is not one of ours. Start again from the top.")
        query = query.where(order > tuple_(at, after))
        before = func.count().filter(order <= tuple_(at, after))
    numbers = select(before, func.count()).select_from(table).join(Image, Image.id == table.image_id)
    seen, total = session.execute(numbers.where(inside, Image.trashed_at.is_(None))).one()
    shown, last = split_page(session.scalars(query).all(), limit)
    return GalleryPage(shown, seen, total, last.id if last else None)


def list_ids(session: Session, share: ShareLink) -> list[int]:
    """List the ids of all pictures of a gallery in its order."""
    table, inside = members_of(share)
    query = select(table.image_id).join(Image, Image.id == table.image_id)
    shown = query.where(inside, Image.trashed_at.is_(None)).order_by(table.place, table.image_id)
    return list(session.scalars(shown))


def find_images(session: Session, share: ShareLink, image_ids: Sequence[int]) -> dict[int, Image]:
    """Return some pictures by their ids; those that are not in the gallery any more are left out."""
    table, inside = members_of(share)
    query = select(Image).join(table, table.image_id == Image.id)
    found = session.scalars(query.where(inside, Image.trashed_at.is_(None), Image.id.in_(image_ids)))
    return {image.id: image for image in found}


def find_image(session: Session, share: ShareLink, image_id: int) -> Image:
    """Return a picture of a gallery; raises Closed for every other picture, and for one in the trash."""
    table, inside = members_of(share)
    query = (
        select(Image)
        .join(table, table.image_id == Image.id)
        .where(inside, Image.trashed_at.is_(None), Image.id == image_id)
    )
    image = session.scalar(query) if is_id(image_id) else None
    if image is None:
        raise GalleryClosed("This picture is not in the gallery, or not any more.")
    return image


def gallery_image(session: Session, share: ShareLink, image_id: int) -> GalleryImage:
    """Return a picture of a gallery with its previous and next one; raises GalleryClosed."""
    image = find_image(session, share, image_id)
    table, inside = members_of(share)
    place = select(table.place).where(inside, table.image_id == image_id).scalar_subquery()
    order, here = tuple_(table.place, table.image_id), tuple_(place, image_id)
    shown = (
        select(table.image_id)
        .join(Image, Image.id == table.image_id)
        .where(inside, Image.trashed_at.is_(None))
    )
    previous = shown.where(order < here).order_by(table.place.desc(), table.image_id.desc()).limit(1)
    following = shown.where(order > here).order_by(table.place, table.image_id).limit(1)
    numbers = shown.with_only_columns(
        func.count().filter(order <= here),
        func.count(),
        previous.scalar_subquery(),
        following.scalar_subquery(),
    )
    return GalleryImage(image, *session.execute(numbers).one())


def beside(session: Session, share: ShareLink, image_id: int, way: str) -> GallerySlice:
    """Read some pictures of a gallery "before" or "after" one in it, or its "first" or "last" ones.

    Raises GalleryClosed, and BadRequest for another way.
    """
    if way not in ("before", "after", "first", "last"):
        raise BadRequest("That page address is not one of ours. Start again from the top.")
    table, inside = members_of(share)
    order, back = tuple_(table.place, table.image_id), way in ("before", "last")
    shown = inside & Image.trashed_at.is_(None)
    query = select(Image, table.place).join(table, table.image_id == Image.id).where(shown)
    number: ColumnElement[int] = literal(1) if way == "first" else func.count()
    if way in ("before", "after"):
        find_image(session, share, image_id)
        here = tuple_(
            select(table.place).where(inside, table.image_id == image_id).scalar_subquery(), image_id
        )
        query = query.where(order < here if back else order > here)
        number = func.count().filter(order < here) if back else func.count().filter(order <= here) + 1
    columns = (table.place.desc(), table.image_id.desc()) if back else (table.place, table.image_id)
    rows = session.execute(query.order_by(*columns).limit(MOST_BESIDE + 1)).all()
    images = [row[0] for row in rows[:MOST_BESIDE]]
    counted = session.scalar(
        select(number).select_from(table).join(Image, Image.id == table.image_id).where(shown)
    )
    ended = len(rows) <= MOST_BESIDE
    if back:
        # Counted is how many there are up to the last of them.
        first = (counted or 0) - len(images) + 1
        return GallerySlice(images[::-1], first, starts=ended, ends=way == "last")
    return GallerySlice(images, counted or 1, starts=way == "first", ends=ended)


def members_of(
    share: ShareLink,
) -> tuple[type[ShareImage] | type[CollectionImage], ColumnElement[bool]]:
    """Return the table that holds a gallery's pictures in their order, and which of its rows they are."""
    if share.collection_id is None:
        return ShareImage, ShareImage.share_id == share.id
    return CollectionImage, CollectionImage.collection_id == share.collection_id
