"""Batches: drafts for many pictures, written in the background."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base, one_of
from artworks.models.usage import TIERS

BATCH_STATES = ("running", "paused", "done", "cancelled")
ITEM_STATES = ("waiting", "working", "done", "failed", "skipped", "cancelled")


class Batch(Base):
    """Words for many pictures, written in the background: what was asked for, how far it is, what it cost.

    The counts and the money are written here by those who finish an item, in the same transaction.
    """

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint(one_of("state", BATCH_STATES), name="batch_state_check"),
        CheckConstraint("\"only\" IN ('empty', 'ai', 'suggest')", name="batch_only_check"),
        CheckConstraint(one_of("tier", TIERS), name="batch_tier_check"),
        Index("batch_open", "id", postgresql_where=text("state IN ('running', 'paused')")),
        Index("batch_bulk_edit", "bulk_edit_id"),
        Index("batch_person", "person_id", postgresql_where=text("person_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    person: Mapped[str] = mapped_column(server_default="owner")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(server_default="running")
    # Why it is paused: a code for programs (person, cap, share, month, rights, setup) and a sentence for the person.
    paused_code: Mapped[str] = mapped_column(server_default="")
    paused_message: Mapped[str] = mapped_column(server_default="")
    # What was chosen, in words: "12 ticked pictures", "everything tagged #heron".
    about: Mapped[str] = mapped_column(server_default="")
    only: Mapped[str] = mapped_column(server_default="empty")
    # Whether words that a person approved may be renewed too.
    approved_too: Mapped[bool] = mapped_column(server_default="false")
    # What its revisions have in common, so that all of it can be undone.
    bulk_edit_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_edit.id", ondelete="SET NULL"))
    fields: Mapped[list[str]] = mapped_column(server_default="{}")
    note: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="en")
    tier: Mapped[str] = mapped_column(server_default="standard")
    cap_usd: Mapped[Decimal | None]
    total: Mapped[int] = mapped_column(Integer, server_default="0")
    done: Mapped[int] = mapped_column(Integer, server_default="0")
    failed: Mapped[int] = mapped_column(Integer, server_default="0")
    skipped: Mapped[int] = mapped_column(Integer, server_default="0")
    # Of the skipped ones: in the trash, or deleted for good. The others had all their words.
    skipped_trashed: Mapped[int] = mapped_column(Integer, server_default="0")
    skipped_deleted: Mapped[int] = mapped_column(Integer, server_default="0")
    # Calls whose process died before the answer was stored; their price is counted as spent.
    lost: Mapped[int] = mapped_column(Integer, server_default="0")
    spent_usd: Mapped[Decimal] = mapped_column(server_default="0")
    held_usd: Mapped[Decimal] = mapped_column(server_default="0")
    # Until when no picture is claimed, because calls under way hold the money that the next one needs.
    wait_until: Mapped[datetime | None]
    # What the call would have held back that was refused last; less than that left, and nothing can go on.
    refused_usd: Mapped[Decimal | None]

    @property
    def left(self) -> int:
        """How many pictures are still to be done."""
        return 0 if self.state == "cancelled" else self.total - self.done - self.failed - self.skipped


class BatchItem(Base):
    """One picture of a batch: the truth about whether its words are still to be written, and by whom."""

    __tablename__ = "batch_item"
    __table_args__ = (
        CheckConstraint(one_of("state", ITEM_STATES), name="batch_item_state_check"),
        Index(
            "batch_item_waiting", "batch_id", "not_before", "id", postgresql_where=text("state = 'waiting'")
        ),
        Index("batch_item_working", "lease_until", postgresql_where=text("state = 'working'")),
        Index("batch_item_failed", "batch_id", "id", postgresql_where=text("state = 'failed'")),
        Index("batch_item_finished", "batch_id", "finished_at"),
        Index("batch_item_image", "image_id"),
        Index("batch_item_usage", "usage_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"))
    # Null when the picture was deleted for good.
    image_id: Mapped[int | None] = mapped_column(ForeignKey("image.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    first_tried_at: Mapped[datetime | None]
    not_before: Mapped[datetime] = mapped_column(server_default=func.now())
    # Who works on it, and until when they may be silent before it is handed on.
    claim: Mapped[str] = mapped_column(server_default="")
    lease_until: Mapped[datetime | None]
    usage_id: Mapped[int | None] = mapped_column(ForeignKey("usage.id", ondelete="SET NULL"))
    code: Mapped[str] = mapped_column(server_default="")
    message: Mapped[str] = mapped_column(server_default="")
    finished_at: Mapped[datetime | None]


class BatchTitle(Base):
    """A title that a picture of a batch has, folded to lower case, so that no other one gets it."""

    __tablename__ = "batch_title"
    __table_args__ = (Index("batch_title_image", "image_id"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)
    title: Mapped[str] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"))
