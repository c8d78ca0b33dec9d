"""What belongs to the library as a whole: saved views, actions over many pictures, the words of all texts.

And the words that people are typing just now.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base


class SavedView(Base):
    """Filters with a name."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("saved_view_name_key", func.name_fold(text("name")), unique=True),)

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


class SearchWord(Base):
    """A word that some text of the library has or had, as it stands in the index."""

    __tablename__ = "search_word"
    __table_args__ = (Index("search_word_end", text('"right"(word, 3)')),)

    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)


class SearchWordProgress(Base):
    """Up to which change the words of pictures were gathered: one row."""

    __tablename__ = "search_word_progress"
    __table_args__ = (CheckConstraint("id = 1", name="search_word_progress_one_row"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seen_until: Mapped[datetime | None]


class Autosave(Base):
    """What a person is typing into a field of a picture in one tab, which nobody else sees.

    Once it is published or given up `text` is null, and the row stays a while: a request that comes late brings nothing
    back, one that comes twice publishes nothing twice, and `revision_id` tells which revision a sitting goes on with.
    """

    __tablename__ = "autosave"
    __table_args__ = (
        Index("autosave_key", "image_id", text("coalesce(person_id, 0)"), "tab", "field", unique=True),
        Index("autosave_person", "person_id"),
        Index("autosave_oldest", "updated_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id", ondelete="CASCADE"))
    # Nobody where there are no accounts.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    tab: Mapped[str]
    field: Mapped[str]
    text: Mapped[str | None]
    # What was published when the typing began.
    was: Mapped[str] = mapped_column(server_default="")
    # Grows with each text of a tab, so that a late request never replaces a newer one.
    number: Mapped[int]
    # The revision that was published last; it may be gone.
    revision_id: Mapped[int | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
