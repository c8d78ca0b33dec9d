"""Time zones: which names there are, and when days begin where clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from artworks.adapters.time_zones import day_begins, time_zone, zone_name


@pytest.mark.parametrize("name", ["Europe/Berlin", "europe/berlin", "UTC", "Asia/Calcutta", "Etc/GMT+5"])
def test_a_zone_is_known_by_its_name(name: str) -> None:
    assert zone_name(name).lower() == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        "", "localtime", "Factory", "posixrules", "posix/Europe/Berlin", "right/Europe/Berlin", "tzdata.zi", "zone.tab",
        "../../etc/passwd", "/etc/localtime", "Europe/../UTC", "Europe", "Europe/Berlin\0", "Europe/Berlin ", "Ünited",
        "UTC+2", "+02:00", "Mars/" + "x" * 5000,
    ],
)  # fmt: skip
def test_files_and_other_texts_are_no_zone(name: str) -> None:
    with pytest.raises(ValueError, match="There is no time zone called"):
        zone_name(name)


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("UTC", "2026-11-30", "2026-11-30T00:00"),
        ("Pacific/Kiritimati", "2026-11-30", "2026-11-29T10:00"),
        ("America/St_Johns", "2026-11-30", "2026-11-30T03:30"),
        # Days of 23 and of 25 hours.
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00"),
        ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00"),
        ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00"),
        # Midnight is skipped, midnight comes twice, and a whole day is skipped.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00"),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00"),
        # Beyond what can be written.
        ("Europe/Berlin", "0001-01-01", "0001-01-01T00:00"),
    ],
)
def test_a_day_begins_at_midnight(zone: str, day: str, begins: str) -> None:
    found = day_begins(date.fromisoformat(day), time_zone(zone))
    assert found == datetime.fromisoformat(begins).replace(tzinfo=UTC)
