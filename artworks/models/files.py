"""Files of pictures: which storage is this database's, what is being stored or removed, what was found there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base, one_of

PENDING_ACTIONS = ("store", "delete", "quarantine")
SCANS = ("rows", "orphans")


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


class StorageScan(Base):
    """How far a scan of the storage is, and what it found: "rows" looks for each row's file, "orphans" the reverse.

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
