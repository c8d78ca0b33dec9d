"""Every table, with its derived properties; knows no URL, no disk and no network."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry, relationship

TEXT_FIELDS = ("post_title", "description", "hashtags", "category", "key_points", "alt_text")
STATUSES = ("new", "draft", "ready")
ORIGINS = ("person", "ai", "ai_edited", "placeholder")

# The text that is searched; `image_search_text` is a function of the database (schema/) because a generated
# column takes only immutable functions, and the built-in array_to_string is not one.
SEARCH_DOCUMENT = (
    "to_tsvector('simple'::regconfig, "
    "image_search_text(post_title, description, hashtags, key_points, original_filename))"
)
LIVE = text("trashed_at IS NULL")


class Base(DeclarativeBase):
    """Base of every table: 64-bit ids, times with a zone, text without a length."""

    # On the registry and not as `type_annotation_map`: Flask-SQLAlchemy derives from this class, and SQLAlchemy
    # refuses a second map there.
    registry = registry(
        type_annotation_map={
            int: BigInteger,
            str: Text,
            datetime: DateTime(timezone=True),
            list[str]: ARRAY(Text),
            dict[str, Any]: JSONB,
            Decimal: Numeric(14, 6),
            float: Double,
        }
    )


# A row stays readable after its commit: answers are made from what was written, without another query.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def iso(moment: datetime) -> str:
    """Write a time as the contract has it: ISO 8601 in UTC, to the second, with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Category(Base):
    """A shelf of the library; names are unique whatever their case."""

    __tablename__ = "category"
    __table_args__ = (Index("category_name_key", func.lower(text("name")), unique=True),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Image(Base):
    """One picture and its words."""

    __tablename__ = "image"
    __table_args__ = (
        CheckConstraint("status IN ('new', 'draft', 'ready')", name="image_status_check"),
        Index("image_newest", text("created_at DESC"), text("id DESC"), postgresql_where=LIVE),
        Index(
            "image_title",
            text("(post_title = '')"),
            text("lower(left(post_title, 200))"),
            "id",
            postgresql_where=LIVE,
        ),
        Index("image_status", "status", text("created_at DESC"), text("id DESC"), postgresql_where=LIVE),
        Index("image_category", "category_id", text("created_at DESC"), text("id DESC")),
        Index("image_hashtags", "hashtags_folded", postgresql_using="gin"),
        Index("image_search", "search", postgresql_using="gin"),
        Index("image_sha256", "sha256"),
        Index(
            "image_trashed",
            text("trashed_at DESC"),
            text("id DESC"),
            postgresql_where=text("trashed_at IS NOT NULL"),
        ),
        Index("image_stored_filename_key", "stored_filename", unique=True),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    original_filename: Mapped[str]
    stored_filename: Mapped[str]
    post_title: Mapped[str] = mapped_column(server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    hashtags: Mapped[list[str]] = mapped_column(server_default="{}")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id", ondelete="SET NULL"))
    key_points: Mapped[str] = mapped_column(server_default="")
    alt_text: Mapped[str] = mapped_column(server_default="")
    status: Mapped[str] = mapped_column(server_default="new")
    origins: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Unknown (null) for rows adopted from an older database until their file has been read.
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    size_bytes: Mapped[int | None]
    media_type: Mapped[str | None]
    sha256: Mapped[str | None]
    rendition_type: Mapped[str | None]
    colours: Mapped[list[str]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    trashed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    hashtags_folded: Mapped[list[str]] = mapped_column(
        Computed("image_fold(hashtags)", persisted=True), deferred=True
    )
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(SEARCH_DOCUMENT, persisted=True), deferred=True)

    category_row: Mapped[Category | None] = relationship(lazy="raise")
    suggestion: Mapped[Suggestion | None] = relationship(
        lazy="raise", back_populates="image", passive_deletes=True, cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy types it as an instance attribute.

    @property
    def category(self) -> str:
        """Name of the category, or an empty string."""
        return self.category_row.name if self.category_row else ""

    def words(self, field: str) -> str | list[str]:
        """Give one text field by its contract name; hashtags as a list."""
        value: str | list[str] = getattr(self, field)
        return value

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON of the contract, without `urls`, which the web adds."""
        return {
            "id": self.id,
            "original_filename": self.original_filename,
            "stored_filename": self.stored_filename,
            "post_title": self.post_title,
            "description": self.description,
            "hashtags": list(self.hashtags),
            "category": self.category,
            "key_points": self.key_points,
            "alt_text": self.alt_text,
            "status": self.status,
            "origins": dict(self.origins),
            "width": self.width,
            "height": self.height,
            "size_bytes": self.size_bytes,
            "media_type": self.media_type,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "version": self.version,
            "suggestion": self.suggestion.to_dict() if self.suggestion else None,
        }


class Suggestion(Base):
    """Words that wait beside a person's own; at most one a picture."""

    __tablename__ = "suggestion"

    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    fields: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(server_default="")
    feedback: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    image: Mapped[Image] = relationship(lazy="raise", back_populates="suggestion")

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON of the contract."""
        return {
            "fields": dict(self.fields),
            "note": self.note,
            "feedback": self.feedback,
            "source": self.source,
            "created_at": iso(self.created_at),
        }


class Revision(Base):
    """One change of a picture's words: who, when, and each field before and after."""

    __tablename__ = "revision"
    __table_args__ = (Index("revision_image", "image_id", text("id DESC")),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    by: Mapped[str]
    action: Mapped[str]
    changes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # The same shape for who had written each changed field, so that going back restores that too.
    origins: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    usd: Mapped[Decimal | None]

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON of the contract."""
        return {
            "id": self.id,
            "at": iso(self.at),
            "by": self.by,
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


class Usage(Base):
    """One call to the AI service: what it cost, or what is held back for it while it runs."""

    __tablename__ = "usage"
    __table_args__ = (
        CheckConstraint(
            "state IN ('reserved', 'ok', 'failed', 'cancelled', 'lost')", name="usage_state_check"
        ),
        Index("usage_at", "at"),
        Index("usage_image", "image_id"),
        Index("usage_reserved", "at", postgresql_where=text("state = 'reserved'")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    image_id: Mapped[int | None] = mapped_column(ForeignKey("image.id", ondelete="SET NULL"))
    kind: Mapped[str]
    source: Mapped[str]
    model: Mapped[str]
    state: Mapped[str]
    error: Mapped[str] = mapped_column(server_default="")
    input_tokens: Mapped[int] = mapped_column(server_default="0")
    output_tokens: Mapped[int] = mapped_column(server_default="0")
    usd: Mapped[Decimal] = mapped_column(server_default="0")
    seconds: Mapped[float | None]


class RateBucket(Base):
    """A token bucket shared by every process: what is left, since when, and until when all wait."""

    __tablename__ = "rate_bucket"

    name: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[float]
    refilled_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]
