"""Categories and tags, and how many pictures outside the trash each of them and each status has."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base, one_of

NAME_KINDS = ("category", "tag")


class Category(Base):
    """A category, or a subcategory of one; names are unique by their folded key.

    A subcategory carries the name of its parent ("Prints / Linocut"). `images` counts the pictures outside the
    trash that are in it itself; triggers keep it.
    """

    __tablename__ = "category"
    __table_args__ = (
        Index("category_name_key", func.name_fold(text("name")), unique=True),
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
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("search_vector(name)", persisted=True), deferred=True
    )


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


class NameChange(Base):
    """A name of a category or tag that another one took the place of; an empty `after`: it was deleted or removed.

    `before` is as names are compared. The function `name_now` of the database follows a name through these rows.
    """

    __tablename__ = "name_change"
    __table_args__ = (
        CheckConstraint(one_of("kind", NAME_KINDS), name="name_change_kind_check"),
        Index("name_change_before", "kind", "before", "id"),
        Index("name_change_bulk_edit", "bulk_edit_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    # Later than all words that were written under the name before.
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    kind: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    # The action that did it; when that is undone, this row goes.
    bulk_edit_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_edit.id", ondelete="SET NULL"))


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
