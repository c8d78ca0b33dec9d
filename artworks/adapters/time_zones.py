"""Time zones by their names, and the moments at which days begin in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from importlib import resources
from zoneinfo import ZoneInfo

# By their names in small letters. Taken from a list and not looked for among files: beside the zones of a system lie
# files such as localtime and posixrules, and copies that count leap seconds.
_NAMES = {
    name.lower(): name
    for name in resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    if name != "Factory"
}


def time_zone(name: str) -> ZoneInfo:
    """Return the zone that has a name in the IANA database, such as Europe/Berlin; raises ValueError."""
    known = _NAMES.get(name.lower())
    if known is None:
        raise ValueError(f"There is no time zone called “{name[:60]}”. A name looks like Europe/Berlin.")
    return ZoneInfo(known)


def zone_name(name: str) -> str:
    """Return the name of a zone as the IANA database writes it; raises ValueError."""
    return time_zone(name).key


def day_begins(day: date, zone: tzinfo) -> datetime:
    """Return the moment at which a day begins in a zone, in UTC.

    Where clocks skip midnight that is the moment of the change, and at the beginning of the calendar the first moment
    that can be written.
    """
    try:
        # In the hour that is skipped the clock of before counts, in one that comes twice the first.
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
