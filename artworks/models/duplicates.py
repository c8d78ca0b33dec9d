"""Pairs of pictures that are the same or look alike."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base, one_of

LOOK_ALIKE_KINDS = ("bytes", "pixels", "looks")


class LookAlike(Base):
    """Two pictures that are the same, byte for byte or pixel for pixel, or look alike.

    `distance` is in bits of the perceptual hash, 0 to 64. Once both are kept, nobody is asked about them again.
    """

    __tablename__ = "look_alike"
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="look_alike_order_check"),
        CheckConstraint(one_of("kind", LOOK_ALIKE_KINDS), name="look_alike_kind_check"),
        Index("look_alike_second", "second_id"),
        Index(
            "look_alike_open",
            "kind",
            text("first_id DESC"),
            text("second_id DESC"),
            postgresql_where=text("kept_at IS NULL"),
        ),
    )

    first_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str]
    distance: Mapped[int] = mapped_column(Integer)
    found_at: Mapped[datetime] = mapped_column(server_default=func.now())
    kept_at: Mapped[datetime | None]
