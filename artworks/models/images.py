"""The pictures: what is known of each, its texts, every change of them, suggestions, feedback, and its files."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Identity, Index, Integer, Sequence, func, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from artworks.core.fields import FIELDS
from artworks.models.base import Base, iso, one_of
from artworks.models.taxonomy import Category

PENDING_ACTIONS = ("store", "delete", "quarantine")
SCANS = ("rows", "orphans", "renditions")
TEXT_FIELDS = tuple(field.name for field in FIELDS)
STATUSES = ("new", "draft", "ready")

# What is searched: words with their weights, and facts such as "missing:alt_text". Both are functions of the database
# (schema/) because a generated column takes only immutable functions.
SEARCH_DOCUMENT = "image_search(post_title, description, hashtags, key_points, original_filename)"
FACTS = (
    "image_facts(post_title, description, hashtags, category_id, key_points, alt_text, "
    "origins, width, height, colour_names)"
)
# The perceptual hash of a picture in four pieces, each marked with its place: what looks alike shares one, or nearly.
LOOK_BANDS = (
    "CASE WHEN look IS NULL THEN '{}' ELSE ARRAY[((look >> 48) & 65535)::int, (65536 + ((look >> 32) & 65535))::int, "
    "(131072 + ((look >> 16) & 65535))::int, (196608 + (look & 65535))::int] END"
)
LIVE = text("trashed_at IS NULL")
# Writers whose words AI may renew, until a person approves them.
AI_MAY_WRITE = ("ai", "placeholder", "sample")
# What the uploaded file held: the person's, so AI never writes over it.
FROM_FILE = "file"
# Words of ours that come with a sample picture; nobody has paid for them.
SAMPLE = "sample"
# A person wrote, changed or approved the picture's category.
VOUCHED = text(
    "trashed_at IS NULL AND (status = 'ready' OR origins ->> 'category' IN ('person', 'ai_edited') "
    "OR 'category' = ANY (approved))"
)
# Each suggestion has another number than any before it on the same picture; 1 are those of before there were any.
SUGGESTION_NUMBERS = Sequence("suggestion_number_seq", start=2, metadata=Base.metadata)


class Approval:
    """Which words of a picture a person approved, by its status, who wrote them, and `approved`."""

    __slots__ = ()

    status: Any
    origins: Any
    approved: Any

    def is_approved(self, field: str) -> bool:
        """Return whether a person approved the words of a field, by Ready or by taking them as they are."""
        return self.status == "ready" or field in self.approved

    @property
    def approved_fields(self) -> list[str]:
        """The fields whose words AI wrote and a person approved."""
        written = [name for name in TEXT_FIELDS if self.origins.get(name) in AI_MAY_WRITE]
        return [name for name in written if self.is_approved(name)]

    @property
    def writers(self) -> dict[str, str]:
        """Whose the words of each field are, as the marks say it: what a person approved is "approved", not "ai"."""
        return {
            field: origin if origin == "person" or not self.is_approved(field) else "approved"
            for field, origin in self.origins.items()
        }


class Image(Approval, Base):
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
        Index(
            "image_title_down",
            text("(post_title <> '')"),
            text("lower(left(post_title, 200))"),
            "id",
            postgresql_where=LIVE,
        ),
        Index(
            "image_progress",
            text("(status <> 'ready')"),
            text("(status = 'new')"),
            "created_at",
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
        Index("image_vouched", "category_id", postgresql_where=VOUCHED),
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
            "image_source_sha256",
            "source_sha256",
            postgresql_where=text("source_sha256 IS NOT NULL"),
        ),
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
    # Fields whose words AI wrote and a person approved. Those of a picture that is ready are approved in any case.
    approved: Mapped[list[str]] = mapped_column(server_default="{}")
    # Unknown (null) for rows adopted from an older database until their file has been read.
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    size_bytes: Mapped[int | None]
    media_type: Mapped[str | None]
    sha256: Mapped[str | None]
    # Of a picture that came in another format: the hash of the file that came, and the format's name.
    source_sha256: Mapped[str | None] = mapped_column(deferred=True)
    converted_from: Mapped[str | None]
    rendition_type: Mapped[str | None]
    # As which version of the drawing the renditions lie in the storage (artworks/imaging/rendition_kinds.py). An older
    # program, which does not know this column, makes the first.
    rendition_version: Mapped[int] = mapped_column(Integer, server_default="1")
    colours: Mapped[list[str]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    trashed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    hashtags_folded: Mapped[list[str]] = mapped_column(
        Computed("image_fold(hashtags)", persisted=True), deferred=True
    )
    # The parent category, or the category itself; a trigger sees to it.
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
        """Return one text field by its contract name; hashtags as a list."""
        value: str | list[str] = getattr(self, field)
        return value

    def is_ai_written(self, field: str) -> bool:
        """Return whether AI may renew a field: no person wrote it (as one of AI_MAY_WRITE says) or approved it."""
        return self.origins.get(field) in AI_MAY_WRITE and not self.is_approved(field)

    def is_unchecked(self, field: str) -> bool:
        """Return whether a field holds words as they came with the file, and no person made the picture Ready since."""
        return self.origins.get(field) == FROM_FILE and not self.is_approved(field)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON of the contract, without `urls`, which the web adds."""
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
            "approved": self.approved_fields,
            "width": self.width,
            "height": self.height,
            "size_bytes": self.size_bytes,
            "media_type": self.media_type,
            "converted_from": self.converted_from,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "version": self.version,
            "suggestion": self.suggestion.to_dict() if self.suggestion else None,
        }


class Suggestion(Base):
    """A draft that waits for a person's decision; at most one a picture, with a new number each time."""

    __tablename__ = "suggestion"

    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(server_default="1")
    fields: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(server_default="")
    feedback: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    voice_id: Mapped[int | None] = mapped_column(ForeignKey("voice.id", ondelete="SET NULL"), index=True)

    image: Mapped[Image] = relationship(lazy="raise", back_populates="suggestion")

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON of the contract."""
        return {
            "id": self.number,
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


class StorageMark(Base):
    """A token that this database wrote into its storage; two while it is being renewed, else one.

    `files_missing_accepted`: the operator said that a storage without the files of the rows is the right one.
    """

    __tablename__ = "storage_mark"

    token: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    files_missing_accepted: Mapped[bool] = mapped_column(server_default="false")


class PendingFile(Base):
    """An original that this database has begun to store, or to remove by the owner's act; gone once that is done.

    A "store" of more than an hour ago was given up: its process was killed. It is the only evidence by which the
    program removes a file that belongs to no picture.
    """

    __tablename__ = "pending_file"
    __table_args__ = (CheckConstraint(one_of("action", PENDING_ACTIONS), name="pending_file_action_check"),)

    stored_filename: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str]
    began_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RenditionFailure(Base):
    """A picture that keeps its older renditions, because its original is missing or cannot be read.

    `sha256` is the hash of the bytes that could not be read: with others, or after a while without a hash, it is tried
    again. `version` is the one that was tried.
    """

    __tablename__ = "rendition_failure"
    __table_args__ = (Index("rendition_failure_oldest", "tried_at"),)

    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str | None]
    tried_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LaterRendition(Base):
    """A rendition that was made at the first look, and is kept until there are too many bytes of such."""

    __tablename__ = "later_rendition"
    __table_args__ = (Index("later_rendition_oldest", "made_at"),)

    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StorageScan(Base):
    """How far a scan is, and what it found: "rows" looks for each row's file, "orphans" the reverse.

    "renditions" looks for those of an older version, and makes them anew.

    `position` is where it goes on after a stop; `claimed_until` is a lease, so that two do not scan at once.
    """

    __tablename__ = "storage_scan"
    __table_args__ = (CheckConstraint(one_of("name", SCANS), name="storage_scan_name_check"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[str] = mapped_column(server_default="")
    found: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    claimed_until: Mapped[datetime | None]
    # What the last whole scan found; it stays while the next one is under way.
    finished_at: Mapped[datetime | None]
    last_found: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
