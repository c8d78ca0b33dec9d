"""What owners set: settings that they changed in the page, sealed secrets, the voice; what is known of backups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, func
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base


class Setting(Base):
    """A setting that an owner changed; one of the environment comes before it.

    `value` is a text, as the environment would have it; an empty one stands for the usual value.
    """

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int] = mapped_column(server_default="0")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SealedSecret(Base):
    """A secret as artworks/adapters/encryption.py seals it, for one address; none where `sealed` is empty."""

    __tablename__ = "sealed_secret"

    name: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(server_default="")
    # What people recognise it by.
    last_four: Mapped[str] = mapped_column(server_default="")
    # Where it may be sent, as the setting of the address has it.
    address: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int] = mapped_column(server_default="0")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BackupState(Base):
    """What is known of backups, a row each (artworks/backups/state.py); `detail` is a place or a reason."""

    __tablename__ = "backup_state"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    detail: Mapped[str] = mapped_column(server_default="")


class Voice(Base):
    """How the words should sound, as it was saved once; the newest row is the one in force."""

    __tablename__ = "voice"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    by: Mapped[str] = mapped_column(server_default="person")
    who: Mapped[str] = mapped_column(server_default="")
    # The shape is artworks/voice/voice.py's, which also checks it.
    choices: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
