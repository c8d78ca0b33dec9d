"""Every table, with its derived properties; knows no URL, no disk and no network."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from model_base import Base, db, iso, one_of
from model_people import (
    ROLES,
    ApiToken,
    Audit,
    Guess,
    Person,
    PersonSession,
    PersonSpending,
    ShareImage,
    ShareLink,
    Ticket,
)

# Every table can be had from here; those of people are written down in model_people.py.
__all__ = [
    "BATCH_STATES", "FACTS", "ITEM_STATES", "LOOK_ALIKE_KINDS", "LOOK_BANDS", "ORIGINS", "ROLES", "SEARCH_DOCUMENT",
    "STATUSES", "TEXT_FIELDS", "TIERS", "ApiToken", "Audit", "Base", "Batch", "BatchItem", "BatchTitle", "BulkEdit",
    "Category", "Collection", "CollectionImage", "CountChange", "Feedback", "Guess", "Image", "LookAlike", "Person",
    "PersonSession", "PersonSpending", "RateBucket", "Revision", "SavedView", "ShareImage", "ShareLink", "Spending",
    "StatusCount", "Suggestion", "Tag", "Ticket", "Usage", "Voice", "db", "iso", "one_of",
]  # fmt: skip

TEXT_FIELDS = ("post_title", "description", "hashtags", "category", "key_points", "alt_text")
STATUSES = ("new", "draft", "ready")
ORIGINS = ("person", "ai", "ai_edited", "placeholder")
TIERS = ("standard", "flex")
BATCH_STATES = ("running", "paused", "done", "cancelled")
LOOK_ALIKE_KINDS = ("bytes", "pixels", "looks")
ITEM_STATES = ("waiting", "working", "done", "failed", "skipped", "cancelled")

# What is searched: words with their weights, and facts such as "missing:alt_text". Both are functions of the database
# (schema/) because a generated column takes only immutable functions.
SEARCH_DOCUMENT = "image_search(post_title, description, hashtags, key_points, original_filename)"
FACTS = (
    "image_facts(post_title, description, hashtags, category_id, key_points, alt_text, "
    "origins, width, height, colour_names)"
)
# The look of a picture in four pieces, each marked with its place: what looks alike shares one, or nearly.
LOOK_BANDS = (
    "CASE WHEN look IS NULL THEN '{}' ELSE ARRAY[((look >> 48) & 65535)::int, (65536 + ((look >> 32) & 65535))::int, "
    "(131072 + ((look >> 16) & 65535))::int, (196608 + (look & 65535))::int] END"
)
LIVE = text("trashed_at IS NULL")


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
    """A named, ordered set of pictures; a picture can be in several. `images` counts those outside the trash."""

    __tablename__ = "collection"
    __table_args__ = (Index("collection_name_key", func.lower(text("name")), unique=True),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    images: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


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


class LookAlike(Base):
    """Two pictures that are the same, byte for byte or pixel for pixel, or look alike.

    `distance` is in bits of the look, 0 to 64. Once both are kept, nobody is asked about them again.
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


class Image(Base):
    """One picture and its words."""

    __tablename__ = "image"
    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="image_status_check"),
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
        Index("image_facts", "facts", postgresql_using="gin"),
        Index("image_palette", "palette", postgresql_using="gin"),
        Index("image_looks", "look_bands", postgresql_using="gin"),
        Index("image_pixels", "pixel_hash"),
        Index("image_shelf_newest", "shelf_id", text("created_at DESC"), text("id DESC")),
        Index("image_edited", text("updated_at DESC"), text("id DESC"), postgresql_where=LIVE),
        Index("image_largest", text("coalesce(size_bytes, 0) DESC"), text("id DESC"), postgresql_where=LIVE),
        Index(
            "image_not_compared",
            "id",
            postgresql_where=text("trashed_at IS NULL AND compared_at IS NULL"),
        ),
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
    # The shelf that the category belongs to, or the category itself; a trigger sees to it.
    shelf_id: Mapped[int | None] = mapped_column(
        ForeignKey("category.id", ondelete="SET NULL"), deferred=True
    )
    # Plain names of the main colours; cells of the colour space that they are in; hash of the bare pixels, and 64 bits
    # that hardly change when a picture is resized or saved again. `compared_at`: since when its doubles are known.
    colour_names: Mapped[list[str]] = mapped_column(server_default="{}", deferred=True)
    palette: Mapped[list[int]] = mapped_column(server_default="{}", deferred=True)
    pixel_hash: Mapped[str | None] = mapped_column(deferred=True)
    look: Mapped[int | None] = mapped_column(deferred=True)
    compared_at: Mapped[datetime | None] = mapped_column(deferred=True)
    look_bands: Mapped[list[int] | None] = mapped_column(Computed(LOOK_BANDS, persisted=True), deferred=True)
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(SEARCH_DOCUMENT, persisted=True), deferred=True)
    facts: Mapped[list[str]] = mapped_column(Computed(FACTS, persisted=True), deferred=True)

    category_row: Mapped[Category | None] = relationship(lazy="raise", foreign_keys=[category_id])
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
    voice_id: Mapped[int | None] = mapped_column(ForeignKey("voice.id", ondelete="SET NULL"), index=True)

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
    usd: Mapped[Decimal | None]
    # How the words were to sound when AI wrote them.
    voice_id: Mapped[int | None] = mapped_column(ForeignKey("voice.id", ondelete="SET NULL"))
    # The action over many pictures that this was a part of.
    bulk_edit_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_edit.id", ondelete="SET NULL"))
    # What the person was called who did it; empty without accounts.
    who: Mapped[str] = mapped_column(server_default="")

    def to_dict(self) -> dict[str, Any]:
        """Give the JSON of the contract."""
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
    input_tokens: Mapped[int] = mapped_column(server_default="0")
    output_tokens: Mapped[int] = mapped_column(server_default="0")
    usd: Mapped[Decimal] = mapped_column(server_default="0")
    seconds: Mapped[float | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id", ondelete="SET NULL"))
    tier: Mapped[str] = mapped_column(server_default="standard")
    # Who asked for the words; without accounts that is always the owner.
    person: Mapped[str] = mapped_column(server_default="owner")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))


class Spending(Base):
    """What one calendar month (UTC) has cost, with what is held back for calls in flight."""

    __tablename__ = "spending"

    month: Mapped[date] = mapped_column(Date, primary_key=True)
    usd: Mapped[Decimal] = mapped_column(server_default="0")
    calls: Mapped[int] = mapped_column(server_default="0")


class Voice(Base):
    """How the words should sound, as it was saved once; the newest row is the one in force."""

    __tablename__ = "voice"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    by: Mapped[str] = mapped_column(server_default="person")
    who: Mapped[str] = mapped_column(server_default="")
    # The shape is features/voice.py's, which also checks it.
    choices: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class Batch(Base):
    """Words for many pictures, written in the background: what was asked for, how far it is, what it cost.

    The counts and the money are kept here by those who finish an item, in the same transaction.
    """

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint(one_of("state", BATCH_STATES), name="batch_state_check"),
        CheckConstraint("\"only\" IN ('empty', 'ai', 'suggest')", name="batch_only_check"),
        CheckConstraint(one_of("tier", TIERS), name="batch_tier_check"),
        Index("batch_open", "id", postgresql_where=text("state IN ('running', 'paused')")),
        Index("batch_person", "person_id", postgresql_where=text("person_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    person: Mapped[str] = mapped_column(server_default="owner")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(server_default="running")
    # Why it is paused: a code for programs (person, cap, budget, setup, trouble) and a sentence for the person.
    paused_code: Mapped[str] = mapped_column(server_default="")
    paused_message: Mapped[str] = mapped_column(server_default="")
    # What was chosen, in words: "12 ticked pictures", "everything tagged #heron".
    about: Mapped[str] = mapped_column(server_default="")
    only: Mapped[str] = mapped_column(server_default="empty")
    fields: Mapped[list[str]] = mapped_column(server_default="{}")
    note: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="en")
    tier: Mapped[str] = mapped_column(server_default="standard")
    cap_usd: Mapped[Decimal | None]
    total: Mapped[int] = mapped_column(Integer, server_default="0")
    done: Mapped[int] = mapped_column(Integer, server_default="0")
    failed: Mapped[int] = mapped_column(Integer, server_default="0")
    skipped: Mapped[int] = mapped_column(Integer, server_default="0")
    # Calls whose process died before the answer was stored; their price is counted as spent.
    lost: Mapped[int] = mapped_column(Integer, server_default="0")
    spent_usd: Mapped[Decimal] = mapped_column(server_default="0")
    held_usd: Mapped[Decimal] = mapped_column(server_default="0")

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
