"""What brings order into the library: categories, tags, collections, saved views, bulk edits, and their counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, Table, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base


class Category(Base):
    """A shelf of the library, or a part of one; names are unique whatever their case.

    A part carries the name of its shelf ("Prints / Linocut"). `images` counts the pictures outside the trash that are
    in it itself; triggers keep it.
    """

    __tablename__ = "category"
    __table_args__ = (
        Index("category_name_key", func.lower(text("name")), unique=True),
        Index("category_parent", "parent_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id", ondelete="CASCADE"))
    images: Mapped[int] = mapped_column(server_default="0")
    # A person gave it its name, not a draft.
    by_person: Mapped[bool] = mapped_column(server_default="false")
    # Grows with each change of what a person sees of it.
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class Tag(Base):
    """A hashtag: as it is compared, as it is shown, and how many pictures outside the trash have it (triggers)."""

    __tablename__ = "tag"
    __table_args__ = (
        Index("tag_most", text("images DESC"), "folded"),
        Index("tag_prefix", "folded", postgresql_ops={"folded": "text_pattern_ops"}),
    )

    folded: Mapped[str] = mapped_column(primary_key=True)
    shown: Mapped[str]
    images: Mapped[int] = mapped_column(server_default="0")
    # Grows with each change of what a person sees of it.
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class StatusCount(Base):
    """How many pictures outside the trash have a status; triggers keep it."""

    __tablename__ = "status_count"

    status: Mapped[str] = mapped_column(primary_key=True)
    images: Mapped[int] = mapped_column(server_default="0")


# What a transaction adds to the counts when it commits; empty in between. Written and read by triggers only.
CountChange = Table(
    "count_change",
    Base.metadata,
    Column("xact", Text, server_default=text("(pg_current_xact_id())::text"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("shown", Text, server_default="", nullable=False),
    Column("change", BigInteger, nullable=False),
    Index("count_change_xact", "xact"),
)


class Collection(Base):
    """A named, ordered set of pictures; a picture can be in several. `images` counts those outside the trash.

    One that is deleted keeps its row, its order and its shared galleries for some weeks, so that it can come back
    (artworks/dependents/delete_undo.py); until then nobody sees it, and its galleries are closed.
    """

    __tablename__ = "collection"
    __table_args__ = (
        Index(
            "collection_name_key",
            func.lower(text("name")),
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
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


class SavedView(Base):
    """Filters with a name."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("saved_view_name_key", func.lower(text("name")), unique=True),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    filters: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Grows with each change of what a person sees of it.
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class BulkEdit(Base):
    """One action over many pictures, so that it can be taken back as one.

    The revisions of the pictures hold what was before; `more` holds what revisions do not.
    """

    __tablename__ = "bulk_edit"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    what: Mapped[str]
    images: Mapped[int] = mapped_column(server_default="0")
    undone_at: Mapped[datetime | None]
    more: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
