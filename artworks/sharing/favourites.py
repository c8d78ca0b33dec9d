"""What visitors of a shared gallery chose: sent by somebody without an account, and read by the studio."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from artworks.accounts import throttle
from artworks.audit import log as audit
from artworks.collections import collection as collections
from artworks.core import rights, security
from artworks.core.actor import Actor
from artworks.core.database import is_id
from artworks.core.errors import Conflict, Invalid, NotFound
from artworks.core.text import LONGEST_NAME, clean_name
from artworks.sharing import share_link as shares
from artworks.sharing.gallery import GalleryClosed, members_of
from artworks.texts.folding import is_seen
from models import Collection, CollectionImage, Favourite, Image, ShareImage, ShareLink, Visitor

MOST_FAVOURITES, MOST_VISITORS = 200, 50
FULL = "This gallery has as many answers as it can take. Write to whoever sent you its address."
TOO_MANY = f"At most {MOST_FAVOURITES} pictures can be chosen. Take some hearts away, then send the rest."
# Tries at a name that no other collection has.
MOST_NAMES = 100


@dataclass(frozen=True)
class Choice:
    """What one visitor chose: the ids of the pictures that are in the gallery at this moment, in its order."""

    visitor: Visitor
    image_ids: tuple[int, ...]


def choice_of(session: Session, share: ShareLink, key: str) -> Choice | None:
    """Return what the visitor chose whom a key is of; None for a key that is nobody's."""
    visitor = _find_by_key(session, share, key)
    return Choice(visitor, _chosen(session, share, visitor)) if visitor else None


def send(
    session: Session,
    commit: Callable[[], None],
    share: ShareLink,
    key: str,
    name: str,
    image_ids: Sequence[int],
    *,
    actor: Actor,
    shown: Iterable[int] | None = None,
) -> Choice | None:
    """Keep what a visitor chose, in place of what they chose before; None when that is nothing any more.

    With `shown` only those pictures are decided about: a page knows of no others. Pictures that are not in the gallery
    (any more) are left out. The try is counted, and committed, before it is looked at. Raises RateLimited,
    Invalid, GalleryClosed, and Conflict when the gallery has as many visitors as it takes.
    """
    throttle.record_attempt(session, "favourites", actor.address)
    commit()
    name, ids = _valid_name(name), _valid_ids(image_ids)
    # From here on one visitor at a time, or two would count the others and both be the last one.
    if session.scalar(_lock_open(share)) is None:
        raise GalleryClosed
    visitor = _find_by_key(session, share, key)
    before = set(session.scalars(_images_of(visitor))) if visitor else set()
    seen = _lock_shown(session, share, ids | before)
    kept = before & ids if shown is None else before - set(shown)
    after = kept | (ids & seen)
    if len(after) > MOST_FAVOURITES:
        # Those that nobody sees now are not in the way of others.
        after &= seen
    if len(after) > MOST_FAVOURITES:
        raise Invalid(TOO_MANY, field="ids")
    if not after or not (ids or kept & seen):
        _take_back(session, share, visitor, actor)
        return None
    if visitor is None:
        visitor = _add_visitor(session, share, key, name)
    elif (visitor.name, before) == (name, after):
        # A second press, or a second tab.
        return Choice(visitor, _chosen(session, share, visitor))
    visitor.name, visitor.sent_at = name, func.now()
    _write_images(session, visitor, before, after)
    session.refresh(visitor)
    audit.record(
        session, "favourites sent", share.title, actor=actor, share=share.id, visitor=visitor.id, pictures=len(after)
    )  # fmt: skip
    return Choice(visitor, _chosen(session, share, visitor))


def list_visitors(session: Session, share_ids: Iterable[int]) -> dict[int, list[tuple[Visitor, int]]]:
    """List the visitors of some galleries, the latest first, each with how many pictures they chose that are there."""
    ids = list(share_ids)
    seen = _inside() & Image.trashed_at.is_(None)
    query = (
        select(Visitor, func.count(Image.id))
        .join(ShareLink, ShareLink.id == Visitor.share_id)
        .outerjoin(Favourite, Favourite.visitor_id == Visitor.id)
        .outerjoin(Image, (Image.id == Favourite.image_id) & seen)
        .where(Visitor.share_id.in_(ids))
        .group_by(Visitor.id)
        .order_by(Visitor.sent_at.desc(), Visitor.id.desc())
    )
    found: dict[int, list[tuple[Visitor, int]]] = {number: [] for number in ids}
    for visitor, count in session.execute(query):
        found[visitor.share_id].append((visitor, count))
    return found


def list_images(
    session: Session, share: ShareLink, most_each: int, visitor_id: int | None = None
) -> dict[int, list[Image]]:
    """List what each visitor of a gallery chose, or one of them, in its order: the first pictures of each."""
    table, inside = members_of(share)
    turn = func.row_number().over(partition_by=Favourite.visitor_id, order_by=(table.place, table.image_id))
    ranked = (
        select(Favourite.visitor_id, Favourite.image_id, turn.label("turn"))
        .join(Visitor, Visitor.id == Favourite.visitor_id)
        .join(table, table.image_id == Favourite.image_id)
        .join(Image, Image.id == Favourite.image_id)
        .where(Visitor.share_id == share.id, inside, Image.trashed_at.is_(None))
    )
    if visitor_id is not None:
        ranked = ranked.where(Visitor.id == visitor_id)
    turns = ranked.subquery()
    query = (
        select(turns.c.visitor_id, Image)
        .join(Image, Image.id == turns.c.image_id)
        .where(turns.c.turn <= most_each)
        .order_by(turns.c.visitor_id, turns.c.turn)
    )
    found: dict[int, list[Image]] = {}
    for visitor_id, image in session.execute(query):
        found.setdefault(visitor_id, []).append(image)
    return found


def find(session: Session, share: ShareLink, visitor_id: int) -> Choice:
    """Return what a visitor of a gallery chose; raises NotFound."""
    visitor = session.get(Visitor, visitor_id) if is_id(visitor_id) else None
    if visitor is None or visitor.share_id != share.id:
        raise NotFound("There is no such visitor, or what they chose was deleted.")
    return Choice(visitor, _chosen(session, share, visitor))


def remove(session: Session, share: ShareLink, visitor: Visitor) -> None:
    """Delete a visitor with all that they chose; the pictures are not touched."""
    rights.hold(session, shares.SHARES_FROM)
    session.delete(visitor)
    audit.record(session, "favourites deleted", share.title, share=share.id, visitor=visitor.id)
    session.flush()


def make_collection(session: Session, share: ShareLink, choice: Choice) -> Collection:
    """Make a collection of what a visitor chose, in the gallery's order, named after both.

    Raises Conflict when none of the pictures is in the gallery any more, or no name is left.
    """
    rights.hold(session, shares.SHARES_FROM)
    if not choice.image_ids:
        raise Conflict("None of the pictures that they chose is in the gallery any more.")
    # Pictures first and the collection after them, as whoever adds to one takes them.
    session.execute(collections.LOCK_IMAGES, {"ids": list(choice.image_ids)})
    collection = _named(session, f"{choice.visitor.name}, {share.title}")
    collections.add(session, collection.id, choice.image_ids)
    session.refresh(collection)
    return collection


def _named(session: Session, wanted: str) -> Collection:
    """Make a collection of a name, or of that name with a number where it is taken; raises Conflict."""
    for number in range(1, MOST_NAMES):
        ending = f" {number}" if number > 1 else ""
        try:
            return collections.create(session, wanted[: LONGEST_NAME - len(ending)].rstrip() + ending)
        except Conflict:
            continue
    raise Conflict("There are too many collections of this name. Rename some of them first.")


def _find_by_key(session: Session, share: ShareLink, key: str) -> Visitor | None:
    hashed = security.hash_key(key)
    return session.scalar(select(Visitor).where(Visitor.share_id == share.id, Visitor.key_hash == hashed))


def _lock_open(share: ShareLink) -> Select[int]:
    query = select(ShareLink.id).where(ShareLink.id == share.id, shares.is_open())
    return query.with_for_update(key_share=True)


def _images_of(visitor: Visitor) -> Select[int]:
    return select(Favourite.image_id).where(Favourite.visitor_id == visitor.id)


def _chosen(session: Session, share: ShareLink, visitor: Visitor) -> tuple[int, ...]:
    table, inside = members_of(share)
    query = (
        select(table.image_id)
        .join(Favourite, Favourite.image_id == table.image_id)
        .join(Image, Image.id == table.image_id)
        .where(inside, Image.trashed_at.is_(None), Favourite.visitor_id == visitor.id)
        .order_by(table.place, table.image_id)
    )
    return tuple(session.scalars(query))


def _lock_shown(session: Session, share: ShareLink, ids: set[int]) -> set[int]:
    """Return which of some pictures the gallery shows, and keep all of them from being deleted.

    In one order for everybody, so that nobody waits in a circle with whoever empties the trash.
    """
    wanted = select(Image.id, Image.trashed_at).where(Image.id.in_(ids)).order_by(Image.id)
    there = {
        row.id
        for row in session.execute(wanted.with_for_update(read=True, key_share=True))
        if not row.trashed_at
    }
    table, inside = members_of(share)
    return set(session.scalars(select(table.image_id).where(inside, table.image_id.in_(there))))


def _add_visitor(session: Session, share: ShareLink, key: str, name: str) -> Visitor:
    count = session.scalar(select(func.count()).where(Visitor.share_id == share.id)) or 0
    if count >= MOST_VISITORS:
        raise Conflict(FULL)
    visitor = Visitor(share_id=share.id, key_hash=security.hash_key(key), name=name)
    session.add(visitor)
    session.flush()
    return visitor


def _take_back(session: Session, share: ShareLink, visitor: Visitor | None, actor: Actor) -> None:
    if visitor is None:
        raise Invalid("Choose a picture first: tap the heart on it.", field="ids")
    session.delete(visitor)
    audit.record(
        session, "favourites taken back", share.title, actor=actor, share=share.id, visitor=visitor.id
    )
    session.flush()


def _write_images(session: Session, visitor: Visitor, before: set[int], after: set[int]) -> None:
    session.flush()
    if gone := before - after:
        session.execute(
            delete(Favourite).where(Favourite.visitor_id == visitor.id, Favourite.image_id.in_(gone))
        )
    if new := after - before:
        session.execute(
            insert(Favourite), [{"visitor_id": visitor.id, "image_id": number} for number in sorted(new)]
        )


def _inside() -> ColumnElement[bool]:
    """Return the condition that a favourite's picture is in the gallery that was sent it."""
    chosen = select(ShareImage.image_id).where(
        ShareImage.share_id == ShareLink.id, ShareImage.image_id == Favourite.image_id
    )
    gathered = select(CollectionImage.image_id).where(
        CollectionImage.collection_id == ShareLink.collection_id,
        CollectionImage.image_id == Favourite.image_id,
    )
    outer = (ShareLink, Favourite)
    return or_(chosen.correlate(*outer).exists(), gathered.correlate(*outer).exists())


def _valid_name(name: str) -> str:
    if not is_seen(name):
        raise Invalid("Type your name, so that it is known whose choice this is.", field="name")
    return clean_name(name)


def _valid_ids(image_ids: Sequence[int]) -> set[int]:
    ids = set(image_ids)
    if len(ids) > MOST_FAVOURITES:
        raise Invalid(TOO_MANY, field="ids")
    if not all(map(is_id, ids)):
        raise Invalid("The ids must be those of pictures.", field="ids")
    return ids
