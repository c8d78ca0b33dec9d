"""Stretches of whole days in UTC: a calendar month, or the last thirty days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from artworks.core.errors import Invalid

DAY = timedelta(days=1)
DAYS_SHOWN = 30
MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


@dataclass(frozen=True)
class Period:
    """Days in UTC, from `start` until before `end`; a calendar month, or the last days."""

    start: date
    end: date
    is_month: bool = True

    @property
    def days(self) -> list[date]:
        """Return every day, the first one first."""
        return [self.start + DAY * number for number in range((self.end - self.start).days)]


def month_of(text: str) -> Period:
    """Return the month that is written as 2026-11; raises Invalid."""
    try:
        if not MONTH.fullmatch(text):
            raise ValueError(text)
        return month_from(date.fromisoformat(f"{text}-01"))
    except (ValueError, OverflowError):
        raise Invalid("Write the month as year and month, such as 2026-11.", field="month") from None


def month_from(day: date) -> Period:
    """Return the month of a day; raises OverflowError at the end of time."""
    start = day.replace(day=1)
    return Period(start, (start + 32 * DAY).replace(day=1))


def last_days(now: datetime) -> Period:
    """Return the last thirty days, today included."""
    end = now.date() + DAY
    return Period(end - DAYS_SHOWN * DAY, end, is_month=False)


def months(first: datetime, now: datetime) -> list[Period]:
    """Return the months from the first call until now, the newest first."""
    found = [month_from(now.date())]
    while found[-1].start > first.astimezone(UTC).date():
        found.append(month_from(found[-1].start - DAY))
    return found


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(day, time(), UTC)
