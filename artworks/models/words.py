"""How the words came to be: each change of them, what was asked to be changed, how they should sound."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base, iso


class Revision(Base):
    """One change of a picture's words: who, when, and each field before and after."""

    __tablename__ = "revision"
    __table_args__ = (
        Index("revision_image", "image_id", text("id DESC")),
        Index("revision_voice", "voice_id", postgresql_where=text("voice_id IS NOT NULL")),
        Index(
            "revision_bulk_edit",
            "bulk_edit_id",
            "image_id",
            postgresql_where=text("bulk_edit_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    by: Mapped[str]
    action: Mapped[str]
    changes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # The same shape for who had written each changed field, so that going back restores that too.
    origins: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Fields that a person had approved and that AI was asked to renew all the same.
    unapproved: Mapped[list[str] | None]
    usd: Mapped[Decimal | None]
    # How the words were to sound when AI wrote them.
    voice_id: Mapped[int | None] = mapped_column(ForeignKey("voice.id", ondelete="SET NULL"))
    # The action over many pictures that this was a part of.
    bulk_edit_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_edit.id", ondelete="SET NULL"))
    # What the person was called who did it; empty without accounts.
    who: Mapped[str] = mapped_column(server_default="")

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON of the contract."""
        return {
            "id": self.id,
            "at": iso(self.at),
            "by": self.who or self.by,
            "action": self.action,
            "changes": self.changes,
        }


class Feedback(Base):
    """What a person asked to have changed; remembered for the next drafts of the same picture."""

    __tablename__ = "feedback"
    __table_args__ = (Index("feedback_image", "image_id", text("id DESC")),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"))
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class Voice(Base):
    """How the words should sound, as it was saved once; the newest row is the one in force."""

    __tablename__ = "voice"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    by: Mapped[str] = mapped_column(server_default="person")
    who: Mapped[str] = mapped_column(server_default="")
    # The shape is artworks/voice/voice.py's, which also checks it.
    choices: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
