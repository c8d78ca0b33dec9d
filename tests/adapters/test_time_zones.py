"""Time zones: which names there are."""

from __future__ import annotations

import pytest

from artworks.adapters.time_zones import zone_name


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
