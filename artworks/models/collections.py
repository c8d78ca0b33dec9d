"""Collections: named, ordered sets of pictures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base


class Collection(Base):
    """A named, ordered set of pictures; a picture can be in several. `images` counts those outside the trash.

    One that is deleted keeps its row, its order and its shared galleries for some weeks, so that it can come back
    (artworks/dependents/delete_undo.py); until then nobody sees it, and its galleries are closed.
    """

    __tablename__ = "collection"
    __table_args__ = (
        Index(
            "collection_name_key",
            func.name_fold(text("name")),
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("collection_words", func.search_vector(text("name")), postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    images: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]
    # The versions of its name and note, and of the order of its pictures.
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    arranged: Mapped[int] = mapped_column(Integer, server_default="1")


class CollectionImage(Base):
    """A picture's place in a collection; places are compared and not counted, so one moves without the others."""

    __tablename__ = "collection_image"
    __table_args__ = (
        Index("collection_image_order", "collection_id", "place", "image_id"),
        Index("collection_image_image", "image_id"),
    )

    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True
    )
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[float]
