"""The voice: how the words should sound."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, func
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base


class Voice(Base):
    """How the words should sound, as it was saved once; the newest row is the one in force."""

    __tablename__ = "voice"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    by: Mapped[str] = mapped_column(server_default="person")
    who: Mapped[str] = mapped_column(server_default="")
    # The shape is artworks/voice/voice.py's, which also checks it.
    choices: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
