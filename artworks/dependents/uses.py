"""What hangs on something that may be deleted: shown before it is deleted, and with the offer to restore it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import Session

from artworks.batches.owners import UNFINISHED
from artworks.core.text import clean
from artworks.search import listing as search
from artworks.search.filters import Filters
from artworks.sharing.share_link import state
from artworks.texts.folding import bare_tag, fold, folded_name
from artworks.voice import voice
from models import (
    Batch,
    BatchItem,
    Category,
    Collection,
    CollectionImage,
    Image,
    SavedView,
    ShareImage,
    ShareLink,
    Suggestion,
)


@dataclass(frozen=True)
class Gallery:
    """A shared gallery that was not revoked; one that ended can be opened again."""

    id: int
    title: str
    open: bool


@dataclass(frozen=True)
class Uses:
    """What hangs on one thing, or on several pictures together.

    `pictures` are those that are in it or are meant; `batches` those that are still to write about them.
    """

    pictures: int = 0
    parts: int = 0
    collections: int = 0
    galleries: tuple[Gallery, ...] = ()
    views: tuple[str, ...] = ()
    suggestions: int = 0
    batches: int = 0
    # Hashtags that every picture gets anew with its next words.
    always: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[Gallery, ...]:
        """The galleries that somebody can look at now."""
        return tuple(gallery for gallery in self.galleries if gallery.open)


def of_collection(session: Session, collection: Collection) -> Uses:
    """Return what hangs on a collection: its shared galleries close with it, saved views of it show nothing."""
    shared = select(ShareLink).where(ShareLink.collection_id == collection.id, ShareLink.revoked_at.is_(None))
    return Uses(
        pictures=collection.images,
        galleries=_galleries(session, shared),
        views=_views(session, SavedView.filters["collection"].astext == str(collection.id)),
    )


def of_category(session: Session, category: Category, parts: Sequence[Category] = ()) -> Uses:
    """Return what hangs on a category, and on those of its parts that go with it."""
    both = (category, *parts)
    names = [folded_name(one.name) for one in both]
    return Uses(
        pictures=sum(one.images for one in both),
        parts=len(parts),
        views=_views(session, folded_name(SavedView.filters["category"].astext).in_(names)),
    )


def of_tags(session: Session, tags: Iterable[str], pictures: int = 0) -> Uses:
    """Return what hangs on tags: saved views, and the voice, which has them written again. Raises Invalid."""
    bare = {fold(bare_tag(clean(tag, "hashtags"))) for tag in tags}
    always = voice.choices_of(voice.current(session)).always_hashtags
    return Uses(
        pictures=pictures,
        views=_views(session, folded_name(func.ltrim(SavedView.filters["tag"].astext, "#＃")).in_(bare)),
        always=tuple(tag for tag in always if fold(bare_tag(tag)) in bare),
    )


def of_pictures(session: Session, filters: Filters) -> Uses:
    """Return what hangs on chosen pictures: places, galleries that show them, suggestions and batches that wait."""
    chosen = search.select_images(filters).options().with_only_columns(Image.id, maintain_column_froms=True)
    ids = chosen.order_by(None)
    places = select(CollectionImage.collection_id).where(CollectionImage.image_id.in_(ids))
    shown = select(ShareImage.share_id).where(ShareImage.image_id.in_(ids))
    there = select(Collection.id).where(Collection.id.in_(places), Collection.deleted_at.is_(None))
    shared = select(ShareLink).where(
        or_(ShareLink.id.in_(shown), ShareLink.collection_id.in_(there)), ShareLink.revoked_at.is_(None)
    )
    waiting = (
        select(BatchItem.batch_id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(Batch.state.in_(UNFINISHED), BatchItem.state.in_(("waiting", "working")))
        .where(BatchItem.image_id.in_(ids))
        .distinct()
    )
    counts = {
        "pictures": ids,
        "collections": there,
        "suggestions": select(Suggestion.image_id).where(Suggestion.image_id.in_(ids)),
        "batches": waiting,
    }
    row = session.execute(select(*(_count_query(query).label(name) for name, query in counts.items()))).one()
    # The galleries are of the collections, or were chosen with one of the pictures: of none there are none.
    return Uses(**row._mapping, galleries=_galleries(session, shared) if row.pictures else ())


def galleries_showing(session: Session, image_ids: Sequence[int]) -> dict[int, int]:
    """Count the open galleries that each of some pictures was chosen for; those in none are left out."""
    query = (
        select(ShareImage.image_id, func.count())
        .join(ShareLink, ShareLink.id == ShareImage.share_id)
        .where(ShareImage.image_id.in_(image_ids), ShareLink.revoked_at.is_(None))
        .where(ShareLink.expires_at.is_(None) | (ShareLink.expires_at > func.now()))
        .group_by(ShareImage.image_id)
    )
    return dict(session.execute(query).all())


def count_galleries(count: int) -> str:
    """Write a number of shared galleries."""
    return f"{count:,} shared {'gallery' if count == 1 else 'galleries'}"


def _galleries(session: Session, query: Select[ShareLink]) -> tuple[Gallery, ...]:
    found = session.scalars(query.order_by(ShareLink.id.desc()))
    return tuple(Gallery(share.id, share.title, state(share) == "open") for share in found)


def _views(session: Session, which: ColumnElement[bool]) -> tuple[str, ...]:
    query = select(SavedView.name).where(which).order_by(folded_name(SavedView.name))
    return tuple(session.scalars(query))


def _count_query(query: Select[Any]) -> ScalarSelect[int]:
    return select(func.count()).select_from(query.subquery()).scalar_subquery()
