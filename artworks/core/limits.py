"""The limits that the settings give: for the AI service, and for how long people stay signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo


@dataclass(frozen=True)
class AILimits:
    """What all processes together may use; `budget_usd` is for a calendar month of `zone`, 0 for no limit."""

    requests_per_minute: int
    tokens_per_minute: int
    budget_usd: float
    zone: tzinfo = UTC


@dataclass(frozen=True)
class SessionLimits:
    """How long a session lasts without being used, and at most."""

    idle: timedelta
    longest: timedelta
