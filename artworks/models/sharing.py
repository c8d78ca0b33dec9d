"""The shared galleries, and the pictures that were chosen for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base


class ShareLink(Base):
    """A gallery that whoever has its address may look at: a collection, or chosen pictures (`share_image`).

    The address is made from the row's `nonce` and the program's secret, so it can be shown again and is not kept; its
    SHA-256 is, by which it is found.
    """

    __tablename__ = "share_link"
    __table_args__ = (
        Index("share_link_token_key", "token_hash", unique=True),
        Index("share_link_collection", "collection_id"),
        Index("share_link_person", "person_id"),
        Index("share_link_words", func.search_vector(text("title")), postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    token_hash: Mapped[str]
    nonce: Mapped[str]
    title: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"))
    with_words: Mapped[bool] = mapped_column(server_default=text("false"))
    with_originals: Mapped[bool] = mapped_column(server_default=text("false"))
    passcode_hash: Mapped[str | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_by: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    opened: Mapped[int] = mapped_column(server_default="0")
    opened_at: Mapped[datetime | None]
    # Grows with each change of what a person sees of it.
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class ShareImage(Base):
    """A picture that was chosen for a shared gallery, and its place there."""

    __tablename__ = "share_image"
    __table_args__ = (
        Index("share_image_order", "share_id", "place", "image_id"),
        Index("share_image_image", "image_id"),
    )

    share_id: Mapped[int] = mapped_column(ForeignKey("share_link.id", ondelete="CASCADE"), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer)


class Visitor(Base):
    """Somebody without an account who chose pictures of a shared gallery, by the name that they typed.

    Known again by a cookie of their browser; its SHA-256 is kept.
    """

    __tablename__ = "visitor"
    __table_args__ = (Index("visitor_key", "share_id", "key_hash", unique=True),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("share_link.id", ondelete="CASCADE"))
    key_hash: Mapped[str]
    name: Mapped[str]
    sent_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Favourite(Base):
    """A picture that a visitor of a shared gallery chose."""

    __tablename__ = "favourite"
    __table_args__ = (Index("favourite_image", "image_id"),)

    visitor_id: Mapped[int] = mapped_column(ForeignKey("visitor.id", ondelete="CASCADE"), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
