"""The calls to the AI service: what each one cost, what a month has cost, and how many may go."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, Identity, Index, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base, one_of

TIERS = ("standard", "flex")


class Usage(Base):
    """One call to the AI service: what it cost, or what is held back for it while it runs."""

    __tablename__ = "usage"
    __table_args__ = (
        CheckConstraint(
            "state IN ('reserved', 'ok', 'failed', 'cancelled', 'lost')", name="usage_state_check"
        ),
        Index("usage_at", "at"),
        Index("usage_image", "image_id"),
        Index("usage_batch", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
        Index("usage_person", "person_id", postgresql_where=text("person_id IS NOT NULL")),
        Index("usage_model", "model", text("id DESC"), postgresql_where=text("state = 'ok'")),
        # What keeps two calls from writing about the same picture at once.
        Index("usage_one_at_once", "image_id", unique=True, postgresql_where=text("state = 'reserved'")),
        CheckConstraint(one_of("tier", TIERS), name="usage_tier_check"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    image_id: Mapped[int | None] = mapped_column(ForeignKey("image.id", ondelete="SET NULL"))
    kind: Mapped[str]
    source: Mapped[str]
    model: Mapped[str]
    state: Mapped[str]
    error: Mapped[str] = mapped_column(server_default="")
    # What the service said about a failure, shortened and without secrets; for owners.
    details: Mapped[str] = mapped_column(server_default="")
    input_tokens: Mapped[int] = mapped_column(server_default="0")
    output_tokens: Mapped[int] = mapped_column(server_default="0")
    usd: Mapped[Decimal] = mapped_column(server_default="0")
    # Whether the service did not say what some of it took, and how much of the price is therefore the most it can be.
    at_most: Mapped[bool] = mapped_column(server_default=false())
    at_most_usd: Mapped[Decimal] = mapped_column(server_default="0")
    seconds: Mapped[float | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id", ondelete="SET NULL"))
    tier: Mapped[str] = mapped_column(server_default="standard")
    # Who asked for the words; without accounts that is always the owner.
    person: Mapped[str] = mapped_column(server_default="owner")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    # By its first day the month that it is paid in, of the installation's zone at that time; None: that of UTC.
    month: Mapped[date | None] = mapped_column(Date)


class Spending(Base):
    """What one calendar month of the installation's zone has cost, with what is held back for calls in flight."""

    __tablename__ = "spending"

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    usd: Mapped[Decimal] = mapped_column(server_default="0")
    calls: Mapped[int] = mapped_column(server_default="0")


class RateBucket(Base):
    """A token bucket shared by every process: what is left, since when, and until when all wait.

    `paced_at` is when the next call of a batch may go; batches never use up the burst. `told` is how much a minute
    the service itself allows, as its answers say.
    """

    __tablename__ = "rate_bucket"

    name: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[float]
    refilled_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]
    paced_at: Mapped[datetime | None]
    told: Mapped[float | None]
