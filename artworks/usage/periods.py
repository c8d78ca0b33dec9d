"""Stretches of whole days in a time zone: a calendar month, or the last thirty days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from artworks.adapters.time_zones import day_begins
from artworks.core.errors import Invalid

DAY = timedelta(days=1)
DAYS_SHOWN = 30
MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
# The month of a transaction, by its first day. The clock of the database decides, as for the time of a call, with the
# values of `around_now`: it need not know the zone.
MONTH_NOW = (
    "CASE WHEN now() < :month_begins THEN :month_before "
    "WHEN now() < :month_ends THEN :month ELSE :month_after END"
)


@dataclass(frozen=True)
class Period:
    """Days in a zone, from `start` until before `end`; a calendar month, or the last days."""

    start: date
    end: date
    is_month: bool = True
    zone: tzinfo = UTC

    @property
    def days(self) -> list[date]:
        """Return every day, the first one first."""
        return [self.start + DAY * number for number in range((self.end - self.start).days)]

    @property
    def midnights(self) -> list[datetime]:
        """Return the moments at which the days begin, and at which the last one ends; days may have 23 or 25 hours."""
        return [day_begins(day, self.zone) for day in (*self.days, self.end)]


def month_of(text: str, zone: tzinfo = UTC) -> Period:
    """Return the month that is written as 2026-11; raises Invalid."""
    try:
        if not MONTH.fullmatch(text):
            raise ValueError(text)
        return month_from(date.fromisoformat(f"{text}-01"), zone)
    except (ValueError, OverflowError):
        raise Invalid("Write the month as year and month, such as 2026-11.", field="month") from None


def month_from(day: date, zone: tzinfo = UTC) -> Period:
    """Return the month of a day; raises OverflowError at the end of time."""
    start = day.replace(day=1)
    return Period(start, (start + 32 * DAY).replace(day=1), zone=zone)


def this_month(zone: tzinfo) -> date:
    """Return the first day of this month in a zone."""
    return datetime.now(zone).date().replace(day=1)


def around_now(zone: tzinfo) -> dict[str, Any]:
    """Return the values of MONTH_NOW: this month of a zone with its bounds, the one before and the one after."""
    month = month_from(this_month(zone), zone)
    return {
        "month_before": month_from(month.start - DAY).start,
        "month": month.start,
        "month_after": month.end,
        "month_begins": month.midnights[0],
        "month_ends": month.midnights[-1],
    }


def last_days(now: datetime, zone: tzinfo = UTC) -> Period:
    """Return the last thirty days, today included."""
    end = now.astimezone(zone).date() + DAY
    return Period(end - DAYS_SHOWN * DAY, end, is_month=False, zone=zone)


def months(first: datetime, now: datetime, zone: tzinfo = UTC) -> list[Period]:
    """Return the months from the first call until now, the newest first."""
    found = [month_from(now.astimezone(zone).date(), zone)]
    while found[-1].start > first.astimezone(zone).date():
        found.append(month_from(found[-1].start - DAY, zone))
    return found
