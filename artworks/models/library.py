"""What belongs to the library as a whole: saved views, and actions over many pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, Index, Integer, func, text
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
