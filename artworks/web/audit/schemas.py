"""The shapes of the JSON about what happened."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from artworks.web.schemas import LONGEST_ZONE, ZONE, Input


class AuditQuery(Input):
    """Which entries to list."""

    action: str = Field("", max_length=100, description='one action, such as "sign-in"')
    person: str = Field(
        "", max_length=18, description='id of an account; "none" for what nobody with one did'
    )
    since: date | None = Field(None, description="from this day on, of the zone `tz`")
    tz: str = Field("", max_length=LONGEST_ZONE, description=ZONE)
    limit: int = Field(100, ge=1, le=500)
    before: int | None = Field(None, ge=1, lt=2**63, description="`next` of the page before")


class AuditEntry(BaseModel):
    """Something that somebody did."""

    id: int
    at: str
    who: str = Field(description="the name at that time; empty without an account")
    person_id: int | None
    way: str = Field(description="session, token, share, local, command, program or nobody")
    address: str
    action: str
    target: str = Field(description="what it was done to")
    detail: dict[str, Any]


class AuditPage(BaseModel):
    """A page of what happened, the newest first."""

    entries: list[AuditEntry]
    next: int | None
